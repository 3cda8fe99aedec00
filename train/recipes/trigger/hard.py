"""What fools a cascade: mixtures in which it believes that a word was said that was not.

From most of the hours of other speech a network learns nothing any more, and a verifier is asked of none of it: only of
what the first network believes a little. So it goes on with more of that, as the later stages of a cascade do (Viola
and Jones 2001), found by the networks themselves (bootstrapping: Sung and Poggio 1998).
"""

from collections.abc import Sequence
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from edge.audio import SAMPLE_RATE
from train.cascade import Cascade
from train.networks import Network
from train.pool import MixturePool, normalised
from train.recipes.trigger.recipe import TriggerRecipe
from train.targets import step_ends

Numbers: TypeAlias = npt.NDArray[np.int64]
"""Of mixtures in a pool."""

HARD: Final = 1 / 8
"""Share of the mixtures that count as hard."""
DOUBTFUL: Final = 0.3
"""Share of them, by the first network, that the verifier is asked of."""
AROUND: Final = (0.3, 1.2)
"""Seconds before the beginning and after the end of a word between which belief in it is no fault."""
CUT_OFF: Final = 0.6
"""Seconds at the end of a mixture, where a word may be cut off that was nearly said, and nobody labelled."""
BATCH: Final = 64


def hardest(cascade: Cascade, pool: MixturePool, recipe: TriggerRecipe) -> Numbers:
    """The mixtures that fool both networks most, by the mean of their logits; HARD of all, at least one."""
    beliefs = _Beliefs(pool, recipe)
    everything = np.arange(len(pool.frames))
    first = beliefs.wrong([cascade.always], everything)
    doubtful = everything[np.argsort(-first)[: max(1, round(DOUBTFUL * len(everything)))]]
    both = beliefs.wrong([*cascade.networks.values()], doubtful)
    return np.sort(doubtful[np.argsort(-both)[: max(1, round(HARD * len(everything)))]])


class _Beliefs:
    """Runs networks over the mixtures of a pool, as they are."""

    def __init__(self, pool: MixturePool, recipe: TriggerRecipe) -> None:
        self._pool, self._recipe = pool, recipe
        self._steps = pool.frames.shape[1] // recipe.stack
        self._ends = step_ends(self._steps, recipe.stack, recipe.features)
        self._last = pool.frames.shape[1] * recipe.features.hop / SAMPLE_RATE - CUT_OFF

    def wrong(self, networks: Sequence[Network], mixtures: Numbers) -> npt.NDArray[np.float32]:
        """For each mixture the highest mean of logits of a word that was not said."""

        def mean(inputs: tf.Tensor) -> tf.Tensor:
            return tf.add_n([network.sequence(inputs)["scores"] for network in networks]) / len(networks)

        for network in networks:
            network.quantise(False)
        run = tf.function(mean, reduce_retracing=True)
        highest = np.empty(len(mixtures), np.float32)
        for first in range(0, len(mixtures), BATCH):
            some = mixtures[first : first + BATCH]
            logits = run(self._inputs(some)).numpy()
            logits[self._said(some, logits.shape)] = -np.inf
            highest[first : first + BATCH] = logits[:, self._ends <= self._last].max(axis=(1, 2))
        return highest

    def _inputs(self, mixtures: Numbers) -> npt.NDArray[np.float32]:
        energies = self._pool.frames[mixtures, : self._steps * self._recipe.stack].astype(np.float32)
        return normalised(energies, self._recipe.features).reshape(len(mixtures), self._steps, -1)

    def _said(self, mixtures: Numbers, shape: tuple[int, ...]) -> npt.NDArray[np.bool_]:
        """Where belief in a word is no fault, (mixtures, steps, labels)."""
        said = np.zeros(shape, np.bool_)
        before, after = AROUND
        for row, mixture in enumerate(mixtures):
            for _, label, began, ended in self._pool.words[self._pool.words[:, 0] == mixture]:
                around = (self._ends >= began / SAMPLE_RATE - before) & (self._ends <= ended / SAMPLE_RATE + after)
                said[row, around, label] = True
        return said
