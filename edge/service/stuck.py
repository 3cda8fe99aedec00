"""What is broken without an error: a microphone whose level never changes, a network whose scores make no sense."""

from typing import Final

import numpy as np

from edge.audio import SAMPLE_RATE, AudioBlock, seconds
from edge.events import Status
from edge.trigger import Posteriors

SILENT_SECONDS: Final = 30.0
"""Not even a quiet room gives the same sample for so long."""

SATURATED: Final = 0.95
SATURATED_SECONDS: Final = 10.0
"""No word lasts so long."""


class StuckLevel:
    """Says once that the level is stuck, and again only after there was sound."""

    def __init__(self) -> None:
        self._stuck = 0

    def feed(self, block: AudioBlock) -> list[Status]:
        """The event that one more block brings, if any."""
        if not len(block.samples):
            return []
        before, self._stuck = self._stuck, self._stuck + len(block.samples)
        if block.samples.max() != block.samples.min():
            self._stuck = 0
        if not before < SILENT_SECONDS * SAMPLE_RATE <= self._stuck:
            return []
        detail = f"all samples of {SILENT_SECONDS:g} s are the same: the microphone is muted, or broken"
        return [Status(at=seconds(block.end), what="silent", detail=detail)]


class StuckScores:
    """Says once that a score is no number, or high without end; and again only after all was well."""

    def __init__(self) -> None:
        self._saturated = 0
        self._told = False

    def feed(self, block: AudioBlock, scores: Posteriors) -> list[Status]:
        """The event that one more block brings, if any; `scores` are those of its steps: (steps, words)."""
        if not scores.size:
            return []
        finite = bool(np.isfinite(scores).all())
        high = finite and scores.min(axis=0).max() >= SATURATED
        self._saturated = self._saturated + len(block.samples) if high else 0
        ill = not finite or self._saturated >= SATURATED_SECONDS * SAMPLE_RATE
        before, self._told = self._told, ill or (self._told and high)
        if before or not ill:
            return []
        why = f"hears a word for {SATURATED_SECONDS:g} s" if finite else "gives scores that are no numbers"
        detail = f"the trigger network {why}, so it may be deaf to all others: reload or restart, see hark doctor"
        return [Status(at=seconds(block.end), what="model-stuck", detail=detail)]
