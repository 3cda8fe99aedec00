"""Recordings of any format and rate as 16 kHz mono samples."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import soundfile
import soxr

from edge.audio import SAMPLE_RATE, SOUND_FILES, Pcm16, pcm16
from edge.errors import DataError

if TYPE_CHECKING:
    from train.corpora.manifest import Clip


def sound_files(folder: Path) -> list[Path]:
    """The sound files in a folder and below it, in order.

    Raises:
        DataError: the folder is missing, or has none.
    """
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SOUND_FILES)
    if not found:
        raise DataError(f"{folder} holds no sound files ({', '.join(SOUND_FILES)}): name the folder that does")
    return found


def load(source: "Clip | Path") -> Pcm16:
    """The whole recording at 16 kHz, its channels averaged: shape (n,).

    It is read as float because libsndfile turns a float file into integers without scaling, so into silence.

    Raises:
        DataError: The file is missing, holds no audio, or samples that are no numbers.
    """
    path = source if isinstance(source, Path) else source.path
    try:
        channels, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except soundfile.LibsndfileError as error:
        raise _unreadable(path, error) from None
    mono = channels.mean(axis=1)
    if not np.isfinite(mono).all():
        raise DataError(f"{path} has samples that are no numbers: record it again, or leave it out")
    if rate != SAMPLE_RATE and len(mono):
        mono = soxr.resample(mono, rate, SAMPLE_RATE)
    return pcm16(mono)


def duration(path: Path) -> float:
    """Seconds of a recording, as its header says.

    Raises:
        DataError: The file is missing or holds no audio.
    """
    try:
        return float(soundfile.info(path).duration)
    except soundfile.LibsndfileError as error:
        raise _unreadable(path, error) from None


def _unreadable(path: Path, error: soundfile.LibsndfileError) -> DataError:
    """What the library says ends with a full stop."""
    problem = error.error_string.rstrip(".")
    return DataError(f"{path} cannot be read as audio ({problem}): save it as WAV or FLAC, or leave it out")
