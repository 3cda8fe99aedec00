"""The text of a configuration, and the errors that name a line of it."""

import difflib
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from edge.errors import ConfigError, DataError

Key: TypeAlias = tuple[str | int, ...]
"""The names that lead to a value; the number, from 1, tells which table of an array."""

BYTE_ORDER_MARK: Final = "\ufeff"
"""With which some editors begin UTF-8."""

HIDDEN: Final = "..."
"""Stands for what nobody else may know."""


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """A text and where it came from."""

    path: Path
    text: str

    def error(self, key: Key, problem: str) -> ConfigError:
        """The error of a key; one that is missing, or inside { }, has the line of what it belongs to.

        A section that is only written by what is in it, as `[sink.home]` alone, has the line where that begins.
        """
        places = [key[:length] for length in range(len(key), 0, -1)]
        lines = (find_line(self.text, place) or _first_line(self.text, place) for place in places)
        line = next(filter(None, lines), None)
        return ConfigError(f"{self.path}{f', line {line}' if line else ''}: {shown_key(key)} {problem}")

    def unknown(self, key: Key, known: Iterable[str]) -> ConfigError:
        """The error of a key that is none of those that are known."""
        return self.error(key, f"is unknown{meant(str(key[-1]), tuple(known))}")

    def syntax_error(self, message: str) -> ConfigError:
        """The parser's error, with the line where all our errors have it."""
        problem, _, place = message.removesuffix(")").partition(" (at ")
        if twice := re.fullmatch(r"Cannot declare \((.+?),?\) twice", problem):
            names = re.findall(r"'([^']*)'", twice[1])
            problem = f"[{'.'.join(names)}] is there twice"
        line, _, column = place.partition(", ")
        where = f", {line}" if line.startswith("line") else ""
        reason = f"{problem}{column and f' at {column}'}"
        return ConfigError(f"{self.path}{where}: not TOML: {reason}; docs/hark.toml shows how it is written")


@contextmanager
def told_by_line(file: ConfigFile | None, values: Iterable[tuple[Key, str | None]]) -> Iterator[None]:
    """An error that has one of some values in it is told by the line of the configuration which sets that value.

    Raises:
        ConfigError: in place of a DataError, such as that there is no such file, or of a ConfigError without a place.
    """
    try:
        yield
    except (DataError, ConfigError) as error:
        if file and not str(error).startswith(str(file.path)):
            lines = file.text.splitlines()
            for key, value in values:
                line = find_line(file.text, key)
                if value and line and value in str(error) and value in lines[line - 1]:
                    raise file.error(key, f"cannot be used: {error}") from error
        raise


def find_line(text: str, key: Key) -> int | None:
    """The line, from 1, on which a key is written in a TOML text; None where a plain scan cannot tell."""
    return next((number for number, found in _keys(text) if found == key), None)


def _first_line(text: str, key: Key) -> int | None:
    """The first line on which something is written that is in the section of a key."""
    return next((number for number, found in _keys(text) if found[: len(key)] == key), None)


def _keys(text: str) -> Iterator[tuple[int, Key]]:
    """Each line, from 1, that begins a section or a value, and its key."""
    section: Key = ()
    tables = Counter[Key]()
    for number, line in enumerate(text.removeprefix(BYTE_ORDER_MARK).splitlines(), start=1):
        if header := re.match(r"\s*\[\[([^\[\]]+)\]\]", line):
            array = _dotted(header[1])
            tables[array] += 1
            section = (*array, tables[array])
            yield number, section
        elif header := re.match(r"\s*\[([^\[\]]+)\]", line):
            section = _dotted(header[1])
            yield number, section
        elif assignment := re.match(r"\s*((?:\"[^\"]*\"|'[^']*'|[\w.\- ])+?)\s*=", line):
            yield number, (*section, *_dotted(assignment[1]))


def meant(word: str, known: tuple[str, ...]) -> str:
    """What was meant, if it can be guessed, and what there is."""
    close = difflib.get_close_matches(word, known, n=1)
    guess = f"; did you mean {close[0]!r}?" if close else ""
    return f"{guess} (there {'is' if len(known) == 1 else 'are'} {', '.join(known)})"


def shown_key(key: Key) -> str:
    """A key as TOML writes it; which table of an array it is in, its line tells."""
    names = [part for part in key if isinstance(part, str)]
    return ".".join(name if re.fullmatch(r"[\w-]+", name, re.ASCII) else shown_value(name) for name in names)


def shown_value(value: object) -> str:
    """A value as TOML writes it, or nearly so; of an address its scheme alone, for it may hold a password or a key."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        # A string of TOML is one of JSON but for one character.
        return json.dumps(discreet(value), ensure_ascii=False).replace("\x7f", "\\u007f")
    return re.sub(r"(?<=://)[^\"',\]}]+", HIDDEN, str(value))


def discreet(text: str) -> str:
    """A text up to where a password or a key may follow: behind the scheme of an address."""
    return re.sub(r"(?<=://).+", HIDDEN, text, flags=re.DOTALL)


def _dotted(text: str) -> Key:
    return tuple(part.strip(" \"'") for part in re.findall(r"\"[^\"]*\"|'[^']*'|[^.]+", text))
