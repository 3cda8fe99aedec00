"""Batches of sequences: windows end to end, so that a network that is never reset learns to find their middles.

The middle of a window has its class; every other place, and those across a seam, are no junctions. Given the class,
places are nearly independent (naive Bayes is right in 95 % of windows), hence two ways to more data:

    crossing   what is right of some place comes from another window of the same class
    hiding     a base becomes unknown
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from edge.model.quantization import Real
from edge.sensors.dna import LABELS, UNKNOWN, pairs_of, shares_of
from train.corpora.sequences import Labelled
from train.recipes.dna.recipe import DnaRecipe


class Batch(NamedTuple):
    """What the loss takes."""

    frames: Real
    """(batch, steps, stack * 16)."""
    labels: npt.NDArray[np.int32]
    """(batch, steps * stack): the class of each place, as the network judges it with the last base that it needs."""
    weights: Real
    """Of the same shape; 0 leaves a place out."""


def batches(windows: Sequence[Labelled], recipe: DnaRecipe, member: int = 0) -> Iterator[Batch]:
    """Batches without end, others for each member; each window comes once before any comes again."""
    rng = np.random.default_rng(recipe.seed + 100 * member)
    shares = np.stack([shares_of(window.bases) for window in windows])
    labels = np.array([window.label for window in windows], np.int32)
    waiting = np.empty(0, np.intp)
    while True:
        while len(waiting) < recipe.batch * recipe.windows:
            waiting = np.concatenate([waiting, rng.permutation(len(labels))])
        chosen, waiting = np.split(waiting, [recipe.batch * recipe.windows])
        crossed = cross(shares, labels, chosen, recipe.crossed, rng)
        yield _batch(crossed, labels[chosen], recipe, rng)


def cross(
    shares: Real, labels: npt.NDArray[np.int32], chosen: npt.NDArray[np.intp], share: float, rng: np.random.Generator
) -> Real:
    """The chosen windows, (chosen, length, 4), some of them with the right side of another of their class."""
    mates = np.array([rng.choice(np.flatnonzero(labels == label)) for label in labels[chosen]])
    length = shares.shape[1]
    cuts = np.where(rng.random(len(chosen)) < share, rng.integers(1, length, len(chosen)), length)
    own = np.arange(length) < cuts[:, None]
    return np.where(own[..., None], shares[chosen], shares[mates])


def _batch(windows: Real, labels: npt.NDArray[np.int32], recipe: DnaRecipe, rng: np.random.Generator) -> Batch:
    """The windows (batch * windows, length, 4) behind one another, beginning at any base of a step."""
    length, bases = windows.shape[1], recipe.windows * windows.shape[1]
    steps = -(-(bases + recipe.stack - 1) // recipe.stack)
    shares = np.tile(UNKNOWN, (recipe.batch, steps * recipe.stack, 1))
    classes = np.full(shares.shape[:2], LABELS.index("neither"), np.int32)
    weights = np.zeros(shares.shape[:2], np.float32)
    ends = length * np.arange(1, recipe.windows + 1) - 1
    rows = zip(windows.reshape(recipe.batch, bases, -1), labels.reshape(recipe.batch, -1), strict=True)
    for row, (sequence, middles) in enumerate(rows):
        shift = rng.integers(recipe.stack)
        shares[row, shift : shift + bases] = sequence
        classes[row, shift + ends] = middles
        weights[row, shift + length // 2 : shift + bases] = recipe.elsewhere / length
        weights[row, shift + ends] = 1.0
    shares[rng.random(classes.shape) < rng.uniform(0, recipe.hidden, (recipe.batch, 1))] = UNKNOWN
    return Batch(pairs_of(shares).reshape(recipe.batch, steps, -1), classes, weights)
