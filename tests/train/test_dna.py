"""The recipe of DNA, from a table of windows to a bundle that finds junctions in a stream, and promoters left out."""

import json
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow", reason="training needs tensorflow: pip install -e '.[train]'")

from edge.errors import DataError  # noqa: E402
from edge.model import StreamingModel  # noqa: E402
from edge.model.stream import verify_golden  # noqa: E402
from edge.sensors.dna import SpliceFinder, shares_of  # noqa: E402
from train.__main__ import main  # noqa: E402
from train.committee import Committee  # noqa: E402
from train.corpora.sequences import PROMOTER, SPLICE, TESTING, TRAINING, find_sequences, read_sequences  # noqa: E402
from train.evaluate.dna import accuracy, there  # noqa: E402
from train.export import load_weights  # noqa: E402
from train.recipes.dna import promoters  # noqa: E402
from train.recipes.dna.batches import batches, cross  # noqa: E402
from train.recipes.dna.folds import judge, split  # noqa: E402
from train.recipes.dna.merging import merge  # noqa: E402
from train.recipes.dna.promoters import PromoterRecipe, leave_one_out  # noqa: E402
from train.recipes.dna.recipe import DnaRecipe  # noqa: E402

SIDES = {"EI": ("AC", "GT"), "IE": ("AG", "CT"), "N": ("ACGT", "ACGT")}
"""The bases left and right of the middle of a window."""

SMALL = DnaRecipe(units=16, members=2, batch=8)


def window(name: str, rng: np.random.Generator) -> str:
    return "".join("".join(rng.choice(list(side), 30)) for side in SIDES[name])


