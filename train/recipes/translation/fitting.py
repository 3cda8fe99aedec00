"""Batches of sentences of one length with their translations, and the training over them."""

import random
import re
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TypeAlias

import numpy as np
import tensorflow as tf

from edge.errors import DataError
from edge.translation.subwords import Subwords, normalise
from train.corpora.pairs import Pair
from train.fit import fit_into
from train.losses import smoothed_cross_entropy
from train.recipes.translation.network import Batch, EncoderDecoder
from train.recipes.translation.recipe import TranslationRecipe
from train.sentences import full_batches

LONGEST = 60
"""Pieces; longer sentences are left out, for one of them would cost as much as a batch."""

Sides: TypeAlias = tuple[list[int], list[int]]
"""A sentence and its translation, as indices of pieces."""

_SIGNS = re.compile(r"[^\w\s']|_")


def spoken(text: str) -> str:
    """A text as a recogniser writes it: lower case, no punctuation but apostrophes."""
    return _SIGNS.sub(" ", normalise(text).lower())


def batches(
    pairs: Sequence[Pair], recipe: TranslationRecipe, source: Subwords, target: Subwords, start: int = 0
) -> Iterator[Batch]:
    """Batches without end, others for each `start`; each is full, so a rare length waits until there are enough of it.

    Raises:
        DataError: no pair is short enough.
    """
    drawn = _drawn(pairs, recipe, source, target, random.Random(recipe.seed + start))
    for group in full_batches(drawn, lambda sides: len(sides[0]), recipe.tokens):
        yield _batch(group, target.end)


def loss(network: EncoderDecoder, batch: Batch) -> tf.Tensor:
    """Cross-entropy of a piece, with smoothed targets."""
    recipe = network.recipe
    logits = network.logits(batch.source, batch.target, recipe.dropout)
    return smoothed_cross_entropy(logits, batch.target, batch.weights, recipe.smoothing)


def fit_translator(network: EncoderDecoder, pairs: Sequence[Pair], out: Path) -> None:
    """Trains in place; checkpoints, the losses and the final `weights.npz` go to `out`."""
    fit_into(out, network, loss, partial(batches, pairs, network.recipe, *network.subwords), network.recipe.fit)


def _drawn(
    pairs: Sequence[Pair], recipe: TranslationRecipe, source: Subwords, target: Subwords, rng: random.Random
) -> Iterator[Sides]:
    """Pairs without end, some of them as they are spoken; all that are short enough come before one comes again."""
    sides = [(pair.source, one) for pair in pairs for one in pair.targets]
    while True:
        short_enough = 0
        for text, translation in rng.sample(sides, len(sides)):
            read = source.encode(spoken(text) if rng.random() < recipe.spoken else text)
            written = [*target.encode(translation), target.end]
            if 0 < len(read) <= LONGEST and len(written) <= LONGEST:
                short_enough += 1
                yield read, written
        if not short_enough:
            raise DataError(f"no pair has 1 to {LONGEST} pieces a side: give shorter sentences, or more --pieces")


def _batch(group: Sequence[Sides], end: int) -> Batch:
    steps = max(len(written) for _, written in group)
    target = np.full((len(group), steps), end, np.int32)
    weights = np.zeros((len(group), steps), np.float32)
    for row, weight, (_, written) in zip(target, weights, group, strict=True):
        row[: len(written)] = written
        weight[: len(written)] = 1.0
    return Batch(np.array([read for read, _ in group], np.int32), target, weights)
