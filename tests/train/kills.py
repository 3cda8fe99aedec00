"""What a kill in the middle of a write leaves."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest


@contextmanager
def killed_while_writing() -> Iterator[None]:
    """Ends what is done in it by a first write that gets half way."""
    with pytest.MonkeyPatch.context() as patch, suppress(KeyboardInterrupt):
        patch.setattr(Path, "write_bytes", _half)
        patch.setattr(Path, "write_text", lambda path, text, **_: _half(path, text.encode()))
        yield


def _half(path: Path, contents: bytes) -> None:
    with path.open("wb") as file:
        file.write(contents[: len(contents) // 2])
    raise KeyboardInterrupt
