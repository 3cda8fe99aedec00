"""Music: stretches in all keys, the likelihood of a frame, and a network that learns a scale and plays it."""

import json
import math
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow", reason="training needs tensorflow: pip install -e '.[train]'")

from edge.music.composer import OUTPUT, Composer  # noqa: E402
from edge.music.roll import KEYS, LOWEST, Roll  # noqa: E402
from train.__main__ import main  # noqa: E402
from train.evaluate.music import computed, nll_per_frame  # noqa: E402
from train.losses import multilabel_loss  # noqa: E402
from train.networks import Layer  # noqa: E402
from train.recipes.music.fitting import HIGHER, LOWER, batches, log_odds, loss_of, transpose  # noqa: E402
from train.recipes.music.parts import read_parts  # noqa: E402
from train.recipes.music.recipe import MusicRecipe  # noqa: E402

SCALE = (60, 62, 64, 65, 67, 69, 71, 72)
SMALL = MusicRecipe(layers=(Layer(16),), batch=4, span=12, transposed=0.0, hidden=0.0, dropout=0.0)


def roll_of(pitches: list[int]) -> Roll:
    roll = np.zeros((len(pitches), KEYS), np.float32)
    roll[np.arange(len(pitches)), np.array(pitches) - LOWEST] = 1.0
    return roll


def scales(length: int, begin: int = 0) -> list[list[int]]:
    return [[SCALE[(begin + at) % len(SCALE)]] for at in range(length)]


def test_a_batch_gives_each_frame_the_one_before_it() -> None:
    long, short = roll_of([*SCALE, *SCALE, *SCALE]), roll_of([60, 62])
    for batch in islice(batches([long, short], SMALL), 5):
        assert batch.before.shape == batch.frames.shape == (4, 12, KEYS)
        for before, frames, there in zip(*batch, strict=True):
            np.testing.assert_array_equal(before[1:], frames[:-1])
            length = int(there.sum())
            assert length in (2, 12)
            assert there[:length].all()
            assert frames[:length].any(axis=1).all()
            assert not frames[length:].any()


def test_some_stretches_begin_in_silence_with_their_piece() -> None:
    drawn = list(islice(batches([roll_of(list(SCALE) * 8)], SMALL), 10))
    silent = np.concatenate([~batch.before[:, 0].any(axis=1) for batch in drawn])
    assert 0 < silent.mean() < 1


def test_a_piece_is_moved_to_every_key_near_it_and_not_off_the_keyboard() -> None:
    rng = np.random.default_rng(1)
    middle = {int(transpose(roll_of([60, 64]), rng)[0].argmax()) + LOWEST - 60 for _ in range(300)}
    assert middle == set(range(LOWER, HIGHER + 1))
    edges = roll_of([LOWEST + 1, LOWEST + KEYS - 1])
    moved = {tuple(transpose(edges, rng).argmax(axis=1)) for _ in range(50)}
    assert moved == {(0, KEYS - 2), (1, KEYS - 1)}
    assert not transpose(np.zeros((2, KEYS), np.float32), rng).any()


def test_the_loss_is_the_likelihood_of_all_keys_and_leaves_out_what_is_not_there() -> None:
    labels = tf.constant([[[1.0, 0.0], [1.0, 1.0]]])
    logits = tf.constant([[[0.0, 0.0], [9.0, -9.0]]])
    assert float(multilabel_loss(logits, labels, tf.constant([[1.0, 0.0]]))) == pytest.approx(2 * math.log(2))


def test_training_and_evaluation_agree_on_the_likelihood() -> None:
    network, piece = SMALL.network(), roll_of([60, 62, 64, 65, 67])
    recipe = replace(SMALL, batch=1, span=len(piece))
    trained = float(loss_of(recipe)(network, next(batches([piece], recipe))))
    assert nll_per_frame([piece], computed(network)) == pytest.approx(trained, rel=1e-5)


def test_a_network_that_knows_nothing_pays_for_every_key() -> None:
    network = SMALL.network()
    network.heads[OUTPUT].kernel.assign(tf.zeros_like(network.heads[OUTPUT].kernel))
    pieces = [roll_of([60]), roll_of([60, 62, 64])]
    assert nll_per_frame(pieces, computed(network)) == pytest.approx(KEYS * math.log(2), rel=1e-6)


def test_training_begins_with_how_often_each_key_sounds() -> None:
    odds = log_odds([roll_of([60, 60, 60]), roll_of([60, 62, 64])])
    assert odds[60 - LOWEST] == pytest.approx(math.log(5 / 3))
    assert odds[62 - LOWEST] == pytest.approx(math.log(2 / 6))
    assert odds[0] == pytest.approx(math.log(1 / 7))


