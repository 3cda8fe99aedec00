"""Growth: the larger network says what the smaller one said; what cannot grow is refused."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

tf = pytest.importorskip("tensorflow", reason="training needs tensorflow: pip install -e '.[train]'")

from edge.errors import DataError  # noqa: E402
from train.__main__ import main  # noqa: E402
from train.arrays import write_arrays  # noqa: E402
from train.export import load_cells, load_weights, save_weights, weights_of  # noqa: E402
from train.growth import grown  # noqa: E402
from train.networks import Layer, Network, NetworkSpec  # noqa: E402
from train.recipes.speech.recipe import SpeechRecipe  # noqa: E402
from train.recipes.trigger.recipe import WEIGHTS  # noqa: E402

FRAMES = np.random.default_rng(4).normal(size=(2, 30, 6)).astype(np.float32)


def network(*units: int, seed: int = 1) -> Network:
    return Network(NetworkSpec(6, tuple(Layer(some) for some in units), (("letters", 7),), stack=1), seed)


def learnt(small: Network) -> Mapping[str, npt.NDArray[np.float32]]:
    """Weights with something to say: those that a network begins with are almost silent."""
    rng = np.random.default_rng(5)
    return {name: rng.normal(0, 0.4, weight.shape).astype(np.float32) for name, weight in weights_of(small).items()}


def says(one: Network, weights: Mapping[str, npt.NDArray[np.float32]]) -> npt.NDArray[np.float32]:
    load_weights(one, weights)
    logits: npt.NDArray[np.float32] = one.sequence(FRAMES)["letters"].numpy()
    return logits


def apart(units: tuple[int, ...], larger: tuple[int, ...]) -> float:
    """How far a grown network is from what it grew from, as a share of how much that says."""
    small, large = network(*units), network(*larger, seed=9)
    weights = learnt(small)
    before = says(small, weights)
    return float(np.abs(says(large, grown(weights, large)) - before).mean() / before.std())


def test_a_network_of_the_same_size_keeps_its_weights() -> None:
    assert apart((16, 20), (16, 20)) == 0


@pytest.mark.parametrize(
    ("larger", "limit"), [((24, 20), 0.06), ((16, 40), 0.06), ((32, 30), 0.08), ((16, 20, 20), 0.35)]
)
def test_a_wider_or_deeper_one_says_nearly_the_same(larger: tuple[int, ...], limit: float) -> None:
    assert 0 < apart((16, 20), larger) < limit


def test_new_numbers_of_a_frame_say_nothing_at_first() -> None:
    heads = (("letters", 7),)
    small, large = (Network(NetworkSpec(bands, (Layer(8),), heads, stack=3), seed=bands) for bands in (2, 4))
    weights, frames = learnt(small), np.random.default_rng(4).normal(size=(2, 10, 3, 4)).astype(np.float32)
    load_weights(small, weights)
    load_weights(large, grown(weights, large))
    before, after = (
        net.sequence(seen.reshape(2, 10, -1))["letters"].numpy()
        for net, seen in ((small, frames[..., :2]), (large, frames))
    )
    np.testing.assert_allclose(after, before, atol=1e-5)


def test_units_that_are_there_twice_part() -> None:
    large = network(8)
    recurrent = grown(learnt(network(4)), large)["layer0/recurrent_kernel"][:, :8]
    assert np.linalg.matrix_rank(recurrent) == 8


def test_units_that_are_there_once_are_as_they_were() -> None:
    before, large = learnt(network(16)), network(20)
    after = grown(before, large)
    kernels = [np.stack(np.split(weights["layer0/kernel"], 3, axis=1)) for weights in (before, after)]
    same = (kernels[1][..., :16] == kernels[0]).all(axis=(0, 1))
    assert same.sum() == 12


@pytest.mark.parametrize("units", [(8, 20), (16,), (40, 20), (16, 20, 24)])
def test_what_cannot_grow_is_refused(units: tuple[int, ...]) -> None:
    with pytest.raises(DataError, match="cannot grow"):
        grown(learnt(network(16, 20)), network(*units))


WIDTH = SpeechRecipe().layers[0].units


def weights_with(path: Path, name: str, *shape: int) -> Path:
    """Those of a network as wide as the speech recipe's, but for one, which has another shape."""
    spec = SpeechRecipe().network().spec
    known = weights_of(Network(replace(spec, layers=(Layer(WIDTH),))))
    write_arrays(path, {one: np.zeros(shape if one == name else known[one].shape, np.float32) for one in known})
    return path


FOREIGN: Mapping[str, tuple[Callable[[Path], Path], str]] = {
    "a trigger's": (lambda _: WEIGHTS, "is missing or unknown"),
    "another network's": (lambda path: weights_with(path, "layer0/kernel", 7, 3 * WIDTH), "has shape"),
    "without a gate": (lambda path: weights_with(path, "layer0/recurrent_kernel", WIDTH, 4 * WIDTH), "has shape"),
    "no matrix": (lambda path: weights_with(path, "layer0/recurrent_kernel"), "no layer of a recurrent network"),
    "a text": (lambda _: Path(__file__), r"weights: .* cannot be read"),
    "a folder": (lambda path: path.parent, r"weights: .* cannot be read"),
    "nothing": (lambda path: path, r"weights: .* cannot be read"),
    "an array": (lambda path: array_in(path.with_suffix(".npy")), r"weights: .* cannot be read"),
}


def array_in(path: Path) -> Path:
    np.save(path, np.zeros(3))
    return path


@pytest.mark.parametrize("kind", FOREIGN)
def test_weights_of_something_else_are_refused(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make, message = FOREIGN[kind]
    start = make(tmp_path / "weights.npz")
    folders, units = ["--work", str(tmp_path / "work"), "--audio", str(tmp_path)], ["--units", *2 * [str(WIDTH)]]
    assert main(["speech", "fit", *folders, *units, "--from", str(start)]) == 65
    said = capsys.readouterr().err
    assert said.startswith(f"error: --from {start}: ")
    assert said.count("\n") == 1
    assert re.search(message, said)


def test_cells_of_another_stack_are_refused(tmp_path: Path) -> None:
    heads = (("letters", 7),)
    save_weights(Network(NetworkSpec(80, (Layer(8),), heads, stack=3)), tmp_path / "weights.npz")
    load_cells(Network(NetworkSpec(40, (Layer(8),), heads, stack=3)), tmp_path / "weights.npz")
    with pytest.raises(DataError, match="weights of 240 numbers a step, but the network takes 2 frames of 40"):
        load_cells(Network(NetworkSpec(40, (Layer(8),), heads, stack=2)), tmp_path / "weights.npz")
