"""Trains the speech network: batches of utterances of like length, short ones first, CTC."""

import zlib
from collections.abc import Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from edge.errors import DataError
from train.export import load_weights, read_weights
from train.fit import begin_with, fit_into
from train.growth import Weights, grown
from train.losses import ctc_loss
from train.networks import Network
from train.recipes.speech.pools import lessons, read_noise
from train.recipes.speech.recipe import SpeechRecipe
from train.utterances import Utterance, short_ones, speech_batches

Batch: TypeAlias = tuple[npt.NDArray[Any], ...]
"""The fields of a `SpeechBatch`."""

SHORT_BATCHES = 300
"""Batches of short utterances with which training begins."""
SILENT = 5
"""Steps at the beginning of an utterance at which nothing is spelled. Free to, a network learns to guess the first
letter at once, before it has heard anything, and CTC never lets it find out that waiting would pay."""


def batches(pools: Path, recipe: SpeechRecipe, taken: int = 0, start: Path | None = None) -> Iterator[Batch]:
    """Utterances of the training part and synthetic ones without end; short ones first.

    Whoever goes on, after batches that were `taken` or from the weights `start`, wants others than those it began with;
    weights can spell already.
    """
    utterances, noise = lessons(pools), read_noise(pools)
    rng = np.random.default_rng((recipe.seed, taken, zlib.crc32(start.read_bytes()) if start else 0))
    left = 0 if start else max(0, SHORT_BATCHES - taken)

    def some(chosen: list[Utterance]) -> Iterator[Batch]:
        for one in speech_batches(chosen, recipe.features, recipe.stack, recipe.frames, rng, noise):
            yield one.inputs, one.steps, one.letters, one.counts

    if left and (short := short_ones(utterances)):
        yield from islice(some(short), left)
    yield from some(utterances)


def loss(network: Network, batch: Batch, dropout: float, silent: int = SILENT) -> tf.Tensor:
    """CTC, negative log probability a letter; the batch is the fields of a `SpeechBatch`, `silent` as of `ctc_loss`."""
    inputs, steps, letters, counts = batch
    return ctc_loss(network.sequence(inputs, dropout)["letters"], steps, letters, counts, silent)


def _grown(start: Path, network: Network) -> Weights:
    try:
        return grown(read_weights(start), network)
    except DataError as error:
        raise DataError(f"--from {start}: {error}") from None


def fit_network(pools: Path, recipe: SpeechRecipe, out: Path, start: Path | None = None) -> Network:
    """Trains on the pools, from the weights `start` if given; checkpoints and the final `weights.npz` go to `out`.

    The weights may be those of a smaller network: they are made to fit (`train.growth`).

    Raises:
        DataError: the weights are those of a larger network, or of one of another kind.
        UsageError: a training in `out` began with others.
    """
    network = recipe.network()
    if start:
        load_weights(network, _grown(start, network))
    begin_with(out, start)
    fit_into(
        out,
        network,
        partial(loss, dropout=recipe.dropout),
        partial(batches, pools, recipe, start=start),
        recipe.fit,
    )
    return network
