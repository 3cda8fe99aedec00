"""Silence and noise that lasts, where a rule waits for it. Pure: blocks in, events out.

block -- windows of 1 s -- level -- how long on one side of each limit --> Level
"""

from collections.abc import Iterable
from typing import Final

import numpy as np

from edge.audio import SAMPLE_RATE, AudioBlock, Pcm16, level, seconds
from edge.config import Lasting
from edge.events import Level

WINDOW: Final = SAMPLE_RATE
"""Samples over which the level is taken: a click ends no silence of -50 dBFS, a pause between two beeps no noise."""


class LevelWatch:
    """Tells once of each that lasts, and again only after it was over.

    Args:
        wanted: what to tell of; if nothing, nothing is measured.
    """

    def __init__(self, wanted: Iterable[Lasting] = ()) -> None:
        self.lasted = dict.fromkeys(wanted, 0)
        """Samples for which each has held."""
        self.rest: Pcm16 = np.empty(0, np.int16)
        """What does not fill a window yet."""
        self.end = 0
        """Index of the sample after the last."""

    def succeed(self, other: "LevelWatch") -> None:
        """Go on from where another one is: what it has told of is not told again."""
        self.lasted |= {one: lasted for one, lasted in other.lasted.items() if one in self.lasted}
        self.rest, self.end = other.rest, other.end

    def feed(self, block: AudioBlock) -> list[Level]:
        """The events that one more block brings; where samples are missing, all begins anew."""
        if not self.lasted or not len(block.samples):
            return []
        if block.start != self.end:
            self.rest = self.rest[:0]
            self.lasted = dict.fromkeys(self.lasted, 0)
        samples = np.concatenate([self.rest, block.samples])
        whole = len(samples) // WINDOW * WINDOW
        self.rest, self.end = samples[whole:], block.end
        windows, first = samples[:whole].reshape(-1, WINDOW), block.end - len(samples)
        return [told for i, one in enumerate(windows, 1) for told in self._take(level(one), first + i * WINDOW)]

    def _take(self, measured: float, end: int) -> list[Level]:
        told = []
        for one, before in self.lasted.items():
            lasted = self.lasted[one] = before + WINDOW if one.holds(measured) else 0
            if before < one.seconds * SAMPLE_RATE <= lasted:
                told.append(Level(at=seconds(end), name=one.name, seconds=one.seconds, dbfs=one.dbfs))
        return told
