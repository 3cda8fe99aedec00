"""The encoder, the decoder and the attention between them, as they are trained: every target piece is given.

In training the decoder is told the true piece before (teacher forcing); on the device `edge.translation` searches.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from edge.model.stream import BACK
from edge.translation.subwords import Subwords
from edge.translation.translator import ANNOTATION, KEY, QUERY, READOUT
from train.bidirectional import both_ways, meet
from train.cells import States
from train.recipes.translation.recipe import TranslationRecipe

Ids = npt.NDArray[np.int32]


class Batch(NamedTuple):
    """Sentences of one length and their translations, as indices of pieces."""

    source: Ids
    """(batch, places)"""
    target: Ids
    """(batch, steps): each ends in END, and END follows."""
    weights: npt.NDArray[np.float32]
    """(batch, steps): 1 up to the first END, 0 behind it."""


class Carried(NamedTuple):
    """What the decoder hands from step to step, and what is read of each: (batch, width)."""

    states: States
    query: tf.Tensor
    frame: tf.Tensor
    readout: tf.Tensor


class EncoderDecoder(tf.Module):
    """Vectors of both languages and the two networks between them.

    Args:
        recipe: what they are made of.
        source: pieces that are read.
        target: pieces that are written.
    """

    def __init__(self, recipe: TranslationRecipe, source: Subwords, target: Subwords) -> None:
        super().__init__(name="translator")
        self.recipe, self.subwords = recipe, (source, target)
        self.source = self._table(len(source), 0, "source")
        self.target = self._table(len(target), 1, "target")
        self.encoder, self.decoder = recipe.encoder(), recipe.decoder()
        if recipe.attention:
            v = tf.random.stateless_normal((recipe.alignment,), (recipe.seed, 2), stddev=0.1)
            self.v = tf.Variable(v, name="v")

    @property
    def quantised(self) -> bool:
        """Whether it trains as if weights, products and states were int8."""
        return self.decoder.quantised

    def quantise(self, on: bool = True) -> None:
        """Train so, or not (call before tracing)."""
        self.encoder.quantise(on)
        self.decoder.quantise(on)

    def logits(self, source: tf.Tensor, target: tf.Tensor, dropout: float = 0.0) -> tf.Tensor:
        """Of each target piece, given those before it: (batch, places) and (batch, steps) to (batch, steps, pieces)."""
        _, readouts = self._write(source, target, dropout)
        return tf.matmul(self._hidden(readouts, dropout), self.target, transpose_b=True)

    def decoder_frames(self, source: tf.Tensor, target: tf.Tensor) -> tf.Tensor:
        """What the decoder is given at each step: (batch, steps, dims + annotation)."""
        return self._write(source, target)[0]

    def encode(self, source: tf.Tensor, dropout: float = 0.0) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """Annotations and keys, (batch, places, width), and the annotation of both directions at their ends."""
        outputs = self.encoder.sequence(self.read(source, dropout), dropout)
        ends = outputs[ANNOTATION][:, -1] + outputs[ANNOTATION + BACK][:, -1]
        annotations = meet(outputs, ANNOTATION)
        return annotations, meet(outputs, KEY) if self.recipe.attention else annotations, ends

    def read(self, source: tf.Tensor, dropout: float = 0.0) -> tf.Tensor:
        """What the encoder is given: (batch, places, 2 * dims)."""
        return both_ways(self._hidden(tf.gather(self.source, source), dropout))

    def attend(self, query: tf.Tensor, annotations: tf.Tensor, keys: tf.Tensor) -> tf.Tensor:
        """The context of one step, (batch, width); see `edge.translation.attention`."""
        energies = tf.linalg.matvec(tf.tanh(query[:, None] + keys), self.v)
        return tf.linalg.matvec(annotations, tf.nn.softmax(energies), transpose_a=True)

    def _write(self, source: tf.Tensor, target: tf.Tensor, dropout: float = 0.0) -> tuple[tf.Tensor, tf.Tensor]:
        """The decoder's frames and readouts, (batch, steps, width) each."""
        annotations, keys, ends = self.encode(source, dropout)

        def step(carried: Carried, y: tf.Tensor) -> Carried:
            context = self.attend(carried.query, annotations, keys) if self.recipe.attention else ends
            frame = tf.concat([y, context], axis=-1)
            outputs, states = self.decoder.step(frame, carried.states)
            return Carried(states, outputs.get(QUERY, carried.query), frame, outputs[READOUT])

        batch = tf.shape(target)[0]
        begin = tf.fill((batch, 1), self.subwords[1].end)
        before = self._hidden(tf.gather(self.target, tf.concat([begin, target[:, :-1]], axis=1)), dropout)
        passed = tf.scan(step, tf.transpose(before, (1, 0, 2)), self._nothing(batch))
        return tf.transpose(passed.frame, (1, 0, 2)), tf.transpose(passed.readout, (1, 0, 2))

    def _nothing(self, batch: tf.Tensor) -> "Carried":
        """Before the first step nothing has been asked yet."""
        widths = self.recipe.alignment, self.decoder.spec.features, self.recipe.dims
        return Carried(self.decoder.initial_states(batch), *(tf.zeros((batch, width)) for width in widths))

    def _hidden(self, values: tf.Tensor, dropout: float) -> tf.Tensor:
        return tf.nn.dropout(values, dropout) if dropout else values

    def _table(self, pieces: int, number: int, name: str) -> tf.Variable:
        seed = (self.recipe.seed, number)
        return tf.Variable(tf.random.stateless_normal((pieces, self.recipe.dims), seed, stddev=0.1), name=name)
