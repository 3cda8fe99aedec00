"""The last seconds of sound, for whoever wants to know what was said before the trigger."""

import numpy as np

from edge.audio import SAMPLE_RATE, AudioBlock, Pcm16
from edge.capture.ring import CircularFrames


class PreRoll:
    """A ring of the last `seconds` of samples with their clock; lost samples are held as silence."""

    def __init__(self, seconds: float) -> None:
        self._store = CircularFrames(max(1, round(seconds * SAMPLE_RATE)), channels=1)
        self._start = self._end = 0

    @property
    def start(self) -> int:
        """Index of the oldest sample held."""
        return self._start

    @property
    def end(self) -> int:
        """Index of the sample after the newest one."""
        return self._end

    def append(self, block: AudioBlock) -> None:
        """Hold a block that begins where the last one ended, or later.

        Raises:
            ValueError: the block begins before the end of what is held.
        """
        if block.start < self._end:
            raise ValueError(f"block at {block.start} goes back behind {self._end}")
        if block.start - self._end >= self._store.capacity:
            self._start = self._end = block.start
        else:
            self._extend(np.zeros(block.start - self._end, np.int16))
        self._extend(block.samples)

    def last(self, start: int, end: int) -> AudioBlock:
        """A copy of the samples from `start` up to `end`, or of the part of them that is still held."""
        start = min(max(start, self._start), self._end)
        end = min(max(end, start), self._end)
        return AudioBlock(self._store.get(start, end - start)[:, 0], start)

    def _extend(self, samples: Pcm16) -> None:
        kept = samples[-self._store.capacity :]
        self._end += len(samples)
        self._store.put(self._end - len(kept), kept[:, np.newaxis])
        self._start = max(self._start, self._end - self._store.capacity)
