"""Fitting: it goes on from its own checkpoints, and refuses those of another network."""

import json
import os
from argparse import ArgumentParser
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from itertools import islice, repeat
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pytest
import tensorflow as tf

from edge.errors import DataError, UsageError
from tests.train.kills import killed_while_writing
from train import fit as fitting
from train.cells import OUTLIER
from train.fit import FitConfig, added_up, begin_with, decide, fit, fit_into, steps_taken
from train.networks import Layer, Network, NetworkSpec
from train.options import add_fit, fit_config

FRAMES = np.random.default_rng(4).normal(size=(2, 5, 3)).astype(np.float32)


def train(folder: Path, *units: int, steps: int = 4, cell: Literal["gru", "lstm"] = "gru") -> list[float]:
    layers = tuple(Layer(width, cell) for width in units)
    network = Network(NetworkSpec(3, layers, (("scores", 2),), stack=1), seed=1)
    config = FitConfig(steps=steps, quantised_steps=1, checkpoint_every=2)
    return fit(network, loss, repeat(FRAMES), config, folder / "checkpoints")


def loss(network: Network, frames: npt.NDArray[np.float32]) -> tf.Tensor:
    return tf.reduce_mean(network.sequence(frames)["scores"] ** 2)


def test_a_training_goes_on_and_one_that_is_finished_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert len(train(tmp_path, 4, 4)) == 4
    assert len(train(tmp_path, 4, 4, steps=6)) == 2
    said = capsys.readouterr().out
    assert "finished" not in said
    assert "nan" not in said
    assert train(tmp_path, 4, 4, steps=6) == []
    said = capsys.readouterr().out
    assert said.startswith(f"{tmp_path / 'checkpoints'} holds a training that is finished, after 6 steps: ")
    assert said.count("\n") == 1


def test_the_curve_goes_on_with_the_training(tmp_path: Path) -> None:
    curve = tmp_path / "losses.json"

    def curve_after(steps: int) -> list[float]:
        network = Network(NetworkSpec(3, (Layer(4),), (("scores", 2),), stack=1), seed=1)
        fit_into(tmp_path, network, loss, lambda _taken: repeat(FRAMES), FitConfig(steps=steps, quantised_steps=0))
        return list(json.loads(curve.read_text()))

    first = curve_after(3)
    assert len(first) == 3
    longer = curve_after(5)
    assert (len(longer), longer[:3]) == (5, first)
    assert curve_after(5) == longer
    curve.write_text("[1.0, 2.")
    assert len(curve_after(7)) == 2


