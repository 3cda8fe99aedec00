"""From posteriors to trigger events: pure, so that a table of scores in gives a table of events out.

logits -- sigmoid -- mean of the last steps -- enter above the threshold -> event
                                             -- leave below half of it, and rest -> ready again
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Final

import numpy as np
import numpy.typing as npt

from edge.audio import SAMPLE_RATE, seconds
from edge.errors import ConfigError
from edge.events import Trigger
from edge.features import FeatureConfig
from edge.model.manifest import OperatingPoints

Posteriors = npt.NDArray[np.float32]
"""Shape (steps, words), 0 to 1."""

MOST_STEPS: Final = 1000
"""Over which posteriors may be averaged."""

LONGEST: Final = 3600.0
"""Seconds that anything may last."""

NEVER: Final = 2.0
"""A threshold that no score reaches: that of words that are not enabled, or only listened to."""


@dataclass(frozen=True, slots=True)
class DetectorConfig:
    """How scores become events; the values that fit a network are in its bundle."""

    smoothing_steps: int = 4
    """Steps over which posteriors are averaged."""

    leave_ratio: float = 0.5
    """A word has passed once its score falls below this share of its threshold."""

    refractory_seconds: float = 1.0
    """A word is not reported again within this time."""

    timing_seconds: float = 2.0
    """Full scale of the network's two clocks."""

    def __post_init__(self) -> None:
        if not 1 <= self.smoothing_steps <= MOST_STEPS:
            raise ValueError(f"smoothing_steps is {self.smoothing_steps}: give 1 to {MOST_STEPS}")
        for name in ("leave_ratio", "refractory_seconds", "timing_seconds"):
            if not 0 < getattr(self, name) <= LONGEST:
                raise ValueError(f"{name} is {getattr(self, name)}: give more than 0, up to {LONGEST:g}")


@dataclass(frozen=True, slots=True)
class Clock:
    """Where steps lie in the stream, in samples."""

    start: int
    """Sample index at which the first step's first window began."""
    step: int
    """Samples from one step to the next."""
    window: int
    """Samples from a step's first to the end of its last window."""

    @classmethod
    def of(cls, features: FeatureConfig, stack: int, start: int = 0) -> "Clock":
        """The clock of steps of `stack` frames whose first window begins at `start`."""
        return cls(start, stack * features.hop, (stack - 1) * features.hop + features.window)

    def end_of(self, step: int) -> int:
        """Sample index at which the step's input is complete."""
        return self.start + step * self.step + self.window

    def ending_at(self, sample: int) -> int:
        """The step whose input is complete at a sample index."""
        return (sample - self.start - self.window) // self.step


class Smoother:
    """Mean of each posterior and those of the steps before it; owns these, zeros at first.

    Args:
        steps: how many, the newest included.
        words: posteriors of a step.
    """

    def __init__(self, steps: int, words: int) -> None:
        self._steps, self._words = steps, words
        self.reset()

    def reset(self) -> None:
        """Forget."""
        self._recent = np.zeros((self._steps - 1, self._words), np.float32)

    def feed(self, posteriors: Posteriors) -> Posteriors:
        """(steps, words) to the same shape; cuts into calls do not matter."""
        joined = np.concatenate([self._recent, posteriors])
        self._recent = joined[len(posteriors) :]
        total: Posteriors = reduce(np.add, (joined[i : i + len(posteriors)] for i in range(self._steps)))
        return total / np.float32(self._steps)


class Detector:
    """Watches the posteriors of the enabled words; owns the smoothing window and what has just fired.

    Args:
        labels: names of the network's words, in the order of its outputs.
        thresholds: threshold of each enabled word, 0 to 1; words that are not in it are ignored.
        model: identity of the model, for the events.
    """

    def __init__(
        self, labels: Sequence[str], thresholds: dict[str, float], model: str, config: DetectorConfig | None = None
    ) -> None:
        self._labels = labels
        self._config = config or DetectorConfig()
        self._model = model
        self._smoother = Smoother(self._config.smoothing_steps, len(labels))
        self.timing_seconds = self._config.timing_seconds
        """Full scale of the network's clocks."""
        self.tune(thresholds)
        self.reset()

    def tune(self, thresholds: dict[str, float]) -> None:
        """Take other thresholds; what was heard and what has fired stays."""
        self._thresholds = np.array([thresholds.get(label, NEVER) for label in self._labels], np.float32)

    def reset(self) -> None:
        """Forget: nothing was heard, nothing has fired."""
        self._smoother.reset()
        self._inside = np.zeros(len(self._labels), bool)
        self._ready_at = np.zeros(len(self._labels), np.int64)

    def smooth(self, posteriors: Posteriors) -> Posteriors:
        """Mean of each posterior and those of the steps before it: the scores that thresholds are held against."""
        return self._smoother.feed(posteriors)

    def feed(self, posteriors: Posteriors, timing: Posteriors, first: int, clock: Clock) -> list[Trigger]:
        """The words that were heard, in order.

        Args:
            posteriors: (steps, words).
            timing: (steps, 2), time since the word began and ended as shares of `timing_seconds`.
            first: index of the first step on the clock.
            clock: where steps lie in the stream.
        """
        scores = self.smooth(posteriors)
        # Almost always nothing is near a threshold; then no step needs to be looked at one by one.
        if not self._inside.any() and not (scores >= self._thresholds).any():
            return []
        steps = zip(scores, timing, range(first, first + len(scores)), strict=True)
        return [event for score, elapsed, step in steps for event in self._step(score, elapsed, clock.end_of(step))]

    def _step(self, score: Posteriors, elapsed: Posteriors, now: int) -> list[Trigger]:
        self._inside &= score >= self._thresholds * self._config.leave_ratio
        heard = (score >= self._thresholds) & ~self._inside & (now >= self._ready_at)
        self._inside |= heard
        self._ready_at[heard] = now + int(self._config.refractory_seconds * SAMPLE_RATE)
        return [self._event(int(word), float(score[word]), elapsed, seconds(now)) for word in np.flatnonzero(heard)]

    def _event(self, word: int, score: float, elapsed: Posteriors, at: float) -> Trigger:
        began, ended = (max(0.0, at - float(share) * self._config.timing_seconds) for share in elapsed)
        name = self._labels[word]
        return Trigger(at=at, name=name, score=score, began=min(began, ended), ended=ended, model=self._model)


def threshold_for(points: OperatingPoints, false_accepts_per_hour: float, word: str) -> float:
    """The lowest threshold whose measured rate of false accepts is within the budget.

    Raises:
        ConfigError: the budget is below all that was measured.
    """
    rates = np.array(points.false_accepts_per_hour)
    within = np.flatnonzero(rates <= false_accepts_per_hour)
    if len(within) == 0:
        lowest = float(rates.min())
        raise ConfigError(
            f"false_accepts_per_hour = {false_accepts_per_hour:g} is below what was measured for {word!r} "
            f"({lowest:g}): raise the budget, or set a threshold"
        )
    return min(points.threshold[i] for i in within)
