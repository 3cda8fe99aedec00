"""How long a memory is: does the verb agree with a subject far back (Linzen et al. 2016, arXiv 1611.01368)?

    the cats , which already ate the bird and the dogs and the cow , ...   was or were full?

Nothing but the number of the first noun decides, and nouns of both numbers stand between. For each distance, an RNN, a
GRU and an LSTM of equally many units learn from sentences of that distance alone: near subjects would teach them what
to keep, and here the gradient itself must find the way back. Each gives one answer at the end.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from train.fit import FitConfig, fit
from train.networks import Layer, Network, NetworkSpec

Ids: TypeAlias = npt.NDArray[np.int32]
Cell: TypeAlias = Literal["rnn", "gru", "lstm"]

NOUNS = ("cat", "dog", "bird", "cow", "teacher", "friend", "student", "farmer")
OTHERS = ("the", ",", "which", "already", "ate", "saw", "liked", "and")
WORDS = (*NOUNS, *(f"{noun}s" for noun in NOUNS), *OTHERS)
VERBS = ("was", "were")

DISTANCES = (1, 2, 4, 8, 16, 32)
"""Nouns between subject and verb; each but the first brings "and the" along."""
UNITS = 32
BATCH = 64
FIT = FitConfig(steps=400, quantised_steps=0, learning_rate=5e-3, warm_up=50)


def sentences(rng: np.random.Generator, count: int, between: int) -> tuple[Ids, Ids]:
    """Sentences up to the verb, (count, words), and the verb, (count,), an index of `VERBS`."""
    nouns = rng.integers(len(NOUNS), size=(count, between + 1))
    plural = rng.integers(2, size=(count, between + 1))
    words = (nouns + len(NOUNS) * plural).astype(np.int32)
    verb = rng.choice([WORDS.index(word) for word in ("ate", "saw", "liked")], size=count)
    columns = [_fixed("the", count), words[:, 0], *(_fixed(word, count) for word in (",", "which", "already")), verb]
    for number in range(1, between + 1):
        columns += [_fixed("and", count)] * (number > 1) + [_fixed("the", count), words[:, number]]
    columns.append(_fixed(",", count))
    return np.stack(columns, axis=1).astype(np.int32), plural[:, 0].astype(np.int32)


def spell(sentence: Ids, verb: int) -> str:
    """A sentence in words."""
    return f"{' '.join(WORDS[word] for word in sentence)} {VERBS[verb]} full".replace(" ,", ",")


def accuracy(cell: Cell, between: int, folder: Path, config: FitConfig = FIT, seed: int = 1) -> float:
    """Percent of right verbs with so many nouns between, after training on as many."""
    network = Network(NetworkSpec(len(WORDS), (Layer(UNITS, cell),), (("verb", 2),), stack=1), seed)
    fit(network, _loss, _batches(seed, between), config, folder, name=f"{cell}, {between} nouns between")
    words, verbs = sentences(np.random.default_rng((seed, 1)), 1000, between)
    answers = network.sequence(tf.constant(words))["verb"][:, -1]
    return 100 * float(np.mean(answers.numpy().argmax(axis=1) == verbs))


def _fixed(word: str, count: int) -> Ids:
    return np.full(count, WORDS.index(word), np.int32)


def _batches(seed: int, between: int) -> Iterator[tuple[Ids, Ids]]:
    rng = np.random.default_rng((seed, 0))
    while True:
        yield sentences(rng, BATCH, between)


def _loss(network: Network, batch: tuple[tf.Tensor, tf.Tensor]) -> tf.Tensor:
    words, verbs = batch
    logits = network.sequence(words)["verb"][:, -1]
    return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(verbs, logits))
