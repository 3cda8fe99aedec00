"""Whether the audio lives: samples have to come as fast as time passes."""

import time
from collections import deque
from collections.abc import Callable
from typing import Final

from edge.audio import SAMPLE_RATE

SLOWEST: Final = 0.95
FASTEST: Final = 1.05
"""Sampled seconds for each second of time: a crystal is off by 0.01 %, a wrong rate by 8 % or more."""


class Pulse:
    """The rate of samples over a window of time.

    Args:
        window: seconds over which the rate is taken.
        clock: seconds; a jump of it costs one window, until the rate is known again.
    """

    def __init__(self, window: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._window, self._clock = window, clock
        self._moments: deque[tuple[float, int]] = deque()
        self._samples = 0

    def feed(self, samples: int) -> None:
        """Count so many samples (16 kHz), or none, that have just come."""
        now = self._clock()
        if self._moments and not 0 <= now - self._moments[-1][0] <= self._window:
            self._moments.clear()
        self._samples += samples
        self._moments.append((now, self._samples))
        while len(self._moments) > 1 and self._moments[1][0] <= now - self._window:
            self._moments.popleft()

    def restart(self) -> None:
        """Forget what came before, as there was nothing to count meanwhile."""
        self._moments.clear()

    @property
    def beats(self) -> bool:
        """Whether the samples of the last window advanced at 95 to 105 % of the time; not before there was one."""
        if not self._moments:
            return False
        (since, first), (_, last) = self._moments[0], self._moments[-1]
        passed = self._clock() - since
        return passed >= self._window and SLOWEST <= (last - first) / SAMPLE_RATE / passed <= FASTEST
