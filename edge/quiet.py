"""When a network forgets: pure, so that a table of steps in gives those that begin from nothing.

steps -- mean of all bands --> level -- under LEVEL for SECONDS, and never lower in that time --> fresh

States of 8 bits never forget by themselves: two streams that differ once go on to differ by a score or a step for ever.
After a fresh step a network depends on nothing but what has come since, as at the start of each sequence that it learnt
from: days of sound cannot wear it out, and a listener of today hears what one of last week hears. Which step that is
depends on the last SECONDS alone, not on when the quiet began, so two listeners that began at different times agree.
The quietest is no step of a word, even of one that hardly rises above the room: resetting at every step of the quiet
would cut off the soft beginnings of words, and swallow the faintest.
"""

from collections import deque
from typing import Final

from edge.features import FeatureConfig, Frames, pcen_of

LEVEL: Final = 0.4
"""Mean of the bands' PCEN. Steady noise stays below it however loud it is; words rise above 1.4."""

FAINTEST: Final = 0.03
"""What is below is as quiet as can be: silence without any noise ends at 0.024, rising for half a minute."""

SECONDS: Final = 1.5
"""Longer than a score takes to fall, and than a word is not reported again."""


class Quiet:
    """Tells the steps before which a network forgets; owns the lowest levels of the last steps, while all are quiet.

    Args:
        features: what the frames hold; unless it is PCEN, whose levels are known, nothing is ever forgotten.
        stack: frames of one step.
    """

    def __init__(self, features: FeatureConfig, stack: int) -> None:
        bands = stack * features.bands
        self._features = features
        self._faintest = FAINTEST * bands
        self._limit = LEVEL * bands if features.has_pcen else float("-inf")
        self._needed = round(SECONDS / (stack * features.seconds_per_frame))
        self.reset()

    def reset(self) -> None:
        """Forget: nothing was quiet."""
        self._steps = 0
        self._lows = deque[tuple[int, float]]()
        """Of the last steps those that are lower than all after them, the lowest first: index and level."""

    def feed(self, steps: Frames) -> list[bool]:
        """Whether each of these steps, (steps, stack * width), begins from nothing; cuts into calls do not matter."""
        return [self._is_fresh(level) for level in pcen_of(steps, self._features).sum(axis=1).tolist()]

    def _is_fresh(self, level: float) -> bool:
        if not level < self._limit:
            self.reset()
            return False
        level = max(level, self._faintest)
        self._steps += 1
        while self._lows and self._lows[-1][1] > level:
            self._lows.pop()
        self._lows.append((self._steps, level))
        if self._lows[0][0] <= self._steps - self._needed:
            self._lows.popleft()
        return self._steps >= self._needed and level <= self._lows[0][1]
