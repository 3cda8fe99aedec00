"""Backpropagation through time of a GRU, written out (Werbos 1990).

The gradient of a loop, as TensorFlow derives it, adds a matrix the size of U at each step and keeps every intermediate
value. Written out, the loop back carries one vector, and U's gradient is one product over all times, as W's is.

    forward    z, r = sigma(w + U h)    n = tanh(wn + r (Un h))    h' = h + z (n - h)
    back       dn = dh' z (1 - n^2)     dz = dh' (n - h) z (1 - z)     dr = dn (Un h) r (1 - r)
               dh = dh' (1 - z) + U^T (dz, dr, dn r)

Where U h and h' are rounded as int8 is, the way back is the same: gradients pass straight through what rounds.
"""

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple, TypeAlias

import tensorflow as tf

HALF = tf.bfloat16
Back: TypeAlias = Callable[[tf.Tensor], tuple[tf.Tensor, tf.Tensor, tf.Tensor]]


CPU_INFO = Path("/proc/cpuinfo")
"""What Linux tells of the processor."""


class Rounding(NamedTuple):
    """How the device rounds, for training that feels it."""

    product: Callable[[tf.Tensor], tf.Tensor]
    """U h of all gates at a time."""
    state: Callable[[tf.Tensor], tf.Tensor]


def half_is_fast(told: Path = CPU_INFO) -> bool:
    """Whether the processor multiplies bfloat16 by itself; where nothing is told of it, it is taken not to."""
    try:
        flags = told.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return re.search(r"\b(avx512_bf16|amx_bf16|bf16)\b", flags) is not None


def matmul(a: tf.Tensor, b: tf.Tensor, half: bool = False, transpose_a: bool = False) -> tf.Tensor:
    """The product; `half` rounds its factors to bfloat16, which processors that know it multiply twice as fast."""
    if not half:
        return tf.matmul(a, b, transpose_a=transpose_a)
    return tf.cast(tf.matmul(tf.cast(a, HALF), tf.cast(b, HALF), transpose_a=transpose_a), tf.float32)


half_matmul = partial(matmul, half=True)


def exact_matmul(a: tf.Tensor, b: tf.Tensor) -> tf.Tensor:
    """The product, (..., n) with (n, m), exact on the way forth and with factors in bfloat16 on the way back."""

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def product(a: tf.Tensor, b: tf.Tensor) -> tuple[tf.Tensor, Callable[[tf.Tensor], tuple[tf.Tensor, tf.Tensor]]]:
        rows = tf.reshape(a, (-1, b.shape[0]))

        def back(gradient: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            flat = tf.reshape(gradient, (-1, b.shape[1]))
            of_a, of_b = half_matmul(flat, tf.transpose(b)), half_matmul(rows, flat, transpose_a=True)
            return tf.reshape(of_a, tf.shape(a)), of_b

        return tf.matmul(a, b), back

    return product(a, b)


def gru_states(
    projected: tf.Tensor,
    first: tf.Tensor,
    recurrent: tf.Tensor,
    half: bool = False,
    rounding: Rounding | None = None,
) -> tf.Tensor:
    """All states of a `train.cells.GRU`.

    Args:
        projected: W x + b of the update gate, the reset gate and the candidate, (time, batch, 3 * units).
        first: the state before the first step, (batch, units).
        recurrent: U of the three, (units, 3 * units).
        half: see `matmul`; only on the way back where there is `rounding`, as nothing is to be rounded twice.
        rounding: of products and states.

    Returns:
        (time, batch, units)
    """

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def states(projected: tf.Tensor, first: tf.Tensor, recurrent: tf.Tensor) -> tuple[tf.Tensor, Back]:
        passed, gates = _forward(projected, first, recurrent, half, rounding)
        before = tf.concat([first[None], passed[:-1]], axis=0)
        return passed, lambda gradient: _backward(gradient, before, gates, recurrent, half)

    return states(projected, first, recurrent)


def _forward(
    projected: tf.Tensor, first: tf.Tensor, recurrent: tf.Tensor, half: bool, rounding: Rounding | None
) -> tuple[tf.Tensor, tf.Tensor]:
    """The states (time, batch, units), and z, r, n, Un h of all times side by side (time, batch, 4 * units)."""
    steps, units, half = tf.shape(projected)[0], recurrent.shape[0], half and rounding is None
    inputs, recurrent = _by_time(projected), tf.cast(recurrent, HALF) if half else recurrent
    product, state = rounding or (tf.identity, tf.identity)

    def step(
        t: tf.Tensor, h: tf.Tensor, states: tf.TensorArray, gates: tf.TensorArray
    ) -> tuple[tf.Tensor, tf.Tensor, tf.TensorArray, tf.TensorArray]:
        passed = product(matmul(h, recurrent, half))
        (w, wn), (u, un) = (tf.split(p, [2 * units, units], axis=-1) for p in (inputs.read(t), passed))
        zr = tf.sigmoid(w + u)
        z, r = tf.split(zr, 2, axis=-1)
        n = tf.tanh(wn + r * un)
        h = state(h + z * (n - h))
        return t + 1, h, states.write(t, h), gates.write(t, tf.concat([zr, n, un], axis=-1))

    begin = 0, first, tf.TensorArray(tf.float32, steps), tf.TensorArray(tf.float32, steps)
    _, _, states, gates = tf.while_loop(lambda t, *_: t < steps, step, begin)
    return states.stack(), gates.stack()


def _backward(
    gradient: tf.Tensor, before: tf.Tensor, gates: tf.Tensor, recurrent: tf.Tensor, half: bool
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """The gradients of `projected`, `first` and `recurrent`, from that of the states (time, batch, units)."""
    steps, units = tf.shape(gradient)[0], recurrent.shape[0]
    arriving, states, stored = _by_time(gradient), _by_time(before), _by_time(gates)
    transposed = tf.transpose(tf.cast(recurrent, HALF) if half else recurrent)

    def step(t: tf.Tensor, dh: tf.Tensor, out: tf.TensorArray) -> tuple[tf.Tensor, tf.Tensor, tf.TensorArray]:
        dh += arriving.read(t)
        zr, n, un = tf.split(stored.read(t), [2 * units, units, units], axis=-1)
        z, r = tf.split(zr, 2, axis=-1)
        dn = dh * z * (1 - n * n)
        dzr = tf.concat([dh * (n - states.read(t)), dn * un], axis=-1) * zr * (1 - zr)
        through = matmul(tf.concat([dzr, dn * r], axis=-1), transposed, half)
        return t - 1, dh - dh * z + through, out.write(t, tf.concat([dzr, dn], axis=-1))

    begin = steps - 1, tf.zeros_like(before[0]), tf.TensorArray(tf.float32, steps)
    _, first, out = tf.while_loop(lambda t, *_: t >= 0, step, begin)
    projected = out.stack()
    dzr, dn = tf.split(projected, [2 * units, units], axis=-1)
    products = tf.concat([dzr, dn * gates[:, :, units : 2 * units]], axis=-1)
    flat = tf.reshape(before, (-1, units)), tf.reshape(products, (-1, 3 * units))
    return projected, first, matmul(*flat, half, transpose_a=True)


def _by_time(tensor: tf.Tensor) -> tf.TensorArray:
    return tf.TensorArray(tf.float32, tf.shape(tensor)[0]).unstack(tensor)
