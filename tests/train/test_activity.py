"""Activities end to end: poses made here, a tiny network, an int8 bundle, and what hark and train make of it."""

import io
import json
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge.cli import main as hark
from edge.errors import DataError
from edge.events import Activity
from edge.model import StreamingModel
from edge.model.stream import verify_golden
from edge.sensors.activity import ActivityTracker, Look
from edge.sensors.keypoints import Sighting, read_sightings
from edge.sensors.pose import JOINTS, Poses, mirror
from train.__main__ import main
from train.corpora.poses import Clip, find_clips, read_clips
from train.evaluate.activity import evaluate
from train.recipes.activity.augmentation import SHORTEST, varied
from train.recipes.activity.parts import ALL, DEVELOPMENT, TRAIN, read_parts

CLASSES = ("wave", "squat", "walk")
STANDING = np.transpose(
    [
        [0, 0, 0, -2, 2, -1, 1, -3, 3, -1, 1, -3, 3, -1, 1],
        [-6, 2, -9, -5, -5, 3, 3, -2, -2, 7, 7, 1, 1, 11, 11],
    ]
).astype(np.float32)
"""The joints of somebody who faces the camera."""

SHIFTS: dict[str, Callable[[Any], dict[str, tuple[Any, Any]]]] = {
    "wave": lambda t: {"right wrist": (2 * np.sin(9 * t), -9 + 0 * t), "right elbow": (0 * t, -4 + 0 * t)},
    "squat": lambda t: {name: (0 * t, 2 - 2 * np.cos(6 * t)) for name in JOINTS[:9]},
    "walk": lambda t: {name: (8 * t + np.sin(6 * t) * (-1) ** n, 0 * t) for n, name in enumerate(JOINTS)},
}


def doing(name: str, frames: int = 40, seed: int = 0) -> Poses:
    """Somebody who does something, once more each time, in the units of the corpus."""
    rng = np.random.default_rng(seed)
    poses = np.repeat(STANDING[None], frames, axis=0) + rng.normal(0, 0.1, (1, 15, 2))
    times = np.arange(frames) / 30 * rng.uniform(0.8, 1.2)
    for joint, shift in SHIFTS[name](times).items():
        poses[:, JOINTS.index(joint)] += np.stack(shift, axis=1)
    return np.asarray(0.04 * poses, np.float32)


def write_clips(path: Path, each: int, **changed: Any) -> Path:  # noqa: ANN401
    """A file of so many clips of each activity."""
    clips = [(index, seed) for index in range(len(CLASSES)) for seed in range(each)]
    poses = np.zeros((len(clips), 40, 15, 2), np.float32)
    lengths = np.array([40 - seed % 12 for _, seed in clips], np.int32)
    for row, (index, seed) in enumerate(clips):
        poses[row, : lengths[row]] = doing(CLASSES[index], lengths[row], seed + 100 * len(path.stem))
    arrays: dict[str, Any] = {
        "pose": poses,
        "length": lengths,
        "label": np.array([index for index, _ in clips]),
        "classes": CLASSES,
    }
    np.savez(path, **(arrays | changed))
    return path


def lines_of(poses: Poses, start: float = 0.0, rate: float = 30.0) -> bytes:
    """What an estimator would print."""
    lines = [{"at": start + n / rate, "keypoints": pose.tolist()} for n, pose in enumerate(poses)]
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as the recipe reads it."""
    folder = tmp_path_factory.mktemp("poses")
    write_clips(folder / "train.npz", 8)
    write_clips(folder / "valid.npz", 4)
    return folder


@pytest.fixture(scope="module")
def bundle(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny network as an int8 bundle."""
    work = tmp_path_factory.mktemp("activity")
    arguments = ["--data", str(data), "--work", str(work), "--units", "24", "--batch", "12", "--learn", "development"]
    assert main(["activity", "fit", *arguments, "--steps", "70", "--quantised-steps", "20"]) == 0
    assert main(["activity", "publish", *arguments, "--out", str(work / "bundle")]) == 0
    return work / "bundle"


@pytest.fixture(scope="module")
def model(bundle: Path) -> StreamingModel:
    return StreamingModel.load(bundle)


def events(model: StreamingModel, lines: bytes) -> list[Activity]:
    tracker = ActivityTracker(model)
    return [event for sighting in read_sightings(io.BytesIO(lines), "") for event in tracker.feed(sighting)]


