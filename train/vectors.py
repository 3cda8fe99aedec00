"""Word vectors that are trained with a network, and that ship as the int8 rows of `edge.understanding.words`.

Sentences of one length make a batch, so that nothing is padded: a recurrent state then means in training what it means
on the device. Each distinct word of a batch is looked up once.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from edge.errors import DataError
from edge.understanding.words import UNKNOWN, Embedding, Vocabulary

QUIET = 0.3
"""Of their usual size, n-grams beside vectors that have been learnt elsewhere."""

STEPS = 127
"""An int8 row reaches from -STEPS to STEPS times its scale."""


class Lookup(NamedTuple):
    """The words of a batch, as rows of the table."""

    words: npt.NDArray[np.int32]
    """(distinct,) row of each distinct word."""
    ngrams: npt.NDArray[np.int32]
    """(distinct, n-grams) rows of its n-grams; 0 behind the last."""
    counts: npt.NDArray[np.float32]
    """(distinct, 1) n-grams of each."""
    places: npt.NDArray[np.int32]
    """(batch, time) which of the distinct words stands there."""


def frequent(counts: Counter[str], least: int, known: Collection[str] = frozenset()) -> list[str]:
    """The words with so many occurrences, and what is `known` anyway, in the order of the alphabet."""
    return sorted({word for word, count in counts.items() if count >= least}.union(known))


def look_up(vocabulary: Vocabulary, sentences: Sequence[Sequence[str]], hidden: Collection[str] = ()) -> Lookup:
    """The rows of some sentences of one length; `hidden` words are treated as unknown."""
    distinct = {word: place for place, word in enumerate(dict.fromkeys(w for words in sentences for w in words))}
    grams = [[len(vocabulary) + bucket for bucket in vocabulary.ngrams(word)] for word in distinct]
    padded = np.zeros((len(grams), max(map(len, grams))), np.int32)
    for row, own in zip(padded, grams, strict=True):
        row[: len(own)] = own
    return Lookup(
        np.array([UNKNOWN if word in hidden else vocabulary.index(word) for word in distinct], np.int32),
        padded,
        np.array([[len(own)] for own in grams], np.float32),
        np.array([[distinct[word] for word in words] for words in sentences], np.int32),
    )


class WordVectors(tf.Module):
    """The trainable table of `Embedding`: rows of words, then rows of n-grams.

    Args:
        vocabulary: which row is whose.
        dims: width of a vector.
        seed: makes the initial vectors reproducible.
    """

    def __init__(self, vocabulary: Vocabulary, dims: int, seed: int = 0) -> None:
        super().__init__(name="vectors")
        self.vocabulary = vocabulary
        shape = (len(vocabulary) + vocabulary.buckets, dims)
        self.table = tf.Variable(tf.random.stateless_normal(shape, (seed, 0), stddev=0.1), name="table")

    def __call__(self, lookup: Lookup) -> tf.Tensor:
        """The vectors of the words of a batch: (batch, time, dims)."""
        words, ngrams, counts, places = lookup
        rows = tf.gather(self.table, ngrams) * tf.cast(ngrams > 0, tf.float32)[..., None]
        distinct = tf.gather(self.table, words) + tf.math.divide_no_nan(tf.reduce_sum(rows, axis=1), counts)
        return tf.gather(distinct, places)

    def start_from(self, learnt: Embedding, beside: npt.NDArray[np.float32] | None = None) -> None:
        """Begin with what another training has learnt of the words that it knows (transfer).

        Args:
            learnt: the vectors, of which as many principal axes are kept as there is room for; with words that it does
                not know, our own begin as they are.
            beside: what else is known, (1 + words, n): the last n dimensions of the unknown word and of each word.

        Raises:
            DataError: its vectors, and what stands beside them, are narrower than ours, or leave no room.
        """
        table, count = self.table.numpy(), len(self.vocabulary)
        beside = np.empty((count, 0), np.float32) if beside is None else beside
        room, most = table.shape[1] - beside.shape[1], learnt.dims + beside.shape[1]
        if not 0 < room <= learnt.dims:
            raise DataError(f"vectors to start from need --dims {beside.shape[1] + 1} to {most}, not {table.shape[1]}")
        # Those vectors know nothing of our n-grams, which shall not drown them.
        table[count:] *= QUIET
        known = [word for word in self.vocabulary.words if learnt.vocabulary.index(word) != UNKNOWN]
        table[[self.vocabulary.index(word) for word in known], :room] = along_axes(learnt.embed(known), room)
        table[:count, room:] = beside
        self.table.assign(table)

    def embedding(self) -> Embedding:
        """The table as it ships."""
        return int8_rows(self.vocabulary, self.table.numpy())


def along_axes(vectors: npt.NDArray[np.float32], dims: int) -> npt.NDArray[np.float32]:
    """Vectors (n, width) along their first `dims` principal axes through the origin; as they are, if dims is width."""
    if dims == vectors.shape[1]:
        return vectors
    axes: npt.NDArray[np.float32] = np.linalg.eigh(vectors.T @ vectors)[1][:, ::-1]
    return vectors @ axes[:, :dims]


def int8_rows(vocabulary: Vocabulary, table: npt.NDArray[np.float32]) -> Embedding:
    """A table of (rows, dims) with a scale for each row."""
    scales = np.maximum(np.abs(table).max(axis=1), 1e-6).astype(np.float32) / STEPS
    return Embedding(vocabulary, np.rint(table / scales[:, None]).astype(np.int8), scales)
