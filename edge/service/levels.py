"""Silence and noise that lasts, where a rule waits for it. Pure: blocks in, events out.

block -- windows of 1 s -- level -- how long on one side of each limit --> Level
"""

import math
from collections.abc import Iterable
from typing import Final

import numpy as np

from edge.audio import SAMPLE_RATE, AudioBlock, Pcm16, seconds
from edge.config import Lasting
from edge.events import Level

WINDOW: Final = SAMPLE_RATE
"""Samples over which the level is taken: a click ends no silence of -50 dBFS, a pause between two beeps no noise."""

_FULL_SCALE: Final = 32768.0


class LevelWatch:
    """Tells once of each that lasts, and again only after it was over.

    Args:
        wanted: what to tell of; if nothing, nothing is measured.
    """

    def __init__(self, wanted: Iterable[Lasting] = ()) -> None:
        self._lasted = dict.fromkeys(wanted, 0)
        self._rest: Pcm16 = np.empty(0, np.int16)
        self._end = 0

    def feed(self, block: AudioBlock) -> list[Level]:
        """The events that one more block brings; where samples are missing, all begins anew."""
        if not self._lasted or not len(block.samples):
            return []
        if block.start != self._end:
            self._rest = self._rest[:0]
            self._lasted = dict.fromkeys(self._lasted, 0)
        samples = np.concatenate([self._rest, block.samples])
        whole = len(samples) // WINDOW * WINDOW
        self._rest, self._end = samples[whole:], block.end
        windows, first = samples[:whole].reshape(-1, WINDOW), block.end - len(samples)
        return [told for i, one in enumerate(windows, 1) for told in self._take(level(one), first + i * WINDOW)]

    def _take(self, measured: float, end: int) -> list[Level]:
        told = []
        for one, before in self._lasted.items():
            lasted = self._lasted[one] = before + WINDOW if one.holds(measured) else 0
            if before < one.seconds * SAMPLE_RATE <= lasted:
                told.append(Level(at=seconds(end), name=one.name, seconds=one.seconds, dbfs=one.dbfs))
        return told


def level(samples: Pcm16) -> float:
    """Root mean square in dB below full scale, without the offset that cheap microphones have."""
    deviation = float(np.std(samples, dtype=np.float64)) / _FULL_SCALE
    return 20 * math.log10(deviation) if deviation else -math.inf
