import io
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge.errors import BundleError
from edge.features import FeatureConfig
from edge.model.bundle import GOLDEN, MANIFEST, sha256
from edge.model.quantization import Real
from edge.model.stream import ModelStream, StreamingModel, verify_golden
from edge.quiet import Quiet
from tests.model.conftest import FIXTURES

pytestmark = pytest.mark.runtime

BANDS, STACK = 6, 2


def frames(count: int, seed: int = 0, gain: float = 1.5) -> Real:
    return (np.random.default_rng(seed).normal(0, gain, (count, BANDS))).astype(np.float32)


@pytest.fixture(scope="module", params=["int8", "int16x8", "float"])
def model(request: pytest.FixtureRequest) -> StreamingModel:
    return StreamingModel.load(FIXTURES / str(request.param))


@pytest.fixture(scope="module")
def int8() -> StreamingModel:
    return StreamingModel.load(FIXTURES / "int8")


def test_the_golden_vectors_come_out(model: StreamingModel) -> None:
    differences = verify_golden(model)
    assert differences.keys() == {"scores", "timing"}


def test_every_step_gives_every_output(model: StreamingModel) -> None:
    outputs = model.stream().feed(frames(21))
    assert {name: value.shape for name, value in outputs.items()} == {"scores": (10, 3), "timing": (10, 2)}
    assert all(value.dtype == np.float32 for value in outputs.values())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25)
@given(cuts=st.lists(st.integers(0, 61), max_size=8))
def test_any_cutting_of_the_frames_gives_identical_results(int8: StreamingModel, cuts: list[int]) -> None:
    whole = frames(61)
    expected = int8.stream().feed(whole)
    stream = int8.stream()
    parts = [stream.feed(part) for part in np.split(whole, sorted(cuts))]
    for name, value in expected.items():
        assert (np.concatenate([part[name] for part in parts]) == value).all()


def test_an_unfinished_step_waits_for_its_frames(model: StreamingModel) -> None:
    stream = model.stream()
    assert stream.feed(frames(1))["scores"].shape == (0, 3)
    assert stream.feed(frames(1))["scores"].shape == (1, 3)


def test_two_streams_over_one_model_do_not_disturb_each_other(model: StreamingModel) -> None:
    one, other = frames(40, seed=1), frames(40, seed=2)
    alone = model.stream().feed(one)["scores"], model.stream().feed(other)["scores"]
    first, second = model.stream(), model.stream()
    results: tuple[list[Real], list[Real]] = ([], [])
    for start in range(0, 40, 4):
        results[0].append(first.feed(one[start : start + 4])["scores"])
        results[1].append(second.feed(other[start : start + 4])["scores"])
    assert (np.concatenate(results[0]) == alone[0]).all()
    assert (np.concatenate(results[1]) == alone[1]).all()


