"""Files that are whole or not there: whoever goes on after a kill trusts what is."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from edge.errors import DataError, UsageError
from edge.files import replacing

T = TypeVar("T")


def write_bytes(path: Path, contents: bytes) -> None:
    """Writes a file in one move."""
    with replacing(path) as part:
        part.write_bytes(contents)


def write_text(path: Path, text: str) -> None:
    """Writes a file in one move, in UTF-8."""
    write_bytes(path, text.encode())


def read_json(path: Path, understand: Callable[[Any], T], mend: str = "delete it, and make it again") -> T:
    """What a file of JSON comes to that the project wrote itself.

    Args:
        path: the file.
        understand: makes something of its contents; may raise what Python raises where they are something else.
        mend: what to do about a damaged file.

    Raises:
        DataError: it is damaged.
    """
    try:
        return understand(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError, LookupError) as error:
        raise DataError(f"{path} is damaged ({type(error).__name__}: {error}): {mend}") from error


def made(path: Path, stage: str) -> Path:
    """A file that an earlier stage makes, such as "speech fit".

    Raises:
        UsageError: it is not there.
    """
    if not path.exists():
        raise UsageError(f"{path} is missing: run `python -m train {stage}` first")
    return path
