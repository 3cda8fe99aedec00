"""Batches of sentences of one length, some of them with faults, and the training over them."""

import random
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from edge.understanding.words import Vocabulary
from train.corpora.conll import OUTSIDE, Tagged
from train.corruption import WORST_RATE, corrupt
from train.fit import fit_into
from train.losses import marginal_loss
from train.recipes.entities.recipe import EntitiesRecipe
from train.recipes.entities.tagger import Tagger
from train.sentences import full_batches, hidden_words
from train.vectors import Lookup, frequent, look_up

EITHER: Final = "|"
"""Between the types of an entity that may be of either."""


class Lesson(NamedTuple):
    """A sentence to learn from."""

    sentence: Tagged
    known: frozenset[str]
    """The types that its corpus labels; nothing follows from the absence of others."""


Vary: TypeAlias = Callable[[Tagged, random.Random], Tagged]
"""Makes another sentence of one, with other names and numbers."""


class Batch(NamedTuple):
    """What the loss takes."""

    lookup: Lookup
    allowed: npt.NDArray[np.float32]
    """(batch, time, tags)."""


def vocabulary_of(
    lessons: Sequence[Lesson], recipe: EntitiesRecipe, known: Collection[str] = frozenset()
) -> Vocabulary:
    """The words with a row of their own, in the order of the alphabet: frequent ones, and what is `known` anyway."""
    counts = Counter(word for lesson in lessons for word in lesson.sentence.words)
    return Vocabulary(frequent(counts, recipe.least_count, known), recipe.buckets)


def batches(lessons: Sequence[Lesson], tagger: Tagger, vary: Vary | None = None, start: int = 0) -> Iterator[Batch]:
    """Batches without end, others for each `start`; each is full, so a rare length waits until there are enough."""
    recipe, rng = tagger.recipe, random.Random(tagger.recipe.seed + start)
    counts = Counter(word for lesson in lessons for word in lesson.sentence.words)
    drawn = _drawn(lessons, recipe, vary, rng)
    for group in full_batches(drawn, lambda lesson: len(lesson.sentence.words), recipe.tokens):
        yield _batch(group, tagger, counts, rng)


def loss(tagger: Tagger, batch: Batch) -> tf.Tensor:
    """See `marginal_loss`."""
    return marginal_loss(tagger.logits(batch.lookup, tagger.recipe.dropout), batch.allowed)


def fit_tagger(tagger: Tagger, lessons: Sequence[Lesson], out: Path, vary: Vary | None = None) -> None:
    """Trains in place; checkpoints and the final `weights.npz` go to `out`."""
    fit_into(out, tagger, loss, partial(batches, lessons, tagger, vary), tagger.recipe.fit)


def _drawn(
    lessons: Sequence[Lesson], recipe: EntitiesRecipe, vary: Vary | None, rng: random.Random
) -> Iterator[Lesson]:
    """Lessons without end, some of them with faults; all of them come before one comes again."""
    while True:
        for lesson in rng.sample(lessons, len(lessons)):
            sentence = vary(lesson.sentence, rng) if vary else lesson.sentence
            if rng.random() < recipe.corrupted:
                sentence = corrupt(sentence, rng.uniform(0, WORST_RATE), rng)
            yield Lesson(sentence, lesson.known)


def _batch(group: Sequence[Lesson], tagger: Tagger, counts: Counter[str], rng: random.Random) -> Batch:
    sentences = [lesson.sentence.words for lesson in group]
    hidden = hidden_words(sentences, counts, rng)
    allowed = np.array([_allowed(lesson, tagger.tags) for lesson in group], np.float32)
    return Batch(look_up(tagger.vectors.vocabulary, sentences, hidden), allowed)


def _allowed(lesson: Lesson, tags: Sequence[str]) -> list[list[bool]]:
    """For each word the tags that may be right."""
    unknown = [tag != OUTSIDE and tag[2:] not in lesson.known for tag in tags]
    outside = [foreign or tag == OUTSIDE for foreign, tag in zip(unknown, tags, strict=True)]
    rows = {tag: [other in _either(tag) for other in tags] for tag in set(lesson.sentence.tags)} | {OUTSIDE: outside}
    return [rows[tag] for tag in lesson.sentence.tags]


def _either(tag: str) -> list[str]:
    """The tags of all types of which the entity may be."""
    return [f"{tag[:2]}{kind}" for kind in tag[2:].split(EITHER)]
