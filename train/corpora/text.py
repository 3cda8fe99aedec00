"""Texts on disk, plain or packed."""

import gzip
import lzma
import zlib
from pathlib import Path
from typing import Final, TextIO

UNREADABLE: Final = (OSError, EOFError, UnicodeDecodeError, lzma.LZMAError, zlib.error)
"""What is raised by reading a text that is not there, cut off, damaged, or in another encoding."""

ENCODING: Final = "utf-8-sig"
"""UTF-8, also as Windows and its programs write it: with a byte order mark before the text."""


def open_text(path: Path) -> TextIO:
    """A text in UTF-8 to read; what ends in .gz or .xz is unpacked, and a byte order mark is left out."""
    if path.suffix == ".xz":
        return lzma.open(path, "rt", encoding=ENCODING)
    return gzip.open(path, "rt", encoding=ENCODING) if path.suffix == ".gz" else path.open(encoding=ENCODING)
