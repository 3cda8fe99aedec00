"""What is heard besides words: long recordings in which none is said, and noise to put under others."""

from collections.abc import Iterator
from pathlib import Path

from edge.audio import Pcm16
from train.corpora.audio import load, sound_files
from train.corpora.manifest import MANIFEST, read_data
from train.evaluate.streams import LongStream, Noise


def noise_recordings(folder: Path) -> list[Pcm16]:
    """What a folder has to put under others: the noise of a corpus, or of several; of any other folder, all sound.

    Raises:
        DataError: there is none.
    """
    corpora = [*folder.glob(MANIFEST), *folder.glob(f"*/{MANIFEST}")]
    noises = [clip.path for clip in read_data(folder) if clip.kind == "noise"] if corpora else []
    return [load(path) for path in noises or sound_files(folder)]


def noise_under(folder: Path | None, decibels: float) -> Noise | None:
    """The noise of a folder so far below the speech; None without one.

    Raises:
        DataError: the folder holds no sound.
    """
    return Noise(noise_recordings(folder), decibels) if folder else None


def long_streams(folder: Path) -> Iterator[LongStream]:
    """Each file as a stream of its own, loud or faint as it was recorded."""
    for name, path in named_files(folder):
        yield LongStream(load(path), keys=(name,))


def named_files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Name, which is FOLDER/PATH, and path of each sound file of a folder."""
    for path in sound_files(folder):
        yield f"{folder.resolve().name}/{path.relative_to(folder).as_posix()}", path
