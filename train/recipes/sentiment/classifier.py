"""The network with its word vectors, as it is trained, and the baseline that takes a sentence for a bag of words."""

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from edge.model.quantization import Real
from edge.understanding.sentiment import LABELS, OUTPUT
from edge.understanding.words import Vocabulary
from train.bidirectional import both_ways, meet
from train.networks import Head
from train.recipes.sentiment.recipe import SentimentRecipe
from train.vectors import Lookup, WordVectors, look_up


class Classifier(tf.Module):
    """Word vectors and the network above them: what `edge.understanding.sentiment` does, over a batch.

    Args:
        recipe: what they are made of.
        vocabulary: the words with a vector of their own.
    """

    def __init__(self, recipe: SentimentRecipe, vocabulary: Vocabulary) -> None:
        super().__init__(name="classifier")
        self.recipe = recipe
        self.vectors = WordVectors(vocabulary, recipe.dims, recipe.seed)
        self.network = recipe.network()

    @property
    def quantised(self) -> bool:
        """Whether it trains as if weights, products and states were int8."""
        return self.network.quantised

    def quantise(self, on: bool = True) -> None:
        """Train so, or not (call before tracing)."""
        self.network.quantise(on)

    def frames(self, lookup: Lookup, dropout: float = 0.0) -> tf.Tensor:
        """What the network is given, (batch, time, 2 * dims)."""
        return both_ways(_vectors(self.vectors, lookup, dropout))

    def logits(self, lookup: Lookup, dropout: float = 0.0) -> tf.Tensor:
        """Of one to five stars: (batch, 5)."""
        outputs = self.network.sequence(self.frames(lookup, dropout), dropout)
        return tf.reduce_mean(meet(outputs, OUTPUT), axis=1)


class Baseline(tf.Module):
    """A linear layer over the mean of the vectors.

    Args:
        recipe: what they are made of.
        vocabulary: the words with a vector of their own.
    """

    def __init__(self, recipe: SentimentRecipe, vocabulary: Vocabulary) -> None:
        super().__init__(name="baseline")
        self.recipe = recipe
        self.vectors = WordVectors(vocabulary, recipe.dims, recipe.seed)
        self.head = Head(recipe.dims, len(LABELS), recipe.seed, "head")

    @property
    def quantised(self) -> bool:
        """Whether the layer trains as if its weights were int8."""
        return self.head.quantised

    def quantise(self, on: bool = True) -> None:
        """Train so, or not (call before tracing)."""
        self.head.quantised = on

    def logits(self, lookup: Lookup, dropout: float = 0.0) -> tf.Tensor:
        """Of one to five stars: (batch, 5)."""
        return self.head(tf.reduce_mean(_vectors(self.vectors, lookup, dropout), axis=1))


def probabilities(classifier: Classifier | Baseline, words: Sequence[str]) -> Real:
    """Of one to five stars, (5,), for one sentence."""
    return np.asarray(tf.nn.softmax(classifier.logits(look_up(classifier.vectors.vocabulary, [words]))[0]))


def _vectors(vectors: WordVectors, lookup: Lookup, dropout: float) -> tf.Tensor:
    """(batch, time, dims), some of them hidden."""
    found = vectors(lookup)
    return tf.nn.dropout(found, dropout) if dropout else found
