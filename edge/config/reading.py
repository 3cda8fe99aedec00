"""From a TOML text to the configuration."""

import sys
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from pathlib import Path
from typing import Any, Final, TypeVar

from edge.config.file import ConfigFile, Key, meant, shown_key, shown_value
from edge.config.rules import Rule
from edge.config.sections import Config, InputConfig, KeywordEntry, RuntimeConfig, SpeechConfig, TriggerConfig
from edge.decoder.alphabet import encode
from edge.errors import ConfigError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

SYSTEM_FILE = Path("/etc/hark/hark.toml")
"""Read if it is there and no other one is named."""

KEYWORD: Final = "keyword"
SECTIONS: Final = ("input", "trigger", "speech", KEYWORD, "runtime")

T = TypeVar("T")


def load_config(path: Path | None = None, system: Path = SYSTEM_FILE) -> Config:
    """Read the named file, else the system's if there is one, else take the defaults.

    Raises:
        ConfigError: it cannot be read, is not TOML, or a key or value in it cannot be.
    """
    if path is None and not system.is_file():
        return Config()
    path = path or system
    try:
        return parse(path.read_text(encoding="utf-8"), path)
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}; name the configuration with --config FILE") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8 text at byte {error.start}; save it as UTF-8") from error


def parse(text: str, path: Path) -> Config:
    """The configuration in a text; `path` names it in errors.

    Raises:
        ConfigError: it is not TOML, or a key or value in it cannot be.
    """
    file = ConfigFile(path, text)
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise file.syntax_error(str(error)) from error
    for name in tables:
        if name not in SECTIONS:
            raise file.unknown((name,), SECTIONS)
    return Config(
        _record(InputConfig, tables.get("input", {}), file, ("input",)),
        _record(TriggerConfig, tables.get("trigger", {}), file, ("trigger",)),
        _record(SpeechConfig, tables.get("speech", {}), file, ("speech",)),
        _keywords(tables.get(KEYWORD, []), file),
        _record(RuntimeConfig, tables.get("runtime", {}), file, ("runtime",)),
        file,
    )


def words_of(config: Config, labels: tuple[str, ...]) -> tuple[str, ...]:
    """The words to listen for, of those that a model knows, in its order.

    Raises:
        ConfigError: the configuration names a word that the model lacks.
    """
    trigger, file = config.trigger, config.file or ConfigFile(Path("defaults"), "")
    for word in trigger.words or ():
        if word not in labels:
            raise file.error(
                ("trigger", "words"), f"has {word!r}, which {trigger.model} does not know{meant(word, labels)}"
            )
    for word in trigger.thresholds:
        if word not in labels:
            raise file.error(("trigger", "thresholds", word), f"is no word of {trigger.model}{meant(word, labels)}")
    return labels if trigger.words is None else tuple(label for label in labels if label in trigger.words)


def _keywords(tables: object, file: ConfigFile) -> tuple[KeywordEntry, ...]:
    if not isinstance(tables, list):
        raise file.error((KEYWORD,), f"= {shown_value(tables)} is no list; write [[{KEYWORD}]] above each keyword")
    entries: dict[tuple[int, ...], KeywordEntry] = {}
    for number, table in enumerate(tables, start=1):
        entry = _record(KeywordEntry, table, file, (KEYWORD, number))
        letters = tuple(encode(entry.text))
        if letters in entries:
            raise file.error((KEYWORD, number, "text"), f"= {shown_value(entry.text)} is there twice; remove one")
        entries[letters] = entry
    return tuple(entries.values())


def _record(kind: type[T], value: object, file: ConfigFile, key: Key) -> T:
    known: dict[str, Field[Any]] = {item.name: item for item in fields(kind)}  # type: ignore[arg-type]
    table = _table(value, file, key)
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
    table = _table(value, file, key)
    if "names" in item.metadata:
        for name in table:
            _check_name(item.metadata["names"], name, file, (*key, name))
    return {name: _checked(item.metadata["each"], entry, file, (*key, name)) for name, entry in table.items()}


def _table(value: object, file: ConfigFile, key: Key) -> Mapping[str, object]:
    if not isinstance(value, dict):
        header = f"[[{shown_key(key)}]]" if isinstance(key[-1], int) else f"[{shown_key(key)}]"
        raise file.error(key, f"= {shown_value(value)} is no section; write {header} on a line of its own")
    return value


def _checked(rule: Rule, value: object, file: ConfigFile, key: Key) -> object:
    try:
        return rule.read(value)
    except ValueError:
        raise file.error(key, f"= {shown_value(value)} cannot be; give {rule.allowed}") from None


def _check_name(rule: Rule, name: str, file: ConfigFile, key: Key) -> None:
    try:
        rule.read(name)
    except ValueError:
        raise file.error(key, f"cannot be; give {rule.allowed}") from None
