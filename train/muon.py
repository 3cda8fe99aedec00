"""Muon (Jordan et al. 2024): steps of a matrix along its momentum, made orthogonal.

A gradient of recurrent weights is nearly of low rank: a few directions are learnt at once, the others hardly ever. With
all singular values at one, each is learnt as fast. Of stacked gates, each is a matrix of its own; biases, heads and
embeddings go on with Adam.
"""

from collections.abc import Sequence
from typing import Final

import tensorflow as tf

from train.bptt import matmul
from train.cells import Cell

MOMENTUM: Final = 0.95
ITERATIONS: Final = 5
QUINTIC: Final = (3.4445, -4.7750, 2.0315)
"""Coefficients of the polynomial that takes singular values between 0 and 1 to about 1, by Jordan et al."""
ADAM_SCALE: Final = 0.2
"""Root mean square of Adam's usual step, of its learning rate (Liu et al. 2025, arXiv 2502.16982): with it one learning
rate suits both."""


class Muon(tf.keras.optimizers.Adam):  # type: ignore[misc]
    """Adam, but for the weights of cells.

    Args:
        learning_rate: of all.
        cells: those whose weights are matrices of gates.
        half: see `train.bptt.matmul`; the steps are rough anyway.
        options: of Adam.
    """

    def __init__(self, learning_rate: float, cells: Sequence[Cell], half: bool = False, **options: float) -> None:
        super().__init__(learning_rate, **options)
        self._half = half
        self._gates = {weight.ref(): cell.gates for cell in cells for weight in (cell.kernel, cell.recurrent_kernel)}

    def update_step(self, gradient: tf.Tensor, variable: tf.Variable, learning_rate: tf.Tensor) -> None:
        """One step of one variable, as the base class asks for it."""
        gates = self._gates.get(variable.ref())
        if gates is None:
            super().update_step(gradient, variable, learning_rate)
            return
        momentum = self._momentums[self._get_variable_index(variable)]
        momentum.assign(MOMENTUM * momentum + gradient)
        rows, units = variable.shape[0], variable.shape[1] // gates
        ahead = tf.reshape(gradient + MOMENTUM * momentum, (rows, gates, units))
        step = tf.transpose(orthogonal(tf.transpose(ahead, (1, 0, 2)), self._half), (1, 0, 2))
        size = ADAM_SCALE * max(rows, units) ** 0.5
        variable.assign_sub(learning_rate * size * tf.reshape(step, variable.shape))


def orthogonal(matrices: tf.Tensor, half: bool = False) -> tf.Tensor:
    """U V^T of each matrix U S V^T, roughly: all but the least singular values come to 0.7 to 1.2 (Newton and Schulz).

    Args:
        matrices: (gates, rows, columns).
        half: see `train.bptt.matmul`.

    Returns:
        (gates, rows, columns)
    """
    a, b, c = QUINTIC
    wide = matrices.shape[-1] > matrices.shape[-2]
    x = matrices if wide else tf.linalg.matrix_transpose(matrices)
    x /= tf.norm(x, axis=(-2, -1), keepdims=True) + 1e-7
    for _ in range(ITERATIONS):
        squared = matmul(x, tf.linalg.matrix_transpose(x), half)
        x = a * x + matmul(b * squared + c * matmul(squared, squared, half), x, half)
    return x if wide else tf.linalg.matrix_transpose(x)
