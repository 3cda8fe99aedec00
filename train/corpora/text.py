"""Texts on disk, plain or packed."""

import gzip
import lzma
import zlib
from collections.abc import Iterable, Iterator
from json import JSONDecodeError
from pathlib import Path
from typing import Final, TextIO

from edge.errors import DataError, reason

UNREADABLE: Final = (OSError, EOFError, UnicodeDecodeError, lzma.LZMAError, zlib.error)
"""What is raised by reading a text that is not there, cut off, damaged, or in another encoding."""

ENCODING: Final = "utf-8-sig"
"""UTF-8, also as Windows and its programs write it: with a byte order mark before the text."""


def open_text(path: Path) -> TextIO:
    """A text in UTF-8 to read; what ends in .gz or .xz is unpacked, and a byte order mark is left out."""
    if path.suffix == ".xz":
        return lzma.open(path, "rt", encoding=ENCODING)
    return gzip.open(path, "rt", encoding=ENCODING) if path.suffix == ".gz" else path.open(encoding=ENCODING)


def cause(error: Exception) -> str:
    """What an error says of a record, which may lack a field or column, or be no JSON."""
    if isinstance(error, JSONDecodeError):
        return f"{error.msg}, in column {error.colno}"
    return f"it has no {error}" if isinstance(error, KeyError) else reason(error)


class Lines:
    """The lines of one text, counted as they are read, so that an error can name the one that it is about.

    Args:
        path: where the text is.
    """

    def __init__(self, path: Path) -> None:
        self._path, self._number = path, 0

    def of(self, file: Iterable[str]) -> Iterator[str]:
        """The lines of the text as it was opened."""
        for number, line in enumerate(file, start=1):
            self._number = number
            yield line

    def fault(self, error: Exception, mend: str) -> DataError:
        """What is wrong with the last line, or with the text where it cannot be read at all."""
        place = "" if isinstance(error, UNREADABLE) or not self._number else f", line {self._number}"
        return DataError(f"{self._path}{place}: {cause(error)}; {mend}")
