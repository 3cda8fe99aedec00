"""The owner's own sound files: recordings of the phrase, and recordings in which nobody says it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from edge.audio import MOST_CLIPPED, SAMPLE_RATE, SILENT, Pcm16, clipped, peak
from edge.errors import DataError
from train.corpora.audio import load, sound_files
from train.mixtures import WordRecording, recording_of_word

FEWEST = 3
"""Recordings of the phrase that are worth training on."""
ENOUGH = 10
"""From so many on, every fifth is kept back for the closing report."""
LONGEST = 10.0
"""Seconds of one take; what lasts longer holds more than the phrase."""
LONG_NEGATIVE = 60.0
"""Seconds; a recording without the phrase that lasts as long lends its last fifth to the closing report."""


@dataclass(frozen=True, slots=True)
class Recordings:
    """Takes of the phrase by people."""

    training: Sequence[WordRecording] = ()
    held: Sequence[tuple[str, Pcm16]] = ()
    """Name and samples of those that are kept back."""
    remarks: Sequence[str] = ()
    """What is wrong with some, by name, and how to mend it."""


@dataclass(frozen=True, slots=True)
class Negatives:
    """Recordings without the phrase."""

    training: Sequence[Pcm16] = ()
    held: Sequence[tuple[str, Pcm16]] = ()


def read_recordings(folder: Path, phrase: str) -> Recordings:
    """The takes of the phrase in a folder, without those that are of no use.

    Raises:
        DataError: fewer than FEWEST are left; the message says what is wrong with the others.
    """
    kept: list[tuple[str, Pcm16, WordRecording]] = []
    remarks: list[str] = []
    for path in sound_files(folder):
        samples, refusal = _take(path)
        word = None if refusal else recording_of_word(samples, phrase)
        if word is None:
            refusal = refusal or "no word stands out of the room: record closer to the microphone, one take a file"
            remarks.append(f"{path.name} is left out: {refusal}")
            continue
        kept.append((path.name, samples, word))
        remarks += [f"{path.name}: {remark}" for remark in _blemishes(path, samples)]
    if len(kept) < FEWEST:
        said = "".join(f"; {remark}" for remark in remarks)
        raise DataError(f"{folder} has {len(kept)} usable recordings of {FEWEST} that it takes: record more{said}")
    apart = kept[::5] if len(kept) >= ENOUGH else []
    held = [(f"recordings/{name}", samples) for name, samples, _ in apart]
    training = [word for n, (_, _, word) in enumerate(kept) if len(kept) < ENOUGH or n % 5]
    return Recordings(training, held, remarks)


def read_negatives(folders: Sequence[Path]) -> Negatives:
    """Recordings without the phrase: all of the short ones and four fifths of the long ones train.

    Raises:
        DataError: a folder has no sound files, or one cannot be read.
    """
    training, held = [], []
    for path in (path for folder in folders for path in sound_files(folder)):
        samples = load(path)
        cut = len(samples) if len(samples) < LONG_NEGATIVE * SAMPLE_RATE else len(samples) * 4 // 5
        training.append(samples[:cut])
        if cut < len(samples):
            held.append((f"negatives/{path.name}", samples[cut:]))
    return Negatives(training, held)


def _take(path: Path) -> tuple[Pcm16, str | None]:
    """Samples, and why they are of no use."""
    nothing: Pcm16 = np.zeros(0, np.int16)
    try:
        seconds = soundfile.info(path).duration
        if seconds > LONGEST:
            return nothing, f"it lasts {seconds:.1f} s: cut it to the phrase, at most {LONGEST:.0f} s"
        samples = load(path)
    except (DataError, soundfile.LibsndfileError):
        return nothing, "it cannot be read as audio: save it as WAV or FLAC"
    if peak(samples) <= SILENT:
        return nothing, "it is silent: check the microphone and its level"
    return samples, None


def _blemishes(path: Path, samples: Pcm16) -> list[str]:
    """What the network can live with, but should not have to."""
    remarks = []
    if (rate := soundfile.info(path).samplerate) < SAMPLE_RATE:
        remarks.append(f"its rate of {rate} Hz cuts off the hiss of s and f: record at {SAMPLE_RATE} Hz or more")
    if (share := clipped(samples)) > MOST_CLIPPED:
        remarks.append(f"{share:.1%} of it are clipped: turn the microphone down")
    return remarks
