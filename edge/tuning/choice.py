"""Which threshold holds a budget of false accepts, and how well that is shown."""

import math
from dataclasses import dataclass
from functools import cache
from statistics import NormalDist
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from edge.errors import DataError
from edge.model.manifest import OperatingPoints
from edge.trigger import threshold_for
from edge.tuning.accepts import LEVELS, Counts

CONFIDENCE: Final = 0.95

TAIL: Final = 20
"""Accepts that a tail is fitted to: fewer tell too little of its slope, more lie too far from the threshold."""

Basis = Literal["counted", "extrapolated", "shipped", "exceeded"]


@dataclass(frozen=True, slots=True)
class Choice:
    """A threshold and the evidence for it."""

    threshold: float
    basis: Basis
    """Shown by counting, extrapolated from a lower threshold, or taken from the bundle's own curve; exceeded is a
    budget that not even the highest threshold, which is this one, is shown to hold."""
    hours: float
    accepts: int
    """At this threshold or above it, in those hours."""

    @property
    def interval(self) -> tuple[float, float]:
        """Of the rate of false accepts an hour: 95 %."""
        low, high = poisson_interval(self.accepts)
        return low / self.hours, high / self.hours


def choose(word: str, counts: Counts, hours: float, budget: float, curve: OperatingPoints | None) -> Choice:
    """The lowest threshold that holds a budget.

    Where not even a recording without accepts could show the budget, being shorter than 3 / budget hours, the rate at
    a lower threshold is extrapolated: along the bundle's curve, else by the tail of the scores. Where too little was
    heard that resembles the word at all, as in a silent night, the bundle's curve is believed, as far as what was
    heard does not speak against it.

    Args:
        word: its name, for errors.
        counts: accepts at each of LEVELS.
        hours: how long was listened, above 0.
        budget: false accepts an hour, above 0.
        curve: what was measured when the bundle was made.

    Raises:
        DataError: too little was heard, and the bundle has no curve.
        ConfigError: the budget is below what the curve has.
    """
    # A sound may leave a low level and enter it again where a high one sees it once: honest counts only fall.
    falling = np.maximum.accumulate(counts[::-1])[::-1]
    if falling[0] >= TAIL:
        if hours >= hours_to_show(budget):
            return _chosen(_counted(falling, budget * hours), "counted", hours, falling)
        return _chosen(_bound(falling, hours, curve) <= budget, "extrapolated", hours, falling)
    if curve is None:
        raise DataError(f"{word}: in {hours:.2g} h too little resembled it: listen for longer, where people talk")
    plausible = _plausible(falling, budget * hours)
    plausible[: np.searchsorted(LEVELS, threshold_for(curve, budget, word))] = False
    return _chosen(plausible, "shipped", hours, falling)


def hours_to_show(budget: float) -> float:
    """How long to listen, without any accept, until the budget (an hour) is shown by counting."""
    return -math.log(1 - CONFIDENCE) / budget


def scaled_bound(counts: Counts, hours: float, curve: OperatingPoints) -> npt.NDArray[np.float64]:
    """Upper bounds (95 %) of the rate at each of LEVELS: the bundle's curve, times what is worse here.

    What is worse is told by the highest level u with TAIL accepts. That the curve falls here as it did where it was
    measured, over the few accepts above u, is an assumption.

    Returns:
        Infinite below u, and everywhere if the curve has no accept at u.
    """
    start = _tail_begins(counts)
    measured = np.interp(LEVELS, curve.threshold, curve.false_accepts_per_hour)
    bound = np.full(len(LEVELS), np.inf)
    if measured[start] > 0:
        bound[start:] = poisson_interval(int(counts[start]))[1] / hours * measured[start:] / measured[start]
    return bound


