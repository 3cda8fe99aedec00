"""The network with its word vectors, as it is trained: what `edge.understanding.entities` does, over a batch."""

from collections.abc import Sequence

import tensorflow as tf

from edge.understanding.entities import NEIGHBOURS, OUTPUT, READINGS
from edge.understanding.words import Vocabulary
from train.bidirectional import both_ways, meet
from train.recipes.entities.recipe import EntitiesRecipe
from train.vectors import Lookup, WordVectors


class Tagger(tf.Module):
    """Word vectors and the network above them.

    Args:
        recipe: what they are made of.
        vocabulary: the words with a vector of their own.
        tags: all BIO tags.
    """

    def __init__(self, recipe: EntitiesRecipe, vocabulary: Vocabulary, tags: Sequence[str]) -> None:
        super().__init__(name="tagger")
        self.recipe = recipe
        self.tags = tuple(tags)
        self.vectors = WordVectors(vocabulary, recipe.dims, recipe.seed)
        self.network = recipe.network(tags)

    @property
    def quantised(self) -> bool:
        """Whether it trains as if weights, products and states were int8."""
        return self.network.quantised

    def quantise(self, on: bool = True) -> None:
        """Train so, or not (call before tracing)."""
        self.network.quantise(on)

    def frames(self, lookup: Lookup, dropout: float = 0.0) -> tf.Tensor:
        """What the network is given, all readings one after another: (batch, readings * time, bands)."""
        vectors = self.vectors(lookup)
        vectors = tf.nn.dropout(vectors, dropout) if dropout else vectors
        beside = _beside_neighbours(vectors)
        frames = both_ways(beside) if self.recipe.bidirectional else beside
        return tf.concat([frames] * READINGS, axis=1)

    def logits(self, lookup: Lookup, dropout: float = 0.0) -> tf.Tensor:
        """(batch, time, tags)."""
        outputs = self.network.sequence(self.frames(lookup, dropout), dropout)
        time = tf.shape(lookup.places)[1]
        last = {name: value[:, -time:] for name, value in outputs.items()}
        return meet(last, OUTPUT) if self.recipe.bidirectional else last[OUTPUT]


def _beside_neighbours(vectors: tf.Tensor) -> tf.Tensor:
    padded = tf.pad(vectors, ((0, 0), (NEIGHBOURS, NEIGHBOURS), (0, 0)))
    time = tf.shape(vectors)[1]
    return tf.concat([padded[:, at : at + time] for at in range(2 * NEIGHBOURS + 1)], axis=-1)