def table(path: Path, classes: tuple[str, ...], count: int, seed: int = 0) -> Path:
    rng = np.random.default_rng(seed)
    rows = [f"{name}\trow{turn}\t{window(name, rng)}\n" for turn in range(count) for name in classes]
    path.write_text("class\tdonor\tsequence\n" + "".join(rows))
    return path


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table, what was trained on it, and the bundle."""
    folder = tmp_path_factory.mktemp("dna")
    table(folder / "train.tsv", SPLICE, 60)
    options = ["--data", str(folder), "--work", str(folder), "--units", "16", "--members", "2", "--batch", "16"]
    assert main(["dna", "fit", *options, "--steps", "150", "--quantised-steps", "20", "--dropout", "0"]) == 0
    assert main(["dna", "publish", *options, "--out", str(folder / "bundle")]) == 0
    return folder


def test_a_bundle_finds_the_junctions_of_windows_that_it_never_saw(
    work: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    verify_golden(StreamingModel.load(work / "bundle"))
    table(tmp_path / "test.tsv", SPLICE, 20, seed=1)
    assert main(["evaluate", "dna", "--data", str(tmp_path), "--bundle", str(work / "bundle"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["task"], found["precision"], found["n"]) == ("dna", "int8", 60)
    assert found["accuracy"] > 90
    assert found["accuracy_by_class"].keys() == set(SPLICE)
    for kind in ("donor", "acceptor"):
        assert found["stream"][kind]["sites"] == 20
        assert 0 < found["stream"][kind]["recall"] <= 100


def test_the_device_tells_the_classes_that_were_learnt(work: Path) -> None:
    network = replace(SMALL, units=32).network()
    load_weights(network, work / "weights.npz")
    windows = read_sequences(work / "train.tsv", SPLICE)[:30]
    finder = SpliceFinder(StreamingModel.load(work / "bundle"))
    told = np.stack([finder.classify(one.bases) for one in windows])
    assert np.abs(told - judge(network, windows)).mean() < 0.05


def test_the_card_names_its_data_and_what_was_measured(work: Path) -> None:
    card = (work / "bundle" / "CARD.md").read_text()
    assert "CC BY 4.0" in card
    assert "% of the windows the class that the network gives" in card


def test_networks_that_become_one_give_the_mean_of_their_logits() -> None:
    members = [SMALL.network(member) for member in range(2)]
    frames = tf.random.stateless_uniform((3, 5, members[0].spec.features), (1, 2))
    expected = (members[0].sequence(frames)["junctions"] + members[1].sequence(frames)["junctions"]) / 2
    np.testing.assert_allclose(merge(members).sequence(frames)["junctions"], expected, atol=1e-5)


def test_cross_validation_keeps_identical_windows_together(tmp_path: Path) -> None:
    file = table(tmp_path / "train.tsv", SPLICE, 8)
    head, *rows = file.read_text().splitlines(keepends=True)
    file.write_text(head + "".join(rows + rows))
    windows = read_sequences(file, SPLICE)
    parts = split(windows, 3)
    assert sorted(row for _, left in parts for row in left) == list(range(48))
    for learnt, left in parts:
        assert not {windows[row].bases for row in learnt} & {windows[row].bases for row in left}
    few = ["--steps", "2", "--quantised-steps", "1", "--units", "4", "--members", "1", "--folds", "2"]
    assert main(["dna", "folds", "--data", str(file), "--work", str(tmp_path / "work"), *few]) == 0
    assert json.loads((tmp_path / "work" / "folds.json").read_text())["n"] == 48


def test_a_batch_tells_each_middle_once_and_nothing_before_it_can(tmp_path: Path) -> None:
    windows = read_sequences(table(tmp_path / "train.tsv", SPLICE, 10), SPLICE)
    batch = next(batches(windows, replace(SMALL, hidden=0.0, crossed=0.0)))
    assert batch.frames.shape == (8, 50, 64)
    assert batch.labels.shape == batch.weights.shape == (8, 200)
    assert ((batch.weights == 1).sum(axis=1) == SMALL.windows).all()
    assert (batch.labels[batch.weights < 1] == 2).all()
    assert not batch.weights[:, :30].any()
    bases = batch.frames.reshape(8, 200, 4, 4).sum(axis=2)
    known = {window.bases: window.label for window in windows}
    for row, end in zip(*np.nonzero(batch.weights == 1), strict=True):
        read = bytes(b"ACGT"[index] for index in bases[row, end - 59 : end + 1].argmax(axis=1))
        assert known[read] == batch.labels[row, end]
    assert {int(np.flatnonzero(row == 1)[0]) for row in batch.weights[:4]} == {59}
    assert len({int(np.flatnonzero(row == 1)[0]) for row in batch.weights}) > 2


def test_crossing_mixes_windows_of_one_class_alone() -> None:
    shares = np.stack([shares_of(letter * 6) for letter in (b"A", b"C", b"G")])
    labels, rng = np.array([0, 0, 1], np.int32), np.random.default_rng(0)
    made = [cross(shares, labels, np.array([0, 2]), 1.0, rng) for _ in range(20)]
    assert any(0 < one[0, :, 1].sum() < 6 for one in made)
    assert all((one[1] == shares[2]).all() and not one[0, :, 2].any() for one in made)


def test_members_of_a_committee_do_not_feel_each_other() -> None:
    committee = Committee(3, 8, 4, 2)
    frames = np.random.default_rng(0).normal(size=(3, 5, 7, 8)).astype(np.float32)
    before = committee.logits(frames).numpy()
    frames[1] += 1
    after = committee.logits(frames).numpy()
    assert before.shape == (3, 5, 2)
    np.testing.assert_array_equal(after[[0, 2]], before[[0, 2]])
    assert not np.allclose(after[1], before[1])


def test_a_window_that_is_left_out_is_never_learnt(tmp_path: Path) -> None:
    rows = "".join(f"{'+-'[n % 2]}\t{n}\t{'acgt'[n] * 57}\n" for n in range(4))
    (tmp_path / "promoters.tsv").write_text("class\tname\tsequence\n" + rows)
    windows = read_sequences(tmp_path / "promoters.tsv", PROMOTER)
    recipe = PromoterRecipe(members=1, hidden=0.0, shift=0)
    for batch in islice(promoters.batches(windows, recipe), 5):
        for left in range(4):
            pair = 5 * left  # of the base with itself
            assert not batch.frames[left].reshape(-1, 16)[:, pair].any()


def test_promoters_are_told_by_what_has_learnt_the_others(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    mixtures = {"+": list("aattc"), "-": list("ccgga")}
    rows = [f"{name}\t{n}\t{''.join(rng.choice(mixtures[name], 57))}\n" for n in range(12) for name in mixtures]
    (tmp_path / "promoters.tsv").write_text("class\tname\tsequence\n" + "".join(rows))
    recipe = PromoterRecipe(units=12, members=2, hidden=0.0)
    recipe = replace(recipe, fit=replace(recipe.fit, steps=80))
    found = json.loads(leave_one_out(read_sequences(tmp_path / "promoters.tsv", PROMOTER), recipe, tmp_path))
    assert found["n"] == 24
    assert found["errors"] <= 3


def test_a_folder_names_what_trains_and_what_tests(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds no"):
        find_sequences(tmp_path, TESTING)
    for name in ("train.tsv", "test.tsv"):
        table(tmp_path / name, SPLICE, 1)
    assert find_sequences(tmp_path, TRAINING).name == "train.tsv"
    assert find_sequences(tmp_path, TESTING).name == "test.tsv"
    assert find_sequences(tmp_path / "any.tsv", TESTING).name == "any.tsv"


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("class\tsequence\n", "empty"),
        ("class\tsequence\nEI\tACGT\nIE\tACG\n", "not of one length"),
        ("class\tsequence\nEI\tACGX\n", "'X' stands for no base"),
        ("class\tsequence\nXY\tACGT\n", "XY"),
        ("label\ttext\n1\tgood\n", "class"),
    ],
)
def test_a_table_of_something_else_is_refused(tmp_path: Path, text: str, cause: str) -> None:
    (tmp_path / "train.tsv").write_text(text)
    with pytest.raises(DataError, match=cause):
        read_sequences(tmp_path / "train.tsv", SPLICE)


def test_percentages_and_places(tmp_path: Path) -> None:
    windows = read_sequences(table(tmp_path / "train.tsv", SPLICE, 2), SPLICE)
    told = np.eye(3, dtype=np.float32)[[0, 1, 2, 0, 1, 1]]
    assert accuracy(windows, told) == {"accuracy": 83.33, "accuracy_by_class": {"EI": 100.0, "IE": 100.0, "N": 50.0}}
    assert there(windows, "donor") == {31, 211}
    assert there(windows, "acceptor") == {91, 271}
