"""Notes as sound: each is a bar that is struck, and rings the longer the longer its key is held."""

from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from edge.audio import SAMPLE_RATE
from edge.music.roll import Note, Roll, notes_of

FRAMES_PER_SECOND: Final = 6.0
"""Eighth notes of a lively dance, where a frame is one."""

ATTACK: Final = 0.012
DECAY: Final = 0.16
"""Seconds: in which a note rises, and in which a short one falls to 1/e."""

_RINGING: Final = 4.4
"""Decays after which a note is not heard any more."""

_HELD: Final = 0.5
"""Of the time a key is held, what is added to the decay."""

_LONGEST_DECAY: Final = 0.6
"""A bar that is held still dies away."""

_PARTIALS: Final = (1.0, 0.3, 0.08)
"""Amplitudes of a note's harmonics."""

_A4: Final = 69

Wave: TypeAlias = npt.NDArray[np.float64]
"""Shape (samples,) at 16 kHz."""


def hertz(pitch: int) -> float:
    """The pitch of a MIDI note in equal temperament, A4 at 440 Hz."""
    return float(440.0 * 2 ** ((pitch - _A4) / 12))


def strike(pitch: float, decay: float = DECAY) -> Wave:
    """A note that rises softly and dies away, like that of a bar that was struck.

    Args:
        pitch: Hz.
        decay: seconds in which it falls to 1/e; it rings for a few of them.
    """
    time = np.arange(round(_RINGING * decay * SAMPLE_RATE)) / SAMPLE_RATE
    # A harmonic above half the rate would be heard as another pitch.
    partials = [(i, weight) for i, weight in enumerate(_PARTIALS, start=1) if i * pitch < SAMPLE_RATE / 2]
    harmonics = [weight * np.sin(2 * np.pi * i * pitch * time) for i, weight in partials]
    attack = np.sin(0.5 * np.pi * np.minimum(time / ATTACK, 1)) ** 2
    ringing: Wave = attack * np.exp(-time / decay) * np.sum(harmonics, axis=0)
    return ringing


def sound_of(roll: Roll) -> Wave:
    """A tune up to the end of its last note's ringing, the loudest sample at ±1; empty if it has no note."""
    frame = SAMPLE_RATE / FRAMES_PER_SECOND
    return mix([(round(note.start * frame), strike(hertz(note.pitch), _decay(note))) for note in notes_of(roll)])


def mix(tones: list[tuple[int, Wave]]) -> Wave:
    """Sounds that begin at some sample, together, the loudest sample of all at ±1."""
    total = np.zeros(max((start + len(tone) for start, tone in tones), default=0))
    for start, tone in tones:
        total[start : start + len(tone)] += tone
    loudest = np.abs(total).max(initial=0.0)
    return total / loudest if loudest else total


def _decay(note: Note) -> float:
    return min(DECAY + _HELD * (note.frames - 1) / FRAMES_PER_SECOND, _LONGEST_DECAY)
