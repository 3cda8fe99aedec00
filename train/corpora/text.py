"""Texts on disk, plain or packed."""

import gzip
import lzma
import zlib
from pathlib import Path
from typing import Final, TextIO

UNREADABLE: Final = (OSError, EOFError, UnicodeDecodeError, lzma.LZMAError, zlib.error)
"""What is raised by reading a text that is not there, cut off, damaged, or in another encoding."""


def open_text(path: Path) -> TextIO:
    """A text in UTF-8 to read; what ends in .gz or .xz is unpacked."""
    if path.suffix == ".xz":
        return lzma.open(path, "rt", encoding="utf-8")
    return gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8")