def test_bar_and_log_call_a_training_by_one_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last state of the bar is in a log too."""
    monkeypatch.setattr(fitting, "LOG_EVERY", 2)
    config = FitConfig(steps=2, quantised_steps=0)
    fit_into(tmp_path / "ear", small(), loss, lambda _taken: repeat(FRAMES), config)
    fit(small(), loss, repeat(FRAMES), config, tmp_path / "prior")
    fit(small(), loss, repeat(FRAMES), config, tmp_path / "3", name="gru, 3 nouns")
    said = capsys.readouterr().out.splitlines()
    for name, line, bar in zip(("ear", "prior", "gru, 3 nouns"), said[::2], said[1::2], strict=True):
        assert line.startswith(f"{name}: step 2/2, loss ")
        assert bar.startswith(f"{name} ")


def test_a_training_is_neither_cut_short_nor_handed_to_another_optimiser(tmp_path: Path) -> None:
    def go_on(steps: int, taken: int | None = None, *, muon: bool = False) -> None:
        network = Network(NetworkSpec(3, (Layer(4),), (("scores", 2),), stack=1), seed=1)
        batches = repeat(FRAMES) if taken is None else iter([FRAMES] * taken)
        config = FitConfig(steps=steps, quantised_steps=0, checkpoint_every=2, muon=muon)
        fit_into(tmp_path, network, loss, lambda _taken: batches, config)

    with pytest.raises(StopIteration):
        go_on(8, 5)
    assert steps_taken(tmp_path / "checkpoints") == 4
    with pytest.raises(UsageError, match=r"has taken 4 of 8 batches.* give --steps above 4"):
        go_on(4)
    assert not (tmp_path / "weights.npz").exists()
    with pytest.raises(UsageError, match="other options"):
        go_on(8, muon=True)
    go_on(6)
    go_on(6)
    assert steps_taken(tmp_path / "checkpoints") == 6


@pytest.mark.parametrize("units", [(4, 8), (4,), (4, 4, 4)])
def test_checkpoints_of_a_network_of_another_size_are_refused(units: tuple[int, ...], tmp_path: Path) -> None:
    train(tmp_path, 4, 4)
    with pytest.raises(UsageError, match="checkpoints holds checkpoints of another network: give the data and the op"):
        train(tmp_path, *units)


def test_checkpoints_of_another_cell_are_refused(tmp_path: Path) -> None:
    train(tmp_path, 4)
    with pytest.raises(UsageError, match="another network"):
        train(tmp_path, 4, cell="lstm")


def test_a_damaged_checkpoint_is_named(tmp_path: Path) -> None:
    train(tmp_path, 4)
    for data in (tmp_path / "checkpoints").glob("ckpt-*.data-*"):
        data.write_bytes(b"")
    with pytest.raises(DataError, match=r"ckpt-\d+ is damaged \(.*\): delete its folder"):
        train(tmp_path, 4, steps=6)
    with pytest.raises(DataError, match="is damaged"):
        steps_taken(tmp_path / "checkpoints")


@pytest.mark.parametrize("contents", [b"", b"\xff\xfe", b"model_checkpoint_path: 3"])
def test_a_list_of_checkpoints_that_is_damaged_is_named(contents: bytes, tmp_path: Path) -> None:
    train(tmp_path, 4)
    (tmp_path / "checkpoints" / "checkpoint").write_bytes(contents)
    with pytest.raises(DataError, match=r"delete (its|the) folder to begin anew"):
        train(tmp_path, 4, steps=6)


def test_what_a_training_rests_on_is_no_other_though_it_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "decided-by.txt").write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="holds the work of other options"):
        decide(tmp_path / "decided-by.txt", "this")


def test_a_training_that_has_begun_does_not_pass_other_weights_over(tmp_path: Path) -> None:
    one, other, out = tmp_path / "one.npz", tmp_path / "other.npz", tmp_path / "run"
    one.write_bytes(b"one")
    other.write_bytes(b"other")
    begin_with(out, other)
    begin_with(out, one)  # Nothing has been learnt yet: a slip of the hand is made good by the right command.
    train(out, 4)
    begin_with(out, one)
    for start in (other, None):
        with pytest.raises(UsageError, match="weights"):
            begin_with(out, start)


def small() -> Network:
    return Network(NetworkSpec(3, (Layer(4),), (("scores", 2),), stack=1), seed=1)


def averaged(network: Network, folder: Path, batches: Iterable[npt.NDArray[np.float32]]) -> None:
    config = FitConfig(steps=6, quantised_steps=2, learning_rate=0.1, warm_up=2, average=0.5, checkpoint_every=1)
    fit(network, loss, iter(batches), config, folder)


@pytest.mark.parametrize("muon", [False, True])
def test_no_weight_of_a_cell_outgrows_the_others(muon: bool, tmp_path: Path) -> None:
    network = Network(NetworkSpec(3, (Layer(30),), (("scores", 2),), stack=1), seed=1)
    cell = network.cells[0]
    cell.recurrent_kernel[4, 5].assign(20.0)
    fit(network, loss, repeat(FRAMES), FitConfig(steps=3, quantised_steps=0, muon=muon), tmp_path)
    weights = np.abs(cell.recurrent_kernel.numpy())
    assert weights.argmax() == 4 * 90 + 5
    assert weights.max() <= 1.01 * OUTLIER * weights.mean()


def test_the_gradient_of_a_table_has_the_norm_of_what_moves_it() -> None:
    table = tf.Variable(tf.zeros((4, 2)))
    with tf.GradientTape() as tape:
        value = tf.reduce_sum(tf.gather(table, [1, 3, 1, 1]))
    gradient = tape.gradient(value, table)
    summed = added_up(gradient)
    assert isinstance(summed, tf.IndexedSlices)
    np.testing.assert_array_equal(tf.convert_to_tensor(summed), tf.convert_to_tensor(gradient))
    assert float(tf.linalg.global_norm([summed])) == pytest.approx(20**0.5)
    dense = tf.ones((2, 2))
    assert added_up(dense) is dense


def test_the_running_mean_of_the_weights_takes_their_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    network, passed = small(), list[list[npt.NDArray[np.float32]]]()
    unwatched = fitting._update

    def watched(network: Network, *how: Any) -> Callable[[npt.NDArray[np.float32]], tf.Tensor]:  # noqa: ANN401
        update = unwatched(network, *how)

        def step(batch: npt.NDArray[np.float32]) -> tf.Tensor:
            value = update(batch)
            passed.append([variable.numpy() for variable in network.trainable_variables])
            return value

        return step

    monkeypatch.setattr(fitting, "_update", watched)
    averaged(network, tmp_path, repeat(FRAMES))
    mean = passed[0]
    for weights in passed[1:]:
        mean = [0.5 * one + 0.5 * other for one, other in zip(mean, weights, strict=True)]
    for variable, wanted, last in zip(network.trainable_variables, mean, passed[-1], strict=True):
        assert np.allclose(variable.numpy(), wanted, atol=1e-6)
        assert not np.allclose(variable.numpy(), last, atol=1e-4)


def test_the_running_mean_outlives_an_interruption(tmp_path: Path) -> None:
    at_once, interrupted, resumed = small(), small(), small()
    averaged(at_once, tmp_path / "at-once", repeat(FRAMES))
    with pytest.raises(StopIteration):
        averaged(interrupted, tmp_path / "twice", islice(repeat(FRAMES), 4))
    averaged(resumed, tmp_path / "twice", repeat(FRAMES))
    for one, other in zip(at_once.trainable_variables, resumed.trainable_variables, strict=True):
        assert np.array_equal(one.numpy(), other.numpy())


@pytest.mark.parametrize(("steps", "warm_up"), [(5000, 100), (40, 4)])
def test_the_command_line_says_how_to_fit(steps: int, warm_up: int) -> None:
    parser, default = ArgumentParser(), FitConfig(warm_up=100, clip_norm=5.0)
    add_fit(parser, default)
    said = f"--steps {steps} --quantised-steps 7 --learning-rate 0.01 --average 0.99 --half"
    wanted = FitConfig(steps, 7, 0.01, warm_up, 5.0, half=True, average=0.99)
    assert fit_config(parser.parse_args(said.split()), default) == wanted
    assert fit_config(parser.parse_args([]), default) == default


def test_a_loss_that_is_no_number_ends_the_training_and_keeps_what_was(tmp_path: Path) -> None:
    network = Network(NetworkSpec(3, (Layer(4),), (("scores", 2),), stack=1), seed=1)
    batches = iter([FRAMES, FRAMES, FRAMES * np.nan, FRAMES, FRAMES])
    config = FitConfig(steps=5, quantised_steps=0, checkpoint_every=2)
    with pytest.raises(DataError, match=r"the loss is nan at batch 3; .* a smaller --learning-rate"):
        fit(network, loss, batches, config, tmp_path)
    assert steps_taken(tmp_path) == 2


def test_the_curve_is_as_long_as_the_checkpoint_is_old(tmp_path: Path) -> None:
    network = Network(NetworkSpec(3, (Layer(4),), (("scores", 2),), stack=1), seed=1)
    config = FitConfig(steps=6, quantised_steps=0, checkpoint_every=2)
    with pytest.raises(DataError, match="nan"):
        fit_into(tmp_path, network, loss, lambda _taken: iter([*[FRAMES] * 5, FRAMES * np.nan, FRAMES]), config)
    assert len(json.loads((tmp_path / "losses.json").read_text())) == steps_taken(tmp_path / "checkpoints") == 4


def test_a_kill_leaves_the_curve_that_was_there(tmp_path: Path) -> None:
    def curve_after(steps: int) -> str:
        network = Network(NetworkSpec(3, (Layer(4),), (("scores", 2),), stack=1), seed=1)
        with killed_while_writing() if steps > 3 else nullcontext():
            fit_into(tmp_path, network, loss, lambda _taken: repeat(FRAMES), FitConfig(steps=steps, quantised_steps=0))
        return (tmp_path / "losses.json").read_text()

    assert curve_after(3) == curve_after(5)


def test_checkpoints_without_their_list_are_not_begun_anew(tmp_path: Path) -> None:
    train(tmp_path, 4)
    (tmp_path / "checkpoints" / "checkpoint").write_bytes(b"\0")
    with pytest.raises(DataError, match="does not tell which is the newest: delete the folder"):
        train(tmp_path, 4, steps=6)


def test_weights_that_were_not_trained_stay_as_old_as_they_are(tmp_path: Path) -> None:
    weights = tmp_path / "weights.npz"

    def age_after(steps: int) -> int:
        config = FitConfig(steps=steps, quantised_steps=0)
        fit_into(tmp_path, small(), loss, lambda _taken: repeat(FRAMES), config)
        return weights.stat().st_mtime_ns

    first = age_after(2)
    assert age_after(2) == first
    assert age_after(3) > first
    # As after a kill between the last checkpoint and the weights.
    os.utime(weights, (0, 0))
    assert age_after(3) > first
    weights.unlink()
    assert age_after(3) > first
