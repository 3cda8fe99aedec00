"""Plain JSON to frozen dataclasses, with errors that name the key.

Understood as field types: str, int, float, bool, Literal, T | None, tuple[T, ...], dict[str, T], Any, and
dataclasses. A whole number may stand for a float; nothing else is converted.
"""

import types
from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from typing import Any, Literal, TypeAlias, TypeVar, Union, cast, get_args, get_origin, get_type_hints

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"
Kind: TypeAlias = Any
"""A type as an annotation spells it; Python has no type for these."""
T = TypeVar("T")


def read(kind: type[T], value: Json, where: str) -> T:
    """The dataclass `kind` from a JSON object.

    Raises:
        ValueError: a key is unknown or missing, or a value has another type; the message names it.
    """
    return cast(T, _read(kind, value, where))


def _read(kind: Kind, value: Json, where: str) -> object:
    origin = get_origin(kind)
    if is_dataclass(kind):
        return _read_record(kind, value, where)
    if origin in READERS:
        return READERS[origin](kind, value, where)
    return _read_plain(kind, value, where)


def _read_record(kind: Kind, value: Json, where: str) -> object:
    entries = _object(value, where)
    hints, known = get_type_hints(kind), fields(kind)
    unknown = sorted(set(entries) - {field.name for field in known})
    if unknown:
        raise ValueError(f"{where} has an unknown key {unknown[0]!r}")
    for field in known:
        if field.name not in entries and field.default is MISSING and field.default_factory is MISSING:
            raise ValueError(f"{where} lacks the key {field.name!r}")
    return kind(**{key: _read(hints[key], entry, f"{where}.{key}") for key, entry in entries.items()})


def _read_tuple(kind: Kind, value: Json, where: str) -> object:
    if not isinstance(value, list):
        raise ValueError(f"{where} must be a list, not {value!r}")
    item = get_args(kind)[0]
    return tuple(_read(item, entry, f"{where}[{index}]") for index, entry in enumerate(value))


def _read_dict(kind: Kind, value: Json, where: str) -> object:
    item = get_args(kind)[1]
    return {key: _read(item, entry, f"{where}.{key}") for key, entry in _object(value, where).items()}


def _read_literal(kind: Kind, value: Json, where: str) -> object:
    if value not in get_args(kind):
        allowed = ", ".join(repr(choice) for choice in get_args(kind))
        raise ValueError(f"{where} must be one of {allowed}, not {value!r}")
    return value


def _read_union(kind: Kind, value: Json, where: str) -> object:
    """Only `T | None`: with more choices, an error could not say which one was meant."""
    (choice,) = (choice for choice in get_args(kind) if choice is not type(None))
    return None if value is None else _read(choice, value, where)


def _read_plain(kind: Kind, value: Json, where: str) -> object:
    if kind is Any:
        return value
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return _float(value, where)
    # bool is a subclass of int, but `true` is no number.
    if not isinstance(value, kind) or isinstance(value, bool) is not (kind is bool):
        raise ValueError(f"{where} must be {PLAIN_NAMES[kind]}, not {value!r}")
    return value


def _float(value: int, where: str) -> float:
    try:
        return float(value)
    except OverflowError:
        raise ValueError(f"{where} is too large a number") from None


def _object(value: Json, where: str) -> dict[str, Json]:
    if not isinstance(value, dict):
        raise ValueError(f"{where} must be an object, not {value!r}")
    return value


PLAIN_NAMES: dict[Kind, str] = {str: "a string", int: "a whole number", float: "a number", bool: "true or false"}
READERS: dict[Kind, Callable[[Kind, Json, str], object]] = {
    tuple: _read_tuple,
    dict: _read_dict,
    Literal: _read_literal,
    Union: _read_union,
    types.UnionType: _read_union,
}