def tail_bound(counts: Counts, hours: float) -> npt.NDArray[np.float64]:
    """Upper bounds (95 %) of the rate at each of LEVELS, by an exponential tail in log-odds.

    The tail begins at the highest level u with TAIL accepts. By the theory of exceedances (Pickands 1975) their
    excesses x over u tend to a generalised Pareto law; scores are bounded, so its shape is at most that of the
    exponential exp(-x / s), which errs to the safe side. The bound has both errors: of the rate at u, and of s.
    """
    log_odds = np.log(LEVELS / (1 - LEVELS))
    start = _tail_begins(counts)
    exceeding, excess = counts[start:].astype(float), log_odds[start:] - log_odds[start]
    # The integral of the counts is the sum of the excesses.
    scale = float(((exceeding[1:] + exceeding[:-1]) / 2 * np.diff(excess)).sum()) / exceeding[0]
    folds = excess / max(scale, np.diff(log_odds).min())
    error = np.sqrt((1 + folds**2) / exceeding[0])
    bound = np.full(len(LEVELS), np.inf)
    bound[start:] = exceeding[0] / hours * np.exp(NormalDist().inv_cdf(CONFIDENCE) * error - folds)
    return bound


def poisson_cumulative(mean: float) -> npt.NDArray[np.float64]:
    """Probabilities of n events or fewer, for n from 0 to where there is hardly ever one more; mean above 0."""
    events = np.arange(1, math.ceil(mean + 10 * math.sqrt(mean) + 20))
    return np.cumsum(np.exp(np.concatenate([[0.0], np.cumsum(np.log(mean / events))]) - mean))


@cache
def poisson_interval(events: int) -> tuple[float, float]:
    """Interval (95 %) of the mean behind a number of events (Garwood 1936)."""
    tail = (1 - CONFIDENCE) / 2
    return (_mean_where(events - 1, 1 - tail) if events else 0.0), _mean_where(events, tail)


def wilson_interval(misses: int, trials: int) -> tuple[float, float]:
    """Interval (95 %) of a share (Wilson 1927), 0 to 1; trials above 0."""
    z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
    share, spread = misses / trials, z * z / trials
    centre = (share + spread / 2) / (1 + spread)
    half = z / (1 + spread) * math.sqrt(share * (1 - share) / trials + spread / (4 * trials))
    return max(0.0, centre - half), min(1.0, centre + half)


def _bound(counts: Counts, hours: float, curve: OperatingPoints | None) -> npt.NDArray[np.float64]:
    bound = scaled_bound(counts, hours, curve) if curve else np.full(len(LEVELS), np.inf)
    return bound if np.isfinite(bound).any() else tail_bound(counts, hours)


def _tail_begins(counts: Counts) -> int:
    return int(np.flatnonzero(counts >= TAIL)[-1])


def _mean_where(events: int, probability: float) -> float:
    """The mean at which so many events or fewer have this probability, by bisection."""
    low, high = 0.0, events + 10 * math.sqrt(events + 1) + 10
    for _ in range(60):
        middle = (low + high) / 2
        cumulative = poisson_cumulative(middle)
        likely = cumulative[min(events, len(cumulative) - 1)] > probability
        low, high = (middle, high) if likely else (low, middle)
    return high


def _counted(counts: Counts, allowed: float) -> npt.NDArray[np.bool_]:
    """The levels at which a mean of `allowed` or more would not have left so few accepts."""
    return counts < np.searchsorted(poisson_cumulative(allowed), 1 - CONFIDENCE)


def _plausible(counts: Counts, allowed: float) -> npt.NDArray[np.bool_]:
    """The levels at which a mean of `allowed` may have brought so many accepts."""
    return counts <= np.searchsorted(poisson_cumulative(allowed), CONFIDENCE)


def _chosen(within: npt.NDArray[np.bool_], basis: Basis, hours: float, counts: Counts) -> Choice:
    """The lowest level that is within the budget as all above it are; the highest of all, if it is not.

    Going down from the top to the first failure tests the levels in an order fixed beforehand, so that the
    confidence of a single test is that of the choice (Angelopoulos et al. 2021).
    """
    level = min(len(within) - 1, int(np.flatnonzero(~within).max(initial=-1)) + 1)
    return Choice(float(LEVELS[level]), basis if within[-1] else "exceeded", hours, int(counts[level]))
