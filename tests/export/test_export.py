import os
import signal
from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest

from edge.errors import DataError, HarkError
from tests.model.fixtures.make import SPEC, frames
from train.cells import OUTLIER
from train.export import export, load_weights, read_weights, save_weights, weights_of
from train.networks import Network, NetworkSpec
from train.quantize import convert


class Crashing(Network):
    """A network whose conversion takes the process down, as the converter's native code can."""

    def step(self, *_: object) -> NoReturn:
        os.kill(os.getpid(), signal.SIGSEGV)
        raise AssertionError("the signal did not arrive")


class Failing(Network):
    """A network that cannot be traced."""

    def step(self, *_: object) -> NoReturn:
        raise RuntimeError("this cell has no step view")


def test_the_child_writes_what_the_converter_gives_and_nothing_to_the_screen(
    network: Network, capfd: pytest.CaptureFixture[str]
) -> None:
    wanted = convert(network, [], "float")
    capfd.readouterr()
    assert export(network, [], "float") == wanted
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("kind", "message"),
    [(Crashing, "the converter died of SIGSEGV"), (Failing, "the converter failed: .*this cell has no step view")],
)
def test_a_child_that_dies_is_reported_with_its_cause(kind: type[Network], message: str) -> None:
    with pytest.raises(HarkError, match=message):
        export(kind(SPEC), [frames(100)], "int8")


def test_weights_have_readable_names(network: Network) -> None:
    layers = [f"layer{depth}/{name}" for depth in (0, 1) for name in ("kernel", "recurrent_kernel", "bias")]
    heads = [f"{head}/{name}" for head in ("scores", "timing") for name in ("kernel", "bias")]
    assert weights_of(network).keys() == {*layers, *heads}


def test_weights_trained_elsewhere_can_be_exported(network: Network) -> None:
    arrays = {name: variable.numpy() for name, variable in weights_of(network).items()}
    other = Network(SPEC, seed=99)
    load_weights(other, arrays)
    assert convert(other, [], "float") == convert(network, [], "float")


def test_what_no_training_here_would_let_grow_is_cut_off(network: Network) -> None:
    arrays = {name: variable.numpy() for name, variable in weights_of(network).items()}
    kernel = arrays["layer0/kernel"] = arrays["layer0/kernel"].copy()
    kernel[0, 0] = 1000.0
    other = Network(SPEC, seed=99)
    load_weights(other, arrays)
    cut = weights_of(other)["layer0/kernel"].numpy()
    assert cut[0, 0] == pytest.approx(OUTLIER * np.mean(np.abs(kernel)), rel=1e-5)
    kernel[0, 0] = cut[0, 0]
    np.testing.assert_array_equal(cut, kernel)


def test_weights_survive_the_way_through_a_file(network: Network, tmp_path: Path) -> None:
    save_weights(network, tmp_path / "weights.npz")
    other = Network(SPEC, seed=99)
    load_weights(other, tmp_path / "weights.npz")
    for name, variable in weights_of(network).items():
        assert (variable.numpy() == weights_of(other)[name].numpy()).all()


def test_weights_kept_in_half_precision_come_back_close_and_whole(network: Network, tmp_path: Path) -> None:
    save_weights(network, tmp_path / "full.npz")
    save_weights(network, tmp_path / "half.npz", half=True)
    assert (tmp_path / "half.npz").stat().st_size < 0.75 * (tmp_path / "full.npz").stat().st_size
    full, half = (read_weights(tmp_path / name) for name in ("full.npz", "half.npz"))
    assert full.keys() == half.keys()
    for name, weight in full.items():
        assert half[name].dtype == np.float32
        np.testing.assert_allclose(half[name], weight, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"layer0/bias": None}, "'layer0/bias' is missing or unknown"),
        ({"layer9/bias": np.zeros(3, np.float32)}, "'layer9/bias' is missing or unknown"),
        ({"layer0/bias": np.zeros(3, np.float32)}, r"'layer0/bias' has shape \(3,\), the network wants \(36,\)"),
    ],
)
def test_weights_that_do_not_fit_are_named(
    network: Network, changes: dict[str, np.ndarray | None], message: str
) -> None:
    arrays = {name: variable.numpy() for name, variable in weights_of(network).items()} | changes
    with pytest.raises(DataError, match=message):
        load_weights(Network(SPEC), {name: value for name, value in arrays.items() if value is not None})


def test_two_parts_of_one_name_are_refused() -> None:
    heads = (("layer0", 2),)
    with pytest.raises(ValueError, match="two weights share a name"):
        weights_of(Network(NetworkSpec(SPEC.bands, SPEC.layers, heads)))


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_that_are_no_numbers_are_refused(network: Network, value: float, tmp_path: Path) -> None:
    save_weights(network, tmp_path / "weights.npz")
    arrays = dict(np.load(tmp_path / "weights.npz"))
    name = next(iter(arrays))
    np.savez(tmp_path / "weights.npz", **arrays | {name: np.full_like(arrays[name], value)})
    with pytest.raises(DataError, match=f"{name}' holds what is no number"):
        load_weights(network, tmp_path / "weights.npz")
