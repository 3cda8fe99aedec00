"""A bundle that hears letters where two tones sound at once, as on a telephone's keys: see make_letters.py."""

import re
from pathlib import Path

import numpy as np

from edge.audio import SAMPLE_RATE, Pcm16
from edge.decoder.alphabet import LETTERS
from edge.features import FeatureConfig
from edge.model.bundle import LANGUAGE
from tests.pipeline.bundles import FEATURES, write_bundle
from tests.pipeline.tones import noise

MODEL = Path(__file__).with_name("letters.tflite")
LANGUAGE_MODEL = Path(__file__).with_name("letters.ngram")
ROWS = (150, 312, 750, 1031, 1343, 1750)
COLUMNS = (2218, 3656, 4500, 5500, 6687)
"""Hertz; the words of tones.py lie between them, and are no letters."""
SOUND, PAUSE = 0.09, 0.06
"""Seconds of a letter, and of the quiet after it."""


def keys(letter: str) -> tuple[int, int]:
    """Row and column of a letter."""
    return divmod(LETTERS.index(letter), len(COLUMNS))


def spoken(text: str) -> Pcm16:
    """The sound of a text; two letters in brackets, of one row or column, sound at once as in p[eo]t."""
    letters = [match.strip("[]") for match in re.findall(r"\[.+?\]|.", text)]
    samples = np.concatenate([np.zeros(0), *map(_letter, letters)])
    return np.rint(samples + noise(len(samples) / SAMPLE_RATE)).astype(np.int16)


def joined(*parts: Pcm16 | float) -> Pcm16:
    """Sounds one after another; a number is so many seconds of quiet."""
    return np.concatenate([noise(part) if isinstance(part, float) else part for part in parts])


def make_bundle(folder: Path, features: FeatureConfig = FEATURES, label_bonuses: tuple[float, ...] = ()) -> Path:
    """Write the bundle, with its language model."""
    return write_bundle(
        folder,
        MODEL,
        {LANGUAGE: LANGUAGE_MODEL},
        features,
        name="letters",
        task="speech",
        labels=tuple(LETTERS),
        label_bonuses=label_bonuses,
        detector={
            "language_weight": 1.0,
            "word_bonus": 0.5,
            "unknown_penalty": 3.0,
            "confidence_margin": 1.0,
            "confidence_fit": 0.5,
            "confidence_offset": 0.0,
            "keyword_threshold": 0.5,
        },
    )


def _letter(letters: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    hertz = sorted({tone for letter in letters for tone in _tones(letter)})
    times = np.arange(round(SOUND * SAMPLE_RATE)) / SAMPLE_RATE
    chord = sum(24_000 / len(hertz) * np.sin(2 * np.pi * one * times) for one in hertz)
    return np.append(chord, np.zeros(round(PAUSE * SAMPLE_RATE)))


def _tones(letter: str) -> tuple[int, int]:
    row, column = keys(letter)
    return ROWS[row], COLUMNS[column]