def test_any_file_of_clips_is_scored(
    bundle: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = tmp_path / "early.png"
    arguments = ["--data", str(data / "valid.npz"), "--bundle", str(bundle), "--picture", str(picture)]
    assert main(["evaluate", "activity", *arguments, "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert (result["task"], result["precision"], result["n"]) == ("activity", "int8", 12)
    assert result["accuracy"] >= 90
    assert result["accuracy_by_share_seen"]["1"] == result["accuracy"]
    assert set(result["accuracy_by_activity"]) == set(CLASSES)
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert main(["evaluate", "activity", "--data", str(data), "--bundle", str(bundle)]) == 0
    assert "12 clips" in capsys.readouterr().out


def test_golden_vectors_come_out_again_and_the_card_has_both_precisions(bundle: Path, model: StreamingModel) -> None:
    assert verify_golden(model)
    card = (bundle / "CARD.md").read_text()
    for part in ("validation", "development test"):
        for precision in ("float", "int8"):
            assert f"| {precision} | " in card
            assert f"| {part} | " in card
    metrics = model.bundle.manifest.metrics["validation"]
    assert abs(metrics["float"] - metrics["int8"]) <= 10


def test_a_mirror_image_does_the_same(model: StreamingModel) -> None:
    look, other = Look(model), Look(model)
    seen, mirrored = look.feed(doing("wave")), other.feed(mirror(doing("wave")))
    assert seen.shape == (20, len(CLASSES))
    np.testing.assert_allclose(seen, mirrored, atol=1e-5)


def test_a_look_does_not_depend_on_how_poses_are_cut(model: StreamingModel) -> None:
    look, parts = Look(model), Look(model)
    whole = look.feed(doing("squat"))
    cut = [parts.feed(part) for part in np.split(doing("squat"), [1, 2, 7, 30])]
    np.testing.assert_array_equal(np.concatenate(cut), whole)
    look.reset()
    np.testing.assert_array_equal(look.feed(doing("squat")), whole)


@pytest.mark.parametrize("name", CLASSES)
@pytest.mark.parametrize("rate", [30.0, 21.7])
def test_an_activity_is_reported_once_while_it_lasts(model: StreamingModel, name: str, rate: float) -> None:
    frames = doing(name, 120)
    at = np.arange(int(4 * rate)) * 30 / rate
    heard = events(model, lines_of(frames[np.minimum(at.round().astype(int), 119)], start=50.0, rate=rate))
    first = heard[0]
    assert [event.name for event in heard].count(name) == 1
    assert first.name == name
    assert 50 + 0.6 < first.at < 54
    assert 49.9 <= first.began < first.at
    assert 0.7 <= first.score <= 1
    assert first.model == model.bundle.model_id


def test_somebody_else_is_looked_at_anew(model: StreamingModel) -> None:
    apart = lines_of(doing("wave")) + lines_of(doing("squat"), start=20.0)
    assert [event.name for event in events(model, apart)] == ["wave", "squat"]
    assert events(model, apart)[1:] == events(model, lines_of(doing("squat"), start=20.0))


def test_a_file_and_a_pipe_give_the_same_lines(
    bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = lines_of(doing("wave", 90)) + b"\n" + lines_of(doing("squat", 90), start=8.0)
    (tmp_path / "poses.jsonl").write_bytes(lines)
    arguments = ["stream", "pose", "--bundle", str(bundle)]
    assert hark([*arguments, str(tmp_path / "poses.jsonl")]) == 0
    replayed = capsys.readouterr().out
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(lines)))
    assert hark(arguments) == 0
    assert capsys.readouterr().out == replayed
    told = [json.loads(line) for line in replayed.splitlines()]
    assert {"wave", "squat"} <= {event["name"] for event in told}
    assert {event["type"] for event in told} == {"activity"}


def test_a_rule_makes_an_alert_of_an_activity(bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "poses.jsonl").write_bytes(lines_of(doing("wave")))
    config = tmp_path / "hark.toml"
    rule = '[[alert]]\nname = "visitor"\nactivity = ["wave"]\nmessage = "somebody: {name}"\n'
    config.write_text(f'[outbox]\npath = "{tmp_path / "outbox.db"}"\n{rule}')
    arguments = ["stream", "pose", str(tmp_path / "poses.jsonl"), "--bundle", str(bundle), "--config", str(config)]
    assert hark(arguments) == 0
    activity, alert = map(json.loads, capsys.readouterr().out.splitlines())
    assert (alert["type"], alert["rule"], alert["message"]) == ("alert", "visitor", "somebody: wave")
    assert alert["cause"] == activity
    config.write_text(rule.replace('"wave"', '"wive"'))
    assert hark(arguments) == 78
    assert "'wive'" in capsys.readouterr().err
    config.write_text(rule.replace('activity = ["wave"]', 'triggers = ["jarvis"]'))
    assert hark(arguments) == 78
    assert "alert.triggers is not for poses" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("lines", "cause"),
    [
        (lines_of(doing("wave")) + b"oops\n", "line 41: is no JSON"),
        (b'{"at": 1, "keypoints": [[1, 2]]}', "1 keypoints"),
    ],
)
def test_what_cannot_be_ends_with_one_line(
    bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], lines: bytes, cause: str
) -> None:
    (tmp_path / "poses.jsonl").write_bytes(lines)
    assert hark(["stream", "pose", str(tmp_path / "poses.jsonl"), "--bundle", str(bundle)]) == 65
    told = capsys.readouterr().err
    assert cause in told
    assert told.count("\n") == 1


