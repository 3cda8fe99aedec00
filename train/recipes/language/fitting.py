"""Trains a language model by truncated back-propagation through time.

The text is cut into streams that are read side by side, a span at a time. The gradient goes back to the beginning of
the span (Williams and Peng 1990); the states go on to the next one.
"""

from collections.abc import Iterator
from functools import partial
from itertools import count
from pathlib import Path

import numpy as np
import tensorflow as tf

from edge.understanding.language import OUTPUT
from train.fit import fit_into
from train.networks import Network
from train.recipes.language.recipe import LanguageRecipe
from train.recipes.language.texts import Ids


def windows(ids: Ids, recipe: LanguageRecipe, start: int = 0) -> Iterator[Ids]:
    """Spans of all streams, (streams, span + 1) each, the next going on where the last ended; without end.

    The text is a ring, and each epoch begins elsewhere on it. `start` windows are skipped.
    """
    spans = max(1, len(ids) // (recipe.streams * recipe.span))
    within, streams = np.arange(recipe.span + 1), np.arange(recipe.streams)[:, None] * spans * recipe.span
    for step in count(start):
        epoch, place = divmod(step, spans)
        shift = np.random.default_rng((recipe.seed, epoch)).integers(len(ids))
        yield ids[(shift + streams + place * recipe.span + within) % len(ids)]


class CarriedLoss(tf.Module):  # type: ignore[misc]
    """Cross-entropy of the next symbol in nats, its states carried from one window to the next, and to a resumption."""

    def __init__(self, network: Network, streams: int, dropout: float) -> None:
        super().__init__()
        self._states = [tf.Variable(state, trainable=False) for state in network.initial_states(streams)]
        self._dropout = dropout

    def __call__(self, network: Network, window: tf.Tensor) -> tf.Tensor:
        """The mean over a window of (streams, span + 1) symbols."""
        outputs, states = network.run(window[:, :-1], tuple(map(tf.identity, self._states)), self._dropout)
        for carried, state in zip(self._states, states, strict=True):
            carried.assign(state)
        return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(window[:, 1:], outputs[OUTPUT]))


def fit_network(ids: Ids, symbols: int, recipe: LanguageRecipe, out: Path) -> Network:
    """Trains on a text; checkpoints, the losses and the final `weights.npz` go to `out`."""
    network = recipe.network(symbols)
    loss = CarriedLoss(network, recipe.streams, recipe.dropout)
    fit_into(out, network, loss, partial(windows, ids, recipe), recipe.fit)
    return network
