"""Batches of sentences of one length, some of them with faults, and the training over them."""

import random
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from edge.understanding.sentiment import LABELS
from edge.understanding.words import Vocabulary
from train.corpora.conll import OUTSIDE, Tagged
from train.corpora.opinions import Opinion
from train.corruption import WORST_RATE, corrupt
from train.fit import fit_into
from train.losses import marginal_loss
from train.recipes.sentiment.classifier import Baseline, Classifier
from train.recipes.sentiment.recipe import SentimentRecipe
from train.sentences import full_batches, hidden_words
from train.vectors import Lookup, frequent, look_up


class Batch(NamedTuple):
    """What the loss takes."""

    lookup: Lookup
    allowed: npt.NDArray[np.float32]
    """(batch, 5): 1 for each number of stars that may be right."""


def vocabulary_of(
    opinions: Sequence[Opinion], recipe: SentimentRecipe, known: Collection[str] = frozenset()
) -> Vocabulary:
    """The words with a row of their own, in the order of the alphabet: frequent ones, and what is `known` anyway."""
    return Vocabulary(frequent(_counts(opinions), recipe.least_count, known), recipe.buckets)


def batches(
    opinions: Sequence[Opinion], recipe: SentimentRecipe, vocabulary: Vocabulary, start: int = 0
) -> Iterator[Batch]:
    """Batches without end, others for each `start`; each is full, so a rare length waits until there are enough."""
    rng, counts = random.Random(recipe.seed + start), _counts(opinions)
    drawn = _drawn(opinions, recipe, rng)
    for group in full_batches(drawn, lambda opinion: len(opinion.words), recipe.tokens):
        yield _batch(group, vocabulary, counts, rng)


def loss(classifier: Classifier | Baseline, batch: Batch) -> tf.Tensor:
    """Negative log probability of the stars that may be right."""
    return marginal_loss(classifier.logits(batch.lookup, classifier.recipe.dropout), batch.allowed)


def fit_classifier(classifier: Classifier | Baseline, opinions: Sequence[Opinion], out: Path) -> None:
    """Trains in place; checkpoints and the final `weights.npz` go to `out`."""
    made = partial(batches, opinions, classifier.recipe, classifier.vectors.vocabulary)
    fit_into(out, classifier, loss, made, classifier.recipe.fit)


def _drawn(opinions: Sequence[Opinion], recipe: SentimentRecipe, rng: random.Random) -> Iterator[Opinion]:
    """Opinions without end, some of them with faults; all of them come before one comes again."""
    while True:
        for opinion in rng.sample(opinions, len(opinions)):
            words = _faulty(opinion.words, rng) if rng.random() < recipe.corrupted else opinion.words
            yield Opinion(words, opinion.stars)


def _batch(group: Sequence[Opinion], vocabulary: Vocabulary, counts: Counter[str], rng: random.Random) -> Batch:
    sentences = [opinion.words for opinion in group]
    hidden = hidden_words(sentences, counts, rng)
    allowed = [[int(label) in opinion.stars for label in LABELS] for opinion in group]
    return Batch(look_up(vocabulary, sentences, hidden), np.array(allowed, np.float32))


def _faulty(words: tuple[str, ...], rng: random.Random) -> tuple[str, ...]:
    return corrupt(Tagged(words, (OUTSIDE,) * len(words)), rng.uniform(0, WORST_RATE), rng).words


def _counts(opinions: Sequence[Opinion]) -> Counter[str]:
    return Counter(word for opinion in opinions for word in opinion.words)
