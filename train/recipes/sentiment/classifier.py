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

    def read(self, lookup: Lookup, dropout: float = 0.0) -> tf.Tensor:
        """The vectors of the words, (batch, time, dims), some of them hidden."""
        return _hidden(self.vectors(lookup), dropout)

    def frames(self, lookup: Lookup) -> tf.Tensor:
        """What the network is given, (batch, time, 2 * dims)."""
        return both_ways(self.read(lookup))

    def judge(self, vectors: tf.Tensor, dropout: float = 0.0) -> tf.Tensor:
        """Logits of one to five stars, (batch, 5), for what was read."""
        outputs = self.network.sequence(both_ways(vectors), dropout)
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

    def read(self, lookup: Lookup, dropout: float = 0.0) -> tf.Tensor:
        """The vectors of the words, (batch, time, dims), some of them hidden."""
        return _hidden(self.vectors(lookup), dropout)

    def judge(self, vectors: tf.Tensor, _: float = 0.0) -> tf.Tensor:
        """Logits of one to five stars, (batch, 5), for what was read."""
        return self.head(tf.reduce_mean(vectors, axis=1))


def logits(classifier: Classifier | Baseline, lookup: Lookup) -> tf.Tensor:
    """Of one to five stars, (batch, 5), for sentences of one length."""
    return classifier.judge(classifier.read(lookup))


def probabilities(classifier: Classifier | Baseline, words: Sequence[str]) -> Real:
    """Of one to five stars, (5,), for one sentence."""
    return np.asarray(tf.nn.softmax(logits(classifier, look_up(classifier.vectors.vocabulary, [words]))[0]))


def _hidden(vectors: tf.Tensor, dropout: float) -> tf.Tensor:
    return tf.nn.dropout(vectors, dropout) if dropout else vectors