def test_the_mean_is_of_frames_not_of_pieces() -> None:
    pieces = [np.zeros((1, KEYS), np.float32), np.zeros((3, KEYS), np.float32)]
    costs = {1: -10.0, 3: 10.0}
    told = nll_per_frame(pieces, lambda before: np.full((len(before), KEYS), costs[len(before)], np.float32))
    assert told == pytest.approx(KEYS * (1 * math.log1p(math.exp(-10)) + 3 * math.log1p(math.exp(10))) / 4)


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("studio")
    (folder / "train.json").write_text(json.dumps([scales(24, at % 8) for at in range(40)]))
    (folder / "valid.json").write_text(json.dumps([scales(30, at) for at in range(8)]))
    common = ["--data", str(folder), "--work", str(folder / "work"), "--units", "48"]
    few = ["--steps", "250", "--quantised-steps", "30", "--learning-rate", "0.02", "--batch", "8", "--span", "16"]
    as_it_is = ["--transposed", "0", "--hidden", "0", "--dropout", "0"]
    assert main(["music", "fit", *common, *few, *as_it_is]) == 0
    assert main(["music", "publish", *common, "--out", str(folder / "scales")]) == 0
    return folder


def test_it_plays_the_scale_that_it_was_taught(studio: Path) -> None:
    tune = Composer.load(studio / "scales").compose(20, np.random.default_rng(1), 0.2, roll_of([60, 62]))
    assert (tune.argmax(axis=1) + LOWEST).tolist() == [pitch for [pitch] in scales(20)]
    assert tune.sum() == 20


def test_its_card_tells_float_and_int8_and_that_it_may_not_ship(studio: Path) -> None:
    manifest = json.loads((studio / "scales" / "manifest.json").read_text())
    found = manifest["metrics"]["validation"]
    assert found["file"] == pytest.approx(found["network"], abs=0.3)
    assert found["network"] < 3
    assert "comparison only" in manifest["licence"]


def test_a_bundle_is_scored_on_any_pieces(studio: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "test.json").write_text(json.dumps([[[61], [90], [35], [61]]]))
    found = []
    for data, frames in ((studio, 240), (tmp_path / "test.json", 4)):
        assert main(["evaluate", "music", "--data", str(data), "--bundle", str(studio / "scales"), "--json"]) == 0
        result = json.loads(capsys.readouterr().out)
        assert (result["task"], result["precision"], result["n"]) == ("music", "int8", frames)
        found.append(result["nll_per_frame"])
    assert found[0] < 3
    assert found[1] > 8


def test_a_roll_is_drawn(studio: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture = studio / "roll.png"
    options = ["--data", str(studio), "--out", str(studio / "scales"), "--picture", str(picture)]
    assert main(["music", "picture", *options]) == 0
    assert capsys.readouterr().out == f"{picture}\n"
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_our_own_test_is_not_learnt(studio: Path) -> None:
    parts = read_parts(studio)
    assert (len(parts.train), len(parts.validation), len(parts.test)) == (38, 8, 2)


def test_of_a_few_pieces_none_is_held_back(tmp_path: Path) -> None:
    for name, count in (("train", 19), ("valid", 1)):
        (tmp_path / f"{name}.json").write_text(json.dumps([scales(12)] * count))
    parts = read_parts(tmp_path)
    assert (len(parts.train), len(parts.test)) == (19, 0)
    arguments = ["--data", str(tmp_path), "--work", str(tmp_path), "--units", "8", "--out", str(tmp_path / "bundle")]
    assert main(["music", "fit", *arguments, "--steps", "3", "--quantised-steps", "1", "--batch", "2"]) == 0
    assert main(["music", "publish", *arguments]) == 0
    card = (tmp_path / "bundle" / "CARD.md").read_text()
    assert "the test is" not in card
    assert "| test |" not in card


def test_what_cannot_be_done_is_said(studio: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["music", "fit", "--data", str(studio)]) == 64
    assert "needs --work" in capsys.readouterr().err
    assert main(["music", "publish", "--data", str(studio), "--work", str(tmp_path)]) == 64
    assert "run `python -m train music fit` first" in capsys.readouterr().err
    assert main(["evaluate", "music", "--data", str(studio), "--bundle", "trigger-en"]) == 65
    assert "no network of music" in capsys.readouterr().err
