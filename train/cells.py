"""Recurrent cells, written once: the sequence view trains them, the step view runs on the device.

A cell is `advance(project(x), states)`. `project` holds everything that does not depend on the state, so the
sequence view computes it for all times in one product, and only `advance` is left inside the loop.
The operations are those of the Edge TPU's list: fully connected, split, add, sub, mul, logistic, tanh.
"""

import math
from abc import abstractmethod
from collections.abc import Callable
from typing import TypeAlias

import tensorflow as tf

from train.bptt import Rounding, exact_matmul, gru_states, half_matmul, matmul

SATURATION = 16.0
"""A gate is shut or open long before this: a wider range would spend 8 bits on differences without effect."""

OUTLIER = 32.0
"""Times the mean magnitude of a kernel: about the largest weight of a cell, as what is cut off lowers the mean.
One scale serves a whole kernel; weights of 138 times that grew where some feature alone shuts a gate, and left 8 bits
with two steps for the usual one."""

Product: TypeAlias = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]
"""Of two matrices."""
States: TypeAlias = tuple[tf.Tensor, ...]
"""What a cell carries from step to step, each of shape (batch, units)."""


class Cell(tf.Module):
    """A recurrent cell with `gates` stacked products of width `units`.

    Args:
        features: width of the input.
        units: width of the output and of each state.
        gates: how many products are stacked in the kernels.
        seed: makes the initial weights reproducible.
    """

    states: int = 1
    """How many state tensors the cell carries; the first one is its output."""

    def __init__(self, features: int, units: int, gates: int, seed: int, name: str) -> None:
        super().__init__(name=name)
        self.units = units
        self.gates = gates
        self.quantised = False
        """Train as if weights, products and states were int8 already."""
        self.half = False
        """Multiply in bfloat16, unless quantised: faster where the processor can, and close enough to learn from."""
        glorot = tf.keras.initializers.GlorotUniform(seed)
        kernels = [tf.keras.initializers.Orthogonal(seed=seed + gate)((units, units)) for gate in range(gates)]
        self.kernel = tf.Variable(glorot((features, gates * units)), name="kernel", constraint=without_outliers)
        self.recurrent_kernel = tf.Variable(
            tf.concat(kernels, axis=1), name="recurrent_kernel", constraint=without_outliers
        )
        self.bias = tf.Variable(tf.zeros(gates * units), name="bias")

    def initial_states(self, batch: int | tf.Tensor) -> States:
        """Zeros: the stream has heard nothing."""
        return tuple(tf.zeros((batch, self.units)) for _ in range(self.states))

    def project(self, x: tf.Tensor) -> tf.Tensor:
        """W x + b of all gates: (..., features), or the indices (...) of one-hot vectors, to (..., gates * units)."""
        return self._activation(product(x, self._weight(self.kernel), self._multiply) + self.bias)

    @abstractmethod
    def advance(self, projected: tf.Tensor, states: States) -> States:
        """The states one step on, from `project`ed input of shape (batch, gates * units)."""

    def step(self, x: tf.Tensor, states: States) -> States:
        """Step view: input (batch, features) and states to the next states; the first is the output."""
        return self.advance(self.project(x), states)

    def sequence(self, x: tf.Tensor, states: States | None = None) -> tf.Tensor:
        """Sequence view: (batch, time, features) to the outputs (batch, time, units)."""
        return self.run(x, self.initial_states(tf.shape(x)[0]) if states is None else states)[0]

    def run(self, x: tf.Tensor, states: States) -> tuple[tf.Tensor, States]:
        """Sequence view from given states, which also gives the states after the last step."""
        by_time = tf.transpose(self.project(x), (1, 0, 2))
        passed = tf.scan(lambda carried, now: self.advance(now, carried), by_time, states)
        return tf.transpose(passed[0], (1, 0, 2)), tuple(state[-1] for state in passed)

    def _recur(self, state: tf.Tensor) -> list[tf.Tensor]:
        """U h of all gates, split."""
        product = self._activation(self._multiply(state, self._weight(self.recurrent_kernel)))
        parts: list[tf.Tensor] = tf.split(product, self.gates, axis=-1)
        return parts

    @property
    def _multiply(self) -> Product:
        """What is rounded to int8 is not rounded again."""
        if not self.half:
            return matmul
        return exact_matmul if self.quantised else half_matmul

    def _weight(self, weight: tf.Variable) -> tf.Tensor:
        return fake_quantise_weight(weight) if self.quantised else weight

    def _activation(self, product: tf.Tensor) -> tf.Tensor:
        return fake_quantise_range(product) if self.quantised else product

    def _state(self, state: tf.Tensor) -> tf.Tensor:
        return fake_quantise_state(state) if self.quantised else state


class RNN(Cell):
    """Simple recurrent network (Elman 1990): h' = tanh(W x + U h + b)."""

    def __init__(self, features: int, units: int, seed: int = 0, name: str = "rnn") -> None:
        super().__init__(features, units, 1, seed, name)

    def advance(self, projected: tf.Tensor, states: States) -> States:
        """See the equation of the class."""
        (h,) = states
        (u,) = self._recur(h)
        return (self._state(tf.tanh(projected + u)),)


