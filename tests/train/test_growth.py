"""Growth: the larger network says what the smaller one said; what cannot grow is refused."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pytest

tf = pytest.importorskip("tensorflow", reason="training needs tensorflow: pip install -e '.[train]'")

from edge.errors import DataError  # noqa: E402
from train.export import load_weights, weights_of  # noqa: E402
from train.growth import grown  # noqa: E402
from train.networks import Layer, Network, NetworkSpec  # noqa: E402

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


def test_units_that_are_there_twice_part() -> None:
    large = network(8)
    recurrent = grown(learnt(network(4)), large)["layer0/recurrent_kernel"][:, :8]
    assert np.linalg.matrix_rank(recurrent) == 8


@pytest.mark.parametrize("units", [(8, 20), (16,), (40, 20), (16, 20, 24)])
def test_what_cannot_grow_is_refused(units: tuple[int, ...]) -> None:
    with pytest.raises(DataError, match="cannot grow"):
        grown(learnt(network(16, 20)), network(*units))


def test_weights_of_something_else_are_refused() -> None:
    with pytest.raises(DataError, match="cannot grow"):
        grown({"words": np.zeros((3, 4), np.float32)}, network(16))
