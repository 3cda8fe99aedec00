"""The bounded ring between an audio callback and the worker that reads it."""

import threading
from collections import deque
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from edge.capture.native import NativeBlock

_Pcm16Frames = npt.NDArray[np.int16]


class CircularFrames:
    """A preallocated array of frames that is addressed by an ever growing index."""

    def __init__(self, capacity: int, channels: int) -> None:
        self._frames: _Pcm16Frames = np.zeros((capacity, channels), np.int16)

    @property
    def capacity(self) -> int:
        """Frames that fit."""
        return len(self._frames)

    def put(self, index: int, frames: _Pcm16Frames) -> None:
        """Copy frames, shape (n, channels) with n <= capacity, in at `index`."""
        at = index % self.capacity
        first = min(len(frames), self.capacity - at)
        self._frames[at : at + first] = frames[:first]
        self._frames[: len(frames) - first] = frames[first:]

    def get(self, index: int, count: int) -> _Pcm16Frames:
        """Copy `count` <= capacity frames out, from `index` on."""
        at = index % self.capacity
        first = min(count, self.capacity - at)
        return np.concatenate((self._frames[at : at + first], self._frames[: count - first]))


@dataclass(slots=True)
class _Gap:
    index: int
    """Frames that were stored before it."""

    lost: int


class Ring:
    """A bounded ring of int16 frames for one writer and one reader; what does not fit is counted, never hidden.

    The writer copies and counts, no more. When the ring is full, the new frames that do not fit are
    dropped, and the blocks that are read jump over them exactly where they are missing.
    """

    def __init__(self, capacity: int, channels: int = 1) -> None:
        self._store = CircularFrames(capacity, channels)
        self._written = self._read = 0
        self._gaps: deque[_Gap] = deque()
        self._skipped = 0
        self._closed = False
        self._changed = threading.Condition()
        self.lost = 0
        """Frames lost so far, as far as it is known."""
        self.unmeasured = 0
        """Times that frames were lost of which nobody knows how many."""

    def write(self, frames: _Pcm16Frames) -> None:
        """Copy frames, shape (n, channels), in; those that do not fit are lost."""
        with self._changed:
            fits = min(len(frames), self._store.capacity - (self._written - self._read))
            self._store.put(self._written, frames[:fits])
            self._written += fits
            if fits < len(frames):
                self._lose(len(frames) - fits)
            self._changed.notify()

    def skip(self, frames: int) -> None:
        """Note that so many frames (0: unknown) were lost before they got here."""
        with self._changed:
            self._lose(frames)

    def read(self, most: int, timeout: float | None = None) -> NativeBlock | None:
        """Wait for frames and take up to `most` of them, never across a gap; None once closed and empty.

        Raises:
            TimeoutError: nothing came within `timeout` seconds.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: self._closed or self._written > self._read, timeout):
                raise TimeoutError
            return self._take(most) if self._written > self._read else None

    def close(self) -> None:
        """Let the reader have what is left, and then None."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def _lose(self, frames: int) -> None:
        self.lost += frames
        self.unmeasured += frames == 0
        if self._gaps and self._gaps[-1].index == self._written:
            self._gaps[-1].lost += frames
        elif frames:
            self._gaps.append(_Gap(self._written, frames))

    def _take(self, most: int) -> NativeBlock:
        if self._gaps and self._gaps[0].index == self._read:
            self._skipped += self._gaps.popleft().lost
        until = self._gaps[0].index if self._gaps else self._written
        count = min(most, until - self._read)
        block = NativeBlock(self._store.get(self._read, count), self._read + self._skipped)
        self._read += count
        return block
