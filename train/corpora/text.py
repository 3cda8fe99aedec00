"""Texts on disk, plain or packed."""

import gzip
import lzma
from pathlib import Path
from typing import TextIO


def open_text(path: Path) -> TextIO:
    """A text in UTF-8 to read; what ends in .gz or .xz is unpacked."""
    if path.suffix == ".xz":
        return lzma.open(path, "rt", encoding="utf-8")
    return gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8")
