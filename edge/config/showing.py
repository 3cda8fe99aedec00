"""A configuration as the TOML that would give it, without what nobody else may know.

Config -- the rule of each field --> the text of each value, an address or a program cut short --> TOML

Passwords and keys are in files, of which only the paths are told; an address may hold one behind its host, a program in
its arguments.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields
from datetime import time
from itertools import starmap
from typing import Any, Final
from urllib.parse import urlsplit

from edge.config.alerts import ALERT, SINKS, SinkConfig
from edge.config.file import HIDDEN, shown_key, shown_value
from edge.config.reading import KEYWORD
from edge.config.rules import Arguments, DailySpan, SocketAddress, WebAddress
from edge.config.sections import Config

_ARRAYS: Final = {"keywords": KEYWORD, "alerts": ALERT}


def shown_config(config: Config) -> str:
    """Every setting that is not left out, also those that nobody has set.

    Reading it again gives the same, but for what is hidden, as a password may stand there.
    """
    origin = config.file.path if config.file else "the defaults"
    return "\n\n".join([f"# {origin}, and what the command line says in its place", *_sections(config)])


def _sections(config: Config) -> Iterator[str]:
    for item in fields(config):
        value = getattr(config, item.name)
        if item.name in _ARRAYS:
            yield from (_section(f"[[{_ARRAYS[item.name]}]]", one) for one in value)
        elif item.name == "sinks":
            yield from starmap(_sink, value.items())
        elif item.name != "file":
            yield _section(f"[{item.name}]", value)
            yield from _tables(item.name, value)


def _sink(name: str, sink: SinkConfig) -> str:
    kind = next(kind for kind, made in SINKS.items() if isinstance(sink, made))
    return _section(f"[{shown_key(('sink', name))}]\ntype = {shown_value(kind)}", sink)


def _section(header: str, record: object) -> str:
    return "\n".join([header, *_lines(record)])


def _lines(record: Any) -> Iterator[str]:  # noqa: ANN401
    for item in fields(record):
        value = getattr(record, item.name)
        # TOML has no null, and no list may be empty.
        if "rule" in item.metadata and value is not None and value != ():
            yield f"{item.name} = {_value(item.metadata['rule'], value)}"


def _tables(name: str, record: Any) -> Iterator[str]:  # noqa: ANN401
    for item in fields(record):
        table: Mapping[str, float] = getattr(record, item.name)
        if "each" in item.metadata and table:
            yield "\n".join(
                [f"[{name}.{item.name}]", *(f"{shown_value(key)} = {value}" for key, value in table.items())]
            )


def _value(rule: object, value: Any) -> str:  # noqa: ANN401
    kind = type(rule)
    if kind in _SHOWN:
        return _SHOWN[kind](value)
    if isinstance(value, tuple):
        return _list(value)
    return shown_value(_program(value) if isinstance(value, str) else value)


def _address(url: str) -> str:
    parts = urlsplit(url)
    return json.dumps(f"{parts.scheme}://{parts.netloc}" + f"/{HIDDEN}" * any(parts[2:]))


def _arguments(argv: tuple[str, ...]) -> str:
    return _list([argv[0], *[HIDDEN] * (len(argv) > 1)])


def _program(text: str) -> str:
    return re.sub(r"^(exec:\s*\S+)\s.*", rf"\1 {HIDDEN}", text, flags=re.DOTALL)


def _span(span: tuple[time, time]) -> str:
    return shown_value("-".join(moment.isoformat("minutes") for moment in span))


def _socket(address: tuple[str, int]) -> str:
    host, port = address
    return shown_value(f"[{host}]:{port}" if ":" in host else f"{host}:{port}")


_SHOWN: Final[Mapping[type, Callable[[Any], str]]] = {
    WebAddress: _address,
    Arguments: _arguments,
    DailySpan: _span,
    SocketAddress: _socket,
}


def _list(texts: Iterable[str]) -> str:
    return f"[{', '.join(map(shown_value, texts))}]"
