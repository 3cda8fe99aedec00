"""Backpropagation through time written out: the gradients are those of the loop that it replaces."""

from pathlib import Path

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow", reason="training needs tensorflow: pip install -e '.[train]'")

from train.bptt import half_is_fast  # noqa: E402
from train.cells import GRU, Cell, use_half  # noqa: E402

BATCH, STEPS, FEATURES, UNITS = 3, 9, 4, 5


def gru() -> GRU:
    cell, rng = GRU(FEATURES, UNITS), np.random.default_rng(1)
    for variable in cell.variables:
        variable.assign(rng.normal(0, 0.6, variable.shape))
    return cell


def gradients(cell: GRU, by_hand: bool) -> list[np.ndarray]:
    """Of a loss that hears every state and the last one: of the input, the first state and each weight."""
    rng = np.random.default_rng(2)
    x, first, weight = (
        tf.constant(rng.normal(size=shape), tf.float32)
        for shape in ((BATCH, STEPS, FEATURES), (BATCH, UNITS), (BATCH, STEPS, UNITS))
    )
    with tf.GradientTape() as tape:
        tape.watch([x, first])
        passed, (last,) = cell.run(x, (first,)) if by_hand else Cell.run(cell, x, (first,))
        loss = tf.reduce_sum(passed * weight) + tf.reduce_sum(last**2)
    return [loss.numpy(), *(one.numpy() for one in tape.gradient(loss, [x, first, *cell.trainable_variables]))]


def test_value_and_gradients_are_those_of_the_loop() -> None:
    cell = gru()
    for by_hand, derived in zip(gradients(cell, True), gradients(cell, False), strict=True):
        np.testing.assert_allclose(by_hand, derived, rtol=1e-4, atol=1e-5)


def test_they_are_within_a_compiled_function_of_unknown_length() -> None:
    cell = gru()

    def slope(x: tf.Tensor) -> tf.Tensor:  # type: ignore[name-defined]
        with tf.GradientTape() as tape:
            passed, _ = cell.run(x, (tf.zeros((tf.shape(x)[0], UNITS)),))
            loss = tf.reduce_sum(passed)
        return tape.gradient(loss, cell.recurrent_kernel)

    x = np.random.default_rng(3).normal(size=(2, 6, FEATURES)).astype(np.float32)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(Cell.run(cell, x, (tf.zeros((2, UNITS)),))[0])
    compiled = tf.function(slope, input_signature=[tf.TensorSpec((None, None, FEATURES))])
    np.testing.assert_allclose(compiled(x), tape.gradient(loss, cell.recurrent_kernel), rtol=1e-4, atol=1e-5)


def test_in_half_precision_they_are_near_and_point_the_same_way() -> None:
    cell = gru()
    exact = gradients(cell, True)
    use_half(cell)
    rounded = gradients(cell, True)
    assert not np.array_equal(rounded[-1], exact[-1])
    for near, true in zip(rounded[1:], exact[1:], strict=True):
        assert near.ravel() @ true.ravel() > 0.999 * np.linalg.norm(near) * np.linalg.norm(true)


def test_int8_is_rounded_as_in_the_loop() -> None:
    cell = gru()
    cell.quantised = True
    rounded, exact = gradients(cell, True), gradients(gru(), True)
    assert rounded[0] != exact[0]
    for by_hand, derived in zip(rounded, gradients(cell, False), strict=True):
        np.testing.assert_allclose(by_hand, derived, rtol=1e-4, atol=1e-5)


def test_int8_is_never_rounded_twice() -> None:
    cell = gru()
    cell.quantised = True
    exact = gradients(cell, True)
    use_half(cell)
    halved = gradients(cell, True)
    assert halved[0] == exact[0]
    for near, true in zip(halved[1:], exact[1:], strict=True):
        assert near.ravel() @ true.ravel() > 0.999 * np.linalg.norm(near) * np.linalg.norm(true)


@pytest.mark.parametrize(
    ("told", "fast"),
    [("flags : fma avx512_bf16 avx512_vnni", True), ("Features : asimd bf16", True), ("flags : fma avx2", False)],
)
def test_half_precision_is_for_processors_that_know_it(told: str, fast: bool, tmp_path: Path) -> None:
    (tmp_path / "cpuinfo").write_text(f"processor : 0\n{told}\n")
    assert half_is_fast(tmp_path / "cpuinfo") == fast
    assert not half_is_fast(tmp_path / "none")
