"""Lines to standard output and standard error, and what goes wrong with them."""

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from io import TextIOWrapper
from typing import TextIO

from edge.errors import OutputError

RESET = "\x1b[0m"
BOLD, DIM, RED, GREEN, YELLOW = "1", "2", "31", "32", "33"


def escape_letters() -> None:
    """Let standard output escape what its encoding lacks, as standard error does, rather than fail at it."""
    if isinstance(sys.stdout, TextIOWrapper) and sys.stdout.errors in ("strict", "surrogateescape"):
        sys.stdout.reconfigure(errors="backslashreplace")


def write(text: str) -> None:
    """Write to standard output, and let whoever reads it have it at once.

    Raises:
        BrokenPipeError: nobody reads it any more.
        OutputError: it cannot be written, as on a full disk.
    """
    if sys.stdout is None:
        raise OutputError("standard output is closed: leave out >&-, or send it to a file")
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(f"standard output cannot be written ({error.strerror}): free space, or send it on") from error


def write_line(line: str = "") -> None:
    """Write a line; see `write`."""
    write(f"{line}\n")


def tell(message: str, colour: str | None = None) -> None:
    """Say something beside the output proper, in one line on standard error; if that cannot be written, to nobody."""
    if sys.stderr is None:
        return
    line = plain(message.strip())
    with suppress(OSError):
        print(f"hark: {paint(line, colour, sys.stderr) if colour else line}", file=sys.stderr, flush=True)


def complain(message: str) -> None:
    """Say what is wrong, in one line on standard error."""
    tell(message, RED)


def plain(text: str) -> str:
    """The text as a terminal may be given it: what could control it, as in the name of a file, becomes a space."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def drop_output() -> None:
    """Forget what could not be written, or Python would try once more at exit, and complain."""
    if sys.stdout is None:
        return
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a person watches."""
    return stream is not None and stream.isatty()


def is_colourful(stream: TextIO | None) -> bool:
    """Whether colours may be used: on a terminal that knows them, unless $NO_COLOR is set (no-color.org)."""
    return is_terminal(stream) and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def paint(text: str, colour: str, stream: TextIO | None = None) -> str:
    """The text in a colour, if the stream (standard output by default) takes colours."""
    return f"\x1b[{colour}m{text}{RESET}" if is_colourful(stream or sys.stdout) else text


def table(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Lines with the cells of each column under each other."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
