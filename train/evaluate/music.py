"""How well a network foresees music: each frame of a piece from those before it, the first one from silence."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
import tensorflow as tf

from edge.model.quantization import Real
from edge.model.stream import ModelStream
from edge.music.composer import OUTPUT
from edge.music.roll import Roll
from train.networks import Network

Reader: TypeAlias = Callable[[Roll], Real]
"""The logits after each frame of a piece, (frames, KEYS), from its beginning."""


def nll_per_frame(pieces: Sequence[Roll], read: Reader) -> float:
    """Negative log-likelihood in nats, summed over the keys, the mean of all frames of all pieces.

    The measure of Boulanger-Lewandowski et al. 2012, arXiv 1206.6392, and of those who compare with them.
    """
    return sum(_nats(piece, read) for piece in pieces) / sum(map(len, pieces))


def streamed(stream: ModelStream) -> Reader:
    """What a model says, a step at a time, as the device computes it."""

    def read(before: Roll) -> Real:
        stream.reset()
        return stream.feed(before)[OUTPUT]

    return read


def computed(network: Network) -> Reader:
    """What a network says in floating point, as it was trained."""
    shape = [tf.TensorSpec((1, None, network.spec.bands))]
    sequence = tf.function(lambda before: network.sequence(before)[OUTPUT], input_signature=shape)

    def read(before: Roll) -> Real:
        logits: Real = sequence(tf.constant(before[None]))[0].numpy()
        return logits

    return read


def _nats(piece: Roll, read: Reader) -> float:
    logits = read(np.concatenate([np.zeros_like(piece[:1]), piece[:-1]])).astype(np.float64)
    return float((np.logaddexp(0, logits) - piece * logits).sum())
