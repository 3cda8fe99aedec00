"""The piano roll, the form in which networks read and write music: which keys sound in each of equal stretches of time.

A frame is a row of 88 numbers, 1 for a key that sounds, from A0 (MIDI 21) to C8 (MIDI 108). It does not tell a key that
is struck anew from one that is held, so a note is as long as its key sounds without a gap.
"""

from typing import Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

LOWEST: Final = 21
"""MIDI number of the first key."""

KEYS: Final = 88
HIGHEST: Final = LOWEST + KEYS - 1

Roll: TypeAlias = npt.NDArray[np.float32]
"""Shape (frames, KEYS), 0 or 1."""


class Note(NamedTuple):
    """A key that sounds for a while."""

    pitch: int
    """MIDI number."""
    start: int
    """Its first frame."""
    frames: int
    """How many it sounds."""


def notes_of(roll: Roll) -> list[Note]:
    """The notes of a roll by their start, the lower first."""
    silence = np.zeros((1, KEYS), np.float32)
    changes = np.diff(np.concatenate([silence, roll, silence]), axis=0)
    # By keys, each with its starts and its ends in order: so the two lists pair up.
    keys, starts = np.nonzero(changes.T > 0)
    ends = np.nonzero(changes.T < 0)[1]
    found = zip((keys + LOWEST).tolist(), starts.tolist(), (ends - starts).tolist(), strict=True)
    return sorted((Note(*note) for note in found), key=lambda note: (note.start, note.pitch))
