"""What a network learns from: the windows of a table, whose middles have their class, and others from a stream.

In a stream a network also meets what no table holds: a junction that is off the middle, or none at all.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from edge.model.quantization import Real
from edge.sensors.dna import BASES, LABELS, pairs_of, shares_of
from train.corpora.sequences import Labelled
from train.recipes.dna.recipe import DnaRecipe

RANDOM: Final = 0.2
"""Share of the stretches of a stream that are bases in any order."""


class Examples(NamedTuple):
    """Windows, those of the table first."""

    frames: Real
    """(windows, features): what a step sees."""
    labels: npt.NDArray[np.int32]
    """(windows,)."""
    weights: Real
    """(windows,): 1 for those of the table."""


def examples(windows: Sequence[Labelled], recipe: DnaRecipe) -> Examples:
    """The windows and, many times as many, others from elsewhere in a stream."""
    shares, count = np.stack([shares_of(window.bases) for window in windows]), len(windows)
    others = elsewhere(shares, recipe.others * count, np.random.default_rng(recipe.seed))
    frames = pairs_of(np.concatenate([shares, others]))
    labels = np.full(len(frames), LABELS.index("neither"), np.int32)
    labels[:count] = [window.label for window in windows]
    weights = np.full(len(frames), recipe.elsewhere / max(1, recipe.others), np.float32)
    weights[:count] = 1.0
    return Examples(frames.reshape(len(frames), -1), labels, weights)


def elsewhere(shares: Real, count: int, rng: np.random.Generator) -> Real:
    """Windows that lie across two stretches of a stream, (count, length, 4): no middle of one is theirs."""
    length = shares.shape[1]
    stretches = []
    for _ in range(2):
        stretch = shares[rng.integers(len(shares), size=count)]
        random = rng.random(count) < RANDOM
        stretch[random] = np.eye(len(BASES), dtype=np.float32)[rng.integers(len(BASES), size=(random.sum(), length))]
        stretches.append(stretch)
    begins = rng.integers(1, length, (count, 1))
    found: Real = np.concatenate(stretches, axis=1)[np.arange(count)[:, None], begins + np.arange(length)]
    return found
