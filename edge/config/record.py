"""From a TOML table to a frozen dataclass, by the rule that each field carries in its metadata."""

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from typing import Any, TypeVar

from edge.config.file import HIDDEN, ConfigFile, Key, shown_key, shown_value
from edge.config.rules import Arguments, Rule, WebAddress

T = TypeVar("T")


def read_record(kind: type[T], value: object, file: ConfigFile, key: Key) -> T:
    """The record that a table describes; `key` leads to it.

    Raises:
        ConfigError: it is no table, a key is unknown or missing, or a value cannot be.
    """
    known: dict[str, Field[Any]] = {item.name: item for item in fields(kind)}  # type: ignore[arg-type]
    table = read_table(value, file, key)
    for name in table:
        if name not in known:
            raise file.unknown((*key, name), known)
    for name, item in known.items():
        if name not in table and item.default is MISSING and item.default_factory is MISSING:
            raise file.error((*key, name), f"is missing; give {item.metadata['rule'].allowed}")
    return kind(**{name: _value(known[name], value, file, (*key, name)) for name, value in table.items()})


def _value(item: Field[Any], value: object, file: ConfigFile, key: Key) -> object:
    if "each" not in item.metadata:
        return _checked(item.metadata["rule"], value, file, key)
    table = read_table(value, file, key)
    if "names" in item.metadata:
        for name in table:
            _check_name(item.metadata["names"], name, file, (*key, name))
    return {name: _checked(item.metadata["each"], entry, file, (*key, name)) for name, entry in table.items()}


def read_table(value: object, file: ConfigFile, key: Key) -> Mapping[str, object]:
    """A section.

    Raises:
        ConfigError: it is another value.
    """
    if not isinstance(value, dict):
        if isinstance(value, list) and value and isinstance(value[0], dict):
            raise file.error(key, f"is there once alone; write [{shown_key(key)}] for [[{shown_key(key)}]]")
        header = f"[[{shown_key(key)}]]" if isinstance(key[-1], int) else f"[{shown_key(key)}]"
        raise file.error(key, f"= {shown_value(value)} is no section; write {header} on a line of its own")
    return value


def _checked(rule: Rule, value: object, file: ConfigFile, key: Key) -> object:
    try:
        return rule.read(value)
    except ValueError:
        # A program may be given a password; and an address without a scheme is not known as one.
        secret = isinstance(rule, Arguments) or (isinstance(rule, WebAddress) and "://" not in str(value))
        shown = HIDDEN if secret else shown_value(value)
        raise file.error(key, f"= {shown} cannot be; give {rule.allowed}") from None


def _check_name(rule: Rule, name: str, file: ConfigFile, key: Key) -> None:
    try:
        rule.read(name)
    except ValueError:
        raise file.error(key, f"cannot be; give {rule.allowed}") from None
