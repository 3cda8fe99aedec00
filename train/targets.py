"""What the trigger network should say at each step of a mixture."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from edge.audio import SAMPLE_RATE
from edge.features import FeatureConfig

TIMING_SECONDS = 2.0
"""Full scale of the timing head: elapsed times are given as a share of it."""


@dataclass(frozen=True, slots=True)
class TargetWindow:
    """Seconds after the end of a word between which the network must fire, and those where it may."""

    must_from: float = 0.0
    must_until: float = 0.21
    may_from: float = -0.18
    may_until: float = 0.42


@dataclass(frozen=True, slots=True)
class Targets:
    """Targets of one batch; all arrays begin (mixtures, steps)."""

    scores: npt.NDArray[np.float32]
    """(mixtures, steps, labels): 1 where the word has just been said."""

    weights: npt.NDArray[np.float32]
    """The same shape: 0 where either answer is fine."""

    timing: npt.NDArray[np.float32]
    """(mixtures, steps, 2): time since the word began and since it ended, as shares of TIMING_SECONDS."""


def step_ends(steps: int, stack: int, config: FeatureConfig) -> npt.NDArray[np.float64]:
    """Seconds at which each step's last sample is in."""
    last_frames = stack * np.arange(1, steps + 1) - 1
    return (last_frames * config.hop + config.window) / SAMPLE_RATE


def targets(
    words: Sequence[tuple[int, int, int, int]] | npt.NDArray[np.int64],
    shape: tuple[int, int, int],
    ends: npt.NDArray[np.float64],
    window: TargetWindow | None = None,
) -> Targets:
    """Targets of `shape` (mixtures, steps, labels) for rows of (mixture, label, began, ended), in samples."""
    window = window or TargetWindow()
    scores, weights = np.zeros(shape, np.float32), np.ones(shape, np.float32)
    timing = np.zeros((*shape[:2], 2), np.float32)
    for mixture, label, began, ended in words:
        since_end = ends - ended / SAMPLE_RATE
        must = (since_end >= window.must_from) & (since_end <= window.must_until)
        may = (since_end >= window.may_from) & (since_end <= window.may_until) & ~must
        scores[mixture, must, label] = 1
        weights[mixture, may, label] = 0
        weights[mixture, must, label] = 1
        timing[mixture, must] = np.stack([ends[must] - began / SAMPLE_RATE, since_end[must]], axis=1) / TIMING_SECONDS
    return Targets(scores, weights, np.clip(timing, 0, 1))
