"""Memory that nobody uses any more goes back to the system.

What is said is worked on in many small pieces, which leave holes between what lasts; glibc keeps these for later, and a
day of it grows by megabytes.
"""

import ctypes
from typing import Final

from edge.audio import SAMPLE_RATE

PERIOD: Final = 60 * SAMPLE_RATE
"""Samples from one time to the next; it takes 0.2 ms."""


class Heap:
    """The heap of the C library, if that is glibc; another one has its own ways."""

    def __init__(self) -> None:
        self._trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        self._due = PERIOD

    def tend(self, now: int) -> None:
        """Give back what is free, if it is time, at a sample index."""
        if self._trim and now >= self._due:
            self._due = now + PERIOD
            self._trim(0)
