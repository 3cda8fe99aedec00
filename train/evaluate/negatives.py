"""Long recordings in which no word is said: any sound files, without a manifest."""

from collections.abc import Iterator
from pathlib import Path

from edge.errors import DataError
from train.corpora.audio import load
from train.evaluate.streams import LongStream

SUFFIXES = (".wav", ".flac", ".ogg", ".opus", ".mp3")


def sound_files(folder: Path) -> list[Path]:
    """The sound files in a folder and all below it, by name.

    Raises:
        DataError: there is none.
    """
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    if not found:
        raise DataError(f"{folder} holds no sound files ({', '.join(SUFFIXES)}): check the path")
    return found


def long_streams(folder: Path) -> Iterator[LongStream]:
    """Each file as a stream of its own, loud or faint as it was recorded; its key is FOLDER/PATH."""
    for path in sound_files(folder):
        name = f"{folder.resolve().name}/{path.relative_to(folder).as_posix()}"
        yield LongStream(load(path), keys=(name,))
