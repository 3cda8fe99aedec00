"""Muon: orthogonal steps for the weights of cells, Adam's for all else."""

from itertools import repeat
from pathlib import Path

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow", reason="training needs tensorflow: pip install -e '.[train]'")

from train.fit import FitConfig, fit, steps_taken  # noqa: E402
from train.muon import ADAM_SCALE, Muon, orthogonal  # noqa: E402
from train.networks import Layer, Network, NetworkSpec  # noqa: E402

FRAMES = np.random.default_rng(4).normal(size=(2, 5, 3)).astype(np.float32)
RATE = 0.01


def network() -> Network:
    return Network(NetworkSpec(3, (Layer(4), Layer(6, "lstm")), (("scores", 2),), stack=1), seed=1)


def loss(of: Network, frames: np.ndarray) -> tf.Tensor:  # type: ignore[name-defined]
    return tf.reduce_mean((of.sequence(frames)["scores"] - 1) ** 2)


@pytest.mark.parametrize("shape", [(3, 20, 30), (3, 30, 20), (1, 25, 25)])
@pytest.mark.parametrize("half", [False, True])
def test_singular_values_come_to_about_one_along_the_same_axes(shape: tuple[int, ...], half: bool) -> None:
    matrices = np.random.default_rng(2).normal(size=shape).astype(np.float32)
    u, values, v = np.linalg.svd(matrices, full_matrices=False)
    found = orthogonal(tf.constant(matrices), half).numpy()
    inside = u.swapaxes(1, 2) @ found @ v.swapaxes(1, 2)
    large = values > 0.1 * values.max()
    gained = np.diagonal(inside, axis1=1, axis2=2)[large]
    assert gained.min() > 0.6
    assert gained.max() < 1.3
    between = inside - np.einsum("gi,ij->gij", np.diagonal(inside, axis1=1, axis2=2), np.eye(inside.shape[1]))
    assert np.abs(between).max() < (0.1 if half else 1e-3)


def test_each_gate_of_a_cell_takes_an_orthogonal_step_and_all_else_one_of_adam() -> None:
    stepped, adam = network(), network()
    for of, optimizer in (
        (stepped, Muon(RATE, stepped.cells, beta_2=0.98)),
        (adam, tf.keras.optimizers.Adam(RATE, beta_2=0.98)),
    ):
        with tf.GradientTape() as tape:
            value = loss(of, FRAMES)
        optimizer.apply_gradients(
            zip(tape.gradient(value, of.trainable_variables), of.trainable_variables, strict=True)
        )
    begun = network()
    for was, now in zip(begun.cells, stepped.cells, strict=True):
        step = (now.recurrent_kernel - was.recurrent_kernel).numpy() / (RATE * ADAM_SCALE * now.units**0.5)
        for gate in np.split(step, now.gates, axis=1):
            # A gradient over five steps of two sequences has few directions; those it has are all as long.
            largest = np.linalg.svd(gate, compute_uv=False)[0]
            assert 0.6 < largest < 1.3
    for mine, his in zip(stepped.heads["scores"].variables, adam.heads["scores"].variables, strict=True):
        np.testing.assert_array_equal(mine, his)
    np.testing.assert_array_equal(stepped.cells[0].bias, adam.cells[0].bias)
    assert not np.array_equal(stepped.cells[0].kernel, adam.cells[0].kernel)


def test_a_training_that_was_stopped_goes_on_as_if_it_had_not_been(tmp_path: Path) -> None:
    config = FitConfig(steps=20, quantised_steps=0, warm_up=2, muon=True, checkpoint_every=12)
    whole, stopped, resumed = network(), network(), network()
    fit(whole, loss, repeat(FRAMES), config, tmp_path / "whole")
    with pytest.raises(StopIteration):
        fit(stopped, loss, repeat(FRAMES, 13), config, tmp_path / "part")
    assert steps_taken(tmp_path / "part") == 12
    assert len(fit(resumed, loss, repeat(FRAMES), config, tmp_path / "part")) == 8
    for once, twice in zip(whole.trainable_variables, resumed.trainable_variables, strict=True):
        np.testing.assert_allclose(once, twice, rtol=1e-5, atol=1e-6)