class GRU(Cell):
    """Gated recurrent unit (Chung et al. 2014, arXiv 1412.3555), the reset gate applied after the product.

    z = sigma(Wz x + Uz h + bz)      update
    r = sigma(Wr x + Ur h + br)      reset
    n = tanh(Wn x + r (Un h) + bn)   candidate
    h' = h + z (n - h)               int8 holds a slow state better in this form than in (1 - z) h + z n
    """

    def __init__(self, features: int, units: int, seed: int = 0, name: str = "gru") -> None:
        super().__init__(features, units, 3, seed, name)

    def run(self, x: tf.Tensor, states: States) -> tuple[tf.Tensor, States]:
        """As of any cell, by gradients written out."""
        by_time = tf.transpose(self.project(x), (1, 0, 2))
        rounding = Rounding(self._activation, self._state) if self.quantised else None
        passed = gru_states(by_time, states[0], self._weight(self.recurrent_kernel), self.half, rounding)
        return tf.transpose(passed, (1, 0, 2)), (passed[-1],)

    def advance(self, projected: tf.Tensor, states: States) -> States:
        """See the equations of the class."""
        (h,) = states
        wz, wr, wn = tf.split(projected, 3, axis=-1)
        uz, ur, un = self._recur(h)
        z = tf.sigmoid(wz + uz)
        r = tf.sigmoid(wr + ur)
        n = tf.tanh(wn + r * un)
        return (self._state(h + z * (n - h)),)


class LSTM(Cell):
    """Long short-term memory (Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000).

    i, f, o = sigma(W x + U h + b)   input, forget, output
    c' = f c + i tanh(Wc x + Uc h + bc)
    h' = o tanh(c')
    """

    states = 2

    def __init__(self, features: int, units: int, seed: int = 0, name: str = "lstm") -> None:
        super().__init__(features, units, 4, seed, name)
        # A forget gate that starts open lets gradients through long gaps (Jozefowicz et al. 2015).
        self.bias.assign(tf.concat([tf.zeros(units), tf.ones(units), tf.zeros(2 * units)], axis=0))

    def advance(self, projected: tf.Tensor, states: States) -> States:
        """See the equations of the class."""
        h, c = states
        wi, wf, wo, wc = tf.split(projected, 4, axis=-1)
        ui, uf, uo, uc = self._recur(h)
        i, f, o = tf.sigmoid(wi + ui), tf.sigmoid(wf + uf), tf.sigmoid(wo + uo)
        c = f * c + i * tf.tanh(wc + uc)
        return self._state(o * tf.tanh(c)), fake_quantise_cell_state(c) if self.quantised else c


def use_half(network: tf.Module, on: bool = True) -> None:
    """Has all cells of a network multiply in bfloat16, or none (call before tracing)."""
    for part in (network, *network.submodules):
        if isinstance(part, Cell):
            part.half = on


def product(x: tf.Tensor, weight: tf.Tensor, multiply: Product = matmul) -> tf.Tensor:
    """Input times W, where whole numbers stand for one-hot vectors: the product with one of those is a row of W."""
    return tf.gather(weight, x) if tf.as_dtype(x.dtype).is_integer else multiply(x, weight)


def without_outliers(kernel: tf.Tensor) -> tf.Tensor:
    """The kernel with every weight beyond `OUTLIER` cut off there: what optimisers do after each step."""
    largest = OUTLIER * tf.reduce_mean(tf.abs(kernel))
    return tf.clip_by_value(kernel, -largest, largest)


def fake_quantise_weight(weight: tf.Tensor) -> tf.Tensor:
    """Rounds as symmetric per-tensor int8 does; gradients pass straight through."""
    largest = tf.stop_gradient(tf.reduce_max(tf.abs(weight)))
    return tf.quantization.fake_quant_with_min_max_vars(weight, -largest, largest, narrow_range=True)


def fake_quantise_range(product: tf.Tensor) -> tf.Tensor:
    """Rounds as int8 over the range of this batch up to +-SATURATION, as calibration will find it."""
    low, high = (tf.clip_by_value(end(product), -SATURATION, SATURATION) for end in (tf.reduce_min, tf.reduce_max))
    low, high = tf.minimum(low, 0.0), tf.maximum(high, 0.0)
    return _straight_through(product, tf.quantization.fake_quant_with_min_max_vars(product, low, high))


def fake_quantise_state(state: tf.Tensor) -> tf.Tensor:
    """Rounds a state in (-1, 1) to steps of 1/128 around zero: updates below half a step are lost, as on the device."""
    return _straight_through(state, tf.quantization.fake_quant_with_min_max_args(state, min=-1.0, max=127 / 128))


def fake_quantise_cell_state(state: tf.Tensor) -> tf.Tensor:
    """The same of a state without bound: 128 steps to the smallest power of two, 1 or more, that covers this batch."""
    reach = 2.0 ** tf.math.ceil(tf.math.log(tf.maximum(tf.reduce_max(tf.abs(state)), 1.0)) / math.log(2.0))
    rounded = tf.quantization.fake_quant_with_min_max_vars(state, -reach, reach * 127 / 128)
    return _straight_through(state, rounded)


def _straight_through(exact: tf.Tensor, rounded: tf.Tensor) -> tf.Tensor:
    """The rounded values, with gradients as if they were exact (Bengio et al. 2013, arXiv 1308.3432)."""
    return tf.stop_gradient(rounded) + (exact - tf.stop_gradient(exact))