def test_streams_run_in_threads_of_their_own(int8: StreamingModel) -> None:
    expected = {seed: int8.stream().feed(frames(400, seed))["scores"] for seed in range(4)}
    found: dict[int, Real] = {}
    threads = [
        threading.Thread(target=lambda seed=seed: found.update({seed: int8.stream().feed(frames(400, seed))["scores"]}))
        for seed in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all((found[seed] == expected[seed]).all() for seed in range(4))


def test_reset_is_a_new_stream(model: StreamingModel) -> None:
    stream = model.stream()
    stream.feed(frames(33, seed=3))
    stream.reset()
    assert (stream.feed(frames(20))["scores"] == model.stream().feed(frames(20))["scores"]).all()


def test_the_state_remembers(model: StreamingModel) -> None:
    stream = model.stream()
    stream.feed(frames(20, seed=3))
    assert (stream.feed(frames(20))["scores"] != model.stream().feed(frames(20))["scores"]).any()


@pytest.mark.parametrize(
    ("name", "dtype", "scale"), [("int8", np.int8, 1 / 128), ("int16x8", np.int16, 1 / 32768), ("float", np.float32, 0)]
)
def test_states_start_at_zero_and_stay_in_the_models_own_format(name: str, dtype: type, scale: float) -> None:
    model = StreamingModel.load(FIXTURES / name)
    stream = model.stream()
    assert all(state.dtype == dtype and not state.any() for state in stream.states)
    stream.feed(frames(20))
    assert all(state.dtype == dtype and state.any() for state in stream.states)
    if scale:
        states = model.bundle.manifest.tensors.states
        assert all((state.tensor.scale, state.tensor.zero_point) == (scale, 0) for state in states)


def test_loud_input_is_clipped_and_does_not_wrap_round(int8: StreamingModel) -> None:
    """Beyond the calibrated range the input stands still at its end, whatever the gain."""
    direction = np.sign(frames(40))
    loud, louder = (int8.stream().feed(direction * np.float32(gain))["scores"] for gain in (1e3, 1e6))
    assert (loud == louder).all()
    info = int8.bundle.manifest.tensors.inputs["frame"].quantization
    assert info is not None
    ends = info.dequantize(np.array([-128, 127], np.int8))
    assert (loud == int8.stream().feed(np.where(direction > 0, ends[1], ends[0]).astype(np.float32))["scores"]).all()


def test_a_broken_frame_does_not_poison_the_state(int8: StreamingModel) -> None:
    stream = int8.stream()
    stream.feed(np.full((2, BANDS), np.nan, np.float32))
    healed = stream.feed(frames(400))["scores"]
    assert np.abs(healed[-50:] - int8.stream().feed(frames(400))["scores"][-50:]).max() < 0.2


def test_int8_stays_close_to_float_for_two_minutes() -> None:
    two_minutes = frames(12_000)
    exact, rounded = (StreamingModel.load(FIXTURES / name).stream().feed(two_minutes) for name in ("float", "int8"))
    for name, value in exact.items():
        apart = rounded[name] - value
        first, last = (np.sqrt(np.mean(part**2)) for part in (apart[:1000], apart[-1000:]))
        assert np.sqrt(np.mean(apart**2)) < 0.05 * value.std() + 0.01
        assert last < 1.5 * first


def test_golden_vectors_beyond_the_tolerance_are_refused(bundle_folder: Path) -> None:
    _rewrite_golden(bundle_folder, lambda golden: golden["scores"].fill(9.0))
    with pytest.raises(BundleError, match=r"computes 'scores' up to .* off the golden vectors"):
        verify_golden(StreamingModel.load(bundle_folder))


def test_golden_vectors_without_an_output_are_refused(bundle_folder: Path) -> None:
    _rewrite_golden(bundle_folder, lambda golden: golden.pop("timing"))
    with pytest.raises(BundleError, match="'timing' up to inf"):
        verify_golden(StreamingModel.load(bundle_folder))


def flipped_archive() -> bytes:
    """Its compressed numbers do not unpack."""
    file = io.BytesIO()
    np.savez_compressed(file, frames=np.arange(1000.0))
    content = bytearray(file.getvalue())
    content[len(content) // 3] ^= 0xFF
    return bytes(content)


@pytest.mark.parametrize("contents", [b"", b"PK\x03\x04 and no more", b"no archive", flipped_archive()])
def test_a_golden_file_that_is_none_is_refused(bundle_folder: Path, contents: bytes) -> None:
    (bundle_folder / GOLDEN).write_bytes(contents)
    _renew_checksum(bundle_folder)
    with pytest.raises(BundleError, match=r"golden.npz cannot be read"):
        verify_golden(StreamingModel.load(bundle_folder))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=20)
@given(levels=st.lists(st.sampled_from([0.1, 0.2, 2.0]), min_size=1, max_size=5), cuts=st.lists(st.integers(0, 999)))
def test_one_that_is_told_when_it_is_quiet_begins_anew_then(
    int8: StreamingModel, levels: list[float], cuts: list[int]
) -> None:
    features = FeatureConfig(bands=BANDS, normalise="pcen")
    heard = np.abs(frames(200 * len(levels))) * np.repeat(np.array(levels, np.float32), 200)[:, None]
    fresh = Quiet(features, STACK).feed(heard.reshape(-1, STACK * BANDS))
    by_hand, expected = int8.stream(), []
    for step, is_fresh in zip(np.split(heard, len(fresh)), fresh, strict=True):
        if is_fresh:
            by_hand.reset()
        expected.append(by_hand.feed(step)["scores"])
    states = [("h0", "h0_out"), ("h1", "h1_out")]
    stream = ModelStream(int8.runtime.open(int8.bundle.model), STACK, states, quiet=Quiet(features, STACK))
    found, told = [], list[bool]()
    for part in np.split(heard, sorted(cuts)):
        found.append(stream.feed(part)["scores"])
        told += stream.fresh
    assert told == fresh
    assert (np.concatenate(found) == np.concatenate(expected)).all()


def test_a_stream_that_is_not_endless_forgets_nothing_by_itself(int8: StreamingModel) -> None:
    stream = int8.stream()
    stream.feed(np.zeros((400, BANDS), np.float32))
    assert not stream.fresh


def test_a_stream_needs_nothing_but_a_step_model(int8: StreamingModel) -> None:
    stream = ModelStream(int8.runtime.open(int8.bundle.model), STACK, [("h0", "h0_out"), ("h1", "h1_out")])
    assert stream.bands == BANDS
    assert (stream.feed(frames(9))["scores"] == int8.stream().feed(frames(9))["scores"]).all()


def _rewrite_golden(folder: Path, change: Callable[[dict[str, Real]], object]) -> None:
    with np.load(folder / GOLDEN) as archive:
        golden = {name: archive[name] for name in archive.files}
    change(golden)
    np.savez(folder / GOLDEN, **golden)
    _renew_checksum(folder)


def _renew_checksum(folder: Path) -> None:
    before = sha256(FIXTURES / "int8" / GOLDEN)
    text = (folder / MANIFEST).read_text()
    (folder / MANIFEST).write_text(text.replace(before, sha256(folder / GOLDEN)))
