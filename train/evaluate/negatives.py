"""What is heard besides words: long recordings in which none is said, and noise to put under others."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from edge.audio import Pcm16
from edge.errors import DataError, UsageError
from train.corpora.audio import load, sound_files
from train.corpora.manifest import MANIFEST, read_data
from train.evaluate.streams import LongStream, Noise

SNR_DB = 10.0
SNR_HELP = f"decibels from loudest speech to loudest noise ({SNR_DB:g})"


def noise_recordings(folder: Path) -> list[Pcm16]:
    """What a folder has to put under others: the noise of a corpus, or of several; where there is none, all its sound.

    So a corpus without a row of noise lends its speech, as any folder without a manifest lends whatever it holds.

    Raises:
        DataError: there is none.
    """
    corpora = [*folder.glob(MANIFEST), *folder.glob(f"*/{MANIFEST}")]
    noises = [clip.path for clip in read_data(folder) if clip.kind == "noise"] if corpora else []
    return [load(path) for path in noises or sound_files(folder)]


def noise_under(folder: Path | None, decibels: float | None) -> Noise | None:
    """The noise of a folder so far below the speech, SNR_DB if that is not given; None without a folder.

    Raises:
        DataError: the folder holds no sound.
        UsageError: decibels without a folder.
    """
    if folder:
        return Noise(noise_recordings(folder), SNR_DB if decibels is None else decibels)
    if decibels is not None:
        raise UsageError(f"--snr {decibels:g} is the level of noise, and there is none: give its folder with --noise")
    return None


def long_streams(files: Mapping[str, Path]) -> Iterator[LongStream]:
    """Each file, given by its name, as a stream of its own, loud or faint as it was recorded."""
    for name, path in files.items():
        yield LongStream(load(path), keys=(name,))


def named_files(folders: Iterable[Path]) -> dict[str, Path]:
    """The sound files of some folders by their names, which are FOLDER/PATH.

    Raises:
        DataError: a folder holds no sound, or two files have one name.
    """
    named: dict[str, Path] = {}
    for folder in folders:
        for path in sound_files(folder):
            name = f"{folder.resolve().name}/{path.relative_to(folder).as_posix()}"
            if name in named:
                raise DataError(f"{named[name]} and {path} are both called {name}: give the folder above both")
            named[name] = path
    return named