def test_files_and_models_that_are_not_there(
    bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert hark(["stream", "pose", str(tmp_path / "no.jsonl"), "--bundle", str(bundle)]) == 65
    assert "no.jsonl cannot be read" in capsys.readouterr().err
    assert hark(["stream", "pose", str(tmp_path / "no.jsonl"), "--bundle", "trigger-en"]) == 65
    assert "no model of activities" in capsys.readouterr().err
    monkeypatch.setattr("sys.stdin", None)
    assert hark(["stream", "pose", "--bundle", str(bundle)]) == 65
    assert "- cannot be read" in capsys.readouterr().err


@pytest.mark.parametrize("every", [1, 3, 6, 14])
def test_a_slow_camera_tells_when_an_activity_began_as_a_fast_one_does(model: StreamingModel, every: int) -> None:
    tracker, poses = ActivityTracker(model), doing("wave", 60)
    seen = [Sighting(n / 30, pose) for n, pose in enumerate(poses)]
    found = next(event for one in seen[::every] for event in tracker.feed(one))
    assert found.began == pytest.approx(0, abs=1e-6)
    assert found.at in [one.at for one in seen[::every]]


def test_memory_does_not_grow(model: StreamingModel) -> None:
    tracker, poses = ActivityTracker(model), doing("walk", 40)

    def run(start: int) -> int:
        for n in range(start, start + 400):
            tracker.feed(Sighting(n / 30, poses[n % 40]))
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    try:
        first = run(0)
        assert run(400) - first < 16_384
    finally:
        tracemalloc.stop()


def test_what_is_learnt_is_not_tested(data: Path) -> None:
    clips = {name: len(read_clips(data / f"{name}.npz").clips) for name in ("train", "valid")}
    parts = {learnt: read_parts(data, learnt) for learnt in (DEVELOPMENT, TRAIN, ALL)}
    assert {learnt: (len(one.train), len(one.test)) for learnt, one in parts.items()} == {
        DEVELOPMENT: (clips["train"] * 3 // 4, clips["train"] // 4),
        TRAIN: (clips["train"], 0),
        ALL: (clips["train"] + clips["valid"], 0),
    }
    kept = parts[DEVELOPMENT]
    assert not {clip.poses.tobytes() for clip in kept.train} & {clip.poses.tobytes() for clip in kept.test}


def test_a_varied_clip_is_one_that_a_device_could_see() -> None:
    rng = np.random.default_rng(0)
    for _ in range(30):
        poses = varied(doing("walk", 25), rng)
        assert SHORTEST <= len(poses) <= 40
        assert poses.dtype == np.float32
        assert np.isfinite(poses).all()


@pytest.mark.parametrize(
    ("changed", "cause"),
    [
        ({"pose": np.zeros((6, 40, 17, 2))}, "pose has shape"),
        ({"length": np.array([1] * 6)}, "a length is not"),
        ({"length": np.array([40] * 5)}, "not of as many clips"),
        ({"label": np.array([3] * 6)}, "a label is not"),
        ({"pose": np.full((6, 40, 15, 2), np.nan)}, "not a number"),
        ({"classes": np.array([object()])}, "no file of arrays"),
        ({"length": np.array([40.0] * 6)}, "length is no array of numbers of its kind"),
        ({"label": np.array([0.0] * 6)}, "label is no array of numbers of its kind"),
        ({"pose": np.full((6, 40, 15, 2), "x")}, "pose is no array of numbers of its kind"),
        ({"classes": np.array("wave")}, "classes is no array of names of its kind"),
    ],
)
def test_a_file_of_something_else_is_refused(tmp_path: Path, changed: dict[str, Any], cause: str) -> None:
    with pytest.raises(DataError, match=cause):
        read_clips(write_clips(tmp_path / "test.npz", 2, **changed))


def test_a_clip_that_is_longer_than_a_look_is_no_test_of_the_device(model: StreamingModel) -> None:
    with pytest.raises(DataError, match="a clip has 41 frames, of which the device looks at 40 at a time"):
        evaluate(model, [Clip(doing("wave", 41), "wave")])


def test_a_file_that_is_damaged_or_lacks_an_array_is_refused(tmp_path: Path) -> None:
    path = write_clips(tmp_path / "test.npz", 2)
    contents = bytearray(path.read_bytes())
    at = contents.index(b"PK\x01\x02")  # The list at the end, of which the method of packing is then unknown.
    contents[at + 10] = 99
    path.write_bytes(contents)
    with pytest.raises(DataError, match=r"it is damaged.*; name an \.npz of pose"):
        read_clips(path)
    np.savez(path, pose=np.zeros((1, 40, 15, 2)))
    with pytest.raises(DataError, match=r"has no 'length'; name an \.npz of pose"):
        read_clips(path)


def test_a_folder_has_the_file_that_is_for_testing(tmp_path: Path, data: Path) -> None:
    assert find_clips(data) == data / "valid.npz"
    with pytest.raises(DataError, match=r"neither test\.npz"):
        find_clips(tmp_path)
    (tmp_path / "test.npz").write_bytes(b"no archive")
    with pytest.raises(DataError, match=r"test\.npz"):
        read_clips(find_clips(tmp_path))
