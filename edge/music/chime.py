"""A chime of its own for each rule: a short tune of which the rule's name and a seed decide every note.

name, seed -> tonic chord -> network goes on from it --> tonic chord again
"""

from typing import Final

import numpy as np

from edge.music.composer import Composer
from edge.music.roll import KEYS, LOWEST, Roll
from edge.music.synthesiser import FRAMES_PER_SECOND

SECONDS: Final = 2.5
LONGEST: Final = 30.0
TEMPERATURE: Final = 0.8

_ROOTS: Final = (48, 60)
"""MIDI notes, C3 to B3, of which one is the tonic."""

_MAJOR: Final = (0, 4, 7)
"""Semitones of the triad above its root."""

_MELODY: Final = 24
"""Semitones from a note of the triad to the melody that begins and ends on it."""

_LAST_FRAMES: Final = 2
"""For which the last chord is held."""


def chime_of(
    composer: Composer, rule: str, seed: int = 0, seconds: float = SECONDS, temperature: float = TEMPERATURE
) -> Roll:
    """The chime of a rule, always the same one for the same name and seed on the same runtime.

    Args:
        composer: makes it up.
        rule: the name of the rule.
        seed: 0 or above; another one gives another chime.
        seconds: its length, up to `LONGEST`; what rings on at its end comes on top.
        temperature: see `Composer.compose`.
    """
    rng = np.random.default_rng((seed, *rule.encode(errors="surrogateescape")))
    root = int(rng.integers(*_ROOTS))
    first, last = (_tonic(root, rng) for _ in range(2))
    frames = max(1, round(seconds * FRAMES_PER_SECOND) - _LAST_FRAMES)
    tune = composer.compose(frames, rng, temperature, first)
    return np.concatenate([tune, np.repeat(last, _LAST_FRAMES, axis=0)])


def _tonic(root: int, rng: "np.random.Generator") -> Roll:
    """A frame, (1, KEYS), of the major triad on a root, with one of its notes as the melody above."""
    melody = root + _MELODY + int(rng.choice(_MAJOR))
    frame = np.zeros((1, KEYS), np.float32)
    frame[0, [*(root + third - LOWEST for third in _MAJOR), melody - LOWEST]] = 1.0
    return frame
