"""Why gradients are clipped: one simple recurrent network, trained with and without.

The gradient passes through the recurrent kernel at each step back in time. Where that stretches, the gradient of a
long sentence explodes, and one step along it throws away what was learnt (Pascanu et al. 2013, arXiv 1211.5063).
"""

from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from train.fit import added_up
from train.networks import Layer, Network, NetworkSpec
from train.study.agreement import WORDS, sentences

UNITS = 48
STRETCH = 1.5
"""Of the recurrent kernel at the beginning, which is orthogonal but for that."""
BETWEEN = 16
"""Nouns in each sentence."""
STEPS = 120
LEARNING_RATE = 0.5
CLIP_NORM = 1.0


@dataclass(frozen=True, slots=True)
class Run:
    """One training, step by step."""

    norms: tuple[float, ...]
    """Of the gradient of all weights together, before it is clipped."""
    losses: tuple[float, ...]
    """Nats a word."""


def descend(clip_norm: float | None, steps: int = STEPS, seed: int = 1) -> Run:
    """Gradient descent with momentum on foreseeing each next word; None clips nothing."""
    network = Network(NetworkSpec(len(WORDS), (Layer(UNITS, "rnn"),), (("words", len(WORDS)),), stack=1), seed)
    (cell,) = network.cells
    cell.recurrent_kernel.assign(STRETCH * cell.recurrent_kernel)
    optimizer = tf.keras.optimizers.SGD(LEARNING_RATE, momentum=0.9)
    rng = np.random.default_rng(seed)

    def update(words: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        with tf.GradientTape() as tape:
            logits = network.sequence(words[:, :-1])["words"]
            loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(words[:, 1:], logits))
        gradients = [added_up(one) for one in tape.gradient(loss, network.trainable_variables)]
        norm = tf.linalg.global_norm(gradients)
        if clip_norm is not None:
            gradients, _ = tf.clip_by_global_norm(gradients, clip_norm, norm)
        optimizer.apply_gradients(zip(gradients, network.trainable_variables, strict=True))
        return norm, loss

    compiled = tf.function(update)
    taken = [compiled(tf.constant(sentences(rng, 32, BETWEEN)[0])) for _ in range(steps)]
    return Run(tuple(float(norm) for norm, _ in taken), tuple(float(loss) for _, loss in taken))
