"""Recordings that a command works on one after another, and the shipped one."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from edge.errors import DataError, UsageError
from edge.model import shipped

T = TypeVar("T")

NAMES = ("demo.flac", "demo.wav")


def demo_recording() -> Path:
    """The recording that `hark demo` plays.

    Raises:
        DataError: it is not there.
    """
    folders = [folder / "demo" for folder in shipped.search_path()]
    for path in (folder / name for folder in folders for name in NAMES):
        if path.is_file():
            return path
    raise DataError(
        f"no demo recording in {' or '.join(map(str, folders))}: install hark again, "
        "or try a recording of your own: hark listen --input FILE"
    )


def each_of(files: Sequence[str], work: Callable[[str], T]) -> Iterator[T]:
    """What comes of each of some files; one that is bad is told, and takes nothing from the others.

    Raises:
        DataError: at the end, where one was bad; at once, of a single one.
        UsageError: a single one lacks the channel that is asked for.
    """
    from edge.cli.output import complain

    bad = 0
    for file in files:
        try:
            result = work(file)
        except (DataError, UsageError) as error:  # The latter: it lacks the channel that is asked for.
            if len(files) == 1:
                raise
            complain(str(error))
            bad += 1
        else:
            yield result
    if bad:
        raise DataError(f"{bad} of {len(files)} files could not be used; the others were")
