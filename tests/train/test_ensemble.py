"""Networks that answer together: the mean of what each says, in one file."""

from pathlib import Path

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow", reason="training needs tensorflow: pip install -e '.[train]'")

from edge.errors import DataError  # noqa: E402
from train.ensemble import Ensemble, EnsembleSpec, load_members  # noqa: E402
from train.export import export, load_weights, of_member, read_weights, save_weights, weights_of  # noqa: E402
from train.networks import Layer, Network, NetworkSpec  # noqa: E402
from train.parity import parity  # noqa: E402

SPEC = EnsembleSpec(4, (Layer(6), Layer(5, "lstm")), (("scores", 2), ("timing", 1)), stack=2, members=3)
FRAMES = np.random.default_rng(1).normal(size=(1, 9, SPEC.features)).astype(np.float32)


def alone(seed: int) -> Network:
    return Network(NetworkSpec(SPEC.bands, SPEC.layers, SPEC.heads, SPEC.stack), seed)


@pytest.fixture
def trained(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / f"{seed}.npz" for seed in range(3)]
    for seed, path in enumerate(paths):
        save_weights(alone(seed), path)
    return paths


def test_it_says_the_mean_of_what_its_members_say(trained: list[Path]) -> None:
    ensemble = Ensemble(SPEC)
    load_members(ensemble, trained)
    said = ensemble.sequence(FRAMES)
    each = [alone(seed).sequence(FRAMES) for seed in range(3)]
    for head in ("scores", "timing"):
        np.testing.assert_allclose(said[head], np.mean([one[head] for one in each], axis=0), atol=1e-6)


def test_a_step_at_a_time_it_says_the_same(trained: list[Path]) -> None:
    ensemble = Ensemble(SPEC)
    load_members(ensemble, trained)
    states = ensemble.initial_states(1)
    assert len(states) == 3 * 3
    for step, whole in enumerate(tf.unstack(ensemble.sequence(FRAMES)["scores"], axis=1)):
        outputs, states = ensemble.step(FRAMES[:, step], states)
        np.testing.assert_allclose(outputs["scores"], whole, atol=1e-6)


def test_one_file_holds_all_members() -> None:
    spec = EnsembleSpec(4, (Layer(8),), (("scores", 2),), stack=1, members=2)
    frames = [np.random.default_rng(n).normal(size=(60, 4)).astype(np.float32) for n in range(3)]
    ensemble = Ensemble(spec, seed=1)
    found = parity(ensemble, export(ensemble, frames, "float"), export(ensemble, frames, "int8"), frames)
    assert found.difference("streaming float", "scores").largest < 1e-4
    assert found.difference("streaming int8", "scores").rms < 0.05


def test_members_begin_apart_and_round_together() -> None:
    ensemble = Ensemble(SPEC, seed=5)
    first, second, _ = (weights_of(member) for member in ensemble.members)
    assert not np.array_equal(first["member0_layer0/kernel"], second["member1_layer0/kernel"])
    ensemble.quantise()
    assert all(cell.quantised for member in ensemble.members for cell in member.cells)


def test_a_member_can_be_taken_out(trained: list[Path], tmp_path: Path) -> None:
    ensemble = Ensemble(SPEC)
    load_members(ensemble, trained)
    save_weights(ensemble, tmp_path / "all.npz")
    network = alone(9)
    load_weights(network, of_member(read_weights(tmp_path / "all.npz"), 2))
    np.testing.assert_array_equal(network.sequence(FRAMES)["scores"], alone(2).sequence(FRAMES)["scores"])
    single = read_weights(trained[0])
    assert of_member(single).keys() == single.keys()


def test_fewer_trainings_than_members_are_refused(trained: list[Path]) -> None:
    with pytest.raises(DataError, match="member2_"):
        load_members(Ensemble(SPEC), trained[:2])
