"""The recipe of DNA, from a table of windows to a bundle that finds junctions in a stream, and promoters left out."""

import json
from contextlib import suppress
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow", reason="training needs tensorflow: pip install -e '.[train]'")

from edge.errors import DataError, UsageError  # noqa: E402
from edge.model import StreamingModel  # noqa: E402
from edge.model.stream import verify_golden  # noqa: E402
from edge.sensors.dna import SpliceFinder, pairs_of, shares_of  # noqa: E402
from edge.sensors.fasta import Piece  # noqa: E402
from tests.train.kills import killed_while_writing  # noqa: E402
from train.__main__ import main  # noqa: E402
from train.committee import Committee  # noqa: E402
from train.corpora.sequences import PROMOTER, SPLICE, TESTING, TRAINING, Labelled, find_sequences, read_sequences  # noqa: E402
from train.evaluate.dna import Found, accuracy, rates, stream_of  # noqa: E402
from train.export import load_weights  # noqa: E402
from train.quantize import stack_frames  # noqa: E402
from train.recipes.dna.consensus import draw  # noqa: E402
from train.recipes.dna.examples import elsewhere, examples  # noqa: E402
from train.recipes.dna.fitting import calibration  # noqa: E402
from train.recipes.dna.folds import Streams, best_threshold, finder_of, judge, kin, split  # noqa: E402
from train.recipes.dna.promoters import PromoterRecipe, Windows, fit_prior, leave_one_out, tuned  # noqa: E402
from train.recipes.dna.promoters import batches as promoter_batches  # noqa: E402
from train.recipes.dna.recipe import DnaRecipe  # noqa: E402
from train.recipes.dna.spreading import spread  # noqa: E402

SIDES = {"EI": ("AC", "GT"), "IE": ("AG", "CT"), "N": ("ACGT", "ACGT")}
"""The bases left and right of the middle of a window."""

SMALL = DnaRecipe(others=2)


def window(name: str, rng: np.random.Generator) -> str:
    return "".join("".join(rng.choice(list(side), 30)) for side in SIDES[name])


def table(path: Path, classes: tuple[str, ...], count: int, seed: int = 0) -> Path:
    rng = np.random.default_rng(seed)
    rows = [f"{name}\trow{turn}\t{window(name, rng)}\n" for turn in range(count) for name in classes]
    path.write_text("class\tdonor\tsequence\n" + "".join(rows))
    return path


def pieces_of(bases: bytes) -> list[Piece]:
    return [Piece("stream", b"", begins=True), Piece("stream", bases, begins=False)]


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table, what was trained on it, and the bundle."""
    folder = tmp_path_factory.mktemp("dna")
    table(folder / "train.tsv", SPLICE, 60)
    options = ["--data", str(folder), "--work", str(folder), "--decay", "0.001"]
    assert main(["dna", "fit", *options]) == 0
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
        for stream in ("stream", "stream_end_to_end"):
            assert found[stream][kind]["sites"] == 20
            assert found[stream][kind]["recall"] > 50


def test_the_device_tells_the_classes_that_were_learnt(work: Path) -> None:
    network = SMALL.network()
    load_weights(network, work / "weights.npz")
    windows = read_sequences(work / "train.tsv", SPLICE)[:30]
    finder = SpliceFinder(StreamingModel.load(work / "bundle"))
    told = np.stack([finder.classify(one.bases) for one in windows])
    assert np.abs(told - judge(network, windows)).mean() < 0.05


def test_the_card_names_its_data_and_what_was_measured(work: Path) -> None:
    card = (work / "bundle" / "CARD.md").read_text()
    assert "CC BY 4.0" in card
    assert "% of the windows the class that the network gives" in card


def test_a_network_that_is_spread_judges_each_place_as_it_did() -> None:
    network, bases = SMALL.network(), b"ACGTTGCANR" * 9
    wide = spread(network, 3)
    assert (wide.spec.stack, wide.spec.window, wide.spec.heads) == (3, 62, (("junctions", 9),))
    frames = pairs_of(shares_of(bases))
    one, three = (
        each.sequence(stack_frames(frames, each.spec.stack, each.spec.window)[None])["junctions"].numpy()
        for each in (network, wide)
    )
    np.testing.assert_allclose(three.reshape(one.shape), one, atol=1e-5)


def test_windows_that_share_half_of_their_bases_are_kin_and_so_are_their_kin() -> None:
    rng = np.random.default_rng(0)
    record = bytes(rng.choice(list(b"ACGT"), 200).tolist())
    others = [bytes(rng.choice(list(b"ACGT"), 60).tolist()) for _ in range(2)]
    windows = [Labelled(0, bases) for bases in (record[:60], record[60:120], *others, record[30:90])]
    assert kin(windows[:4]).tolist() == [0, 1, 2, 3]
    assert kin(windows).tolist() == [0, 0, 1, 2, 0]


def test_cross_validation_keeps_identical_windows_together(tmp_path: Path) -> None:
    file = table(tmp_path / "train.tsv", SPLICE, 8)
    head, *rows = file.read_text().splitlines(keepends=True)
    file.write_text(head + "".join(rows + rows))
    windows = read_sequences(file, SPLICE)
    parts = split(windows, 3)
    assert sorted(row for _, left in parts for row in left) == list(range(48))
    for learnt, left in parts:
        assert not {windows[row].bases for row in learnt} & {windows[row].bases for row in left}
    few = ["dna", "folds", "--data", str(file), "--work", str(tmp_path / "work"), "--folds", "3", "--judged", "2"]
    assert main(few) == 0
    told = (tmp_path / "work" / "folds.json").read_text()
    found = json.loads(told)
    assert (found["folds"], found["judged"], found["n"]) == (3, 2, 32)
    assert 0.5 <= found["threshold"] < 1
    with pytest.raises(DataError, match="17 parts want as many windows of each kind"):
        split(windows, 17)
    with killed_while_writing():
        main(few)
    assert (tmp_path / "work" / "folds.json").read_text() == told


def test_what_ships_has_the_threshold_of_its_own_cross_validation_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mine, other = (table(tmp_path / f"{seed}.tsv", SPLICE, 20, seed) for seed in range(2))
    work, out, recipe = tmp_path / "work", tmp_path / "bundle", ["--decay", "0.01"]
    begin = ["--work", str(work), "--out", str(out)]
    for stage in ("fit", "folds"):
        assert main(["dna", stage, *begin, "--data", str(mine), *recipe, "--folds", "2"]) == 0
    for data, options in ((mine, []), (mine, [*recipe, "--others", "9"]), (other, recipe)):
        assert main(["dna", "publish", *begin, "--data", str(data), *options]) == 64
        assert "folds.json is of other windows, or of other --decay or --others" in capsys.readouterr().err
    assert not out.exists()
    assert main(["dna", "publish", *begin, "--data", str(mine), *recipe, "--places", "3"]) == 0
    found, manifest = (json.loads(file.read_text()) for file in (work / "folds.json", out / "manifest.json"))
    assert manifest["detector"]["threshold"] == found["threshold"]
    assert manifest["metrics"]["cross_validation"] == {name: figure for name, figure in found.items() if name != "of"}
    assert "2 parts of a 2-fold cross-validation, 60 windows" in (out / "CARD.md").read_text()


def test_the_threshold_that_judges_a_part_is_chosen_in_the_others(tmp_path: Path) -> None:
    streams = [stream_of(read_sequences(table(tmp_path / "train.tsv", SPLICE, 1), SPLICE), seed) for seed in range(2)]
    good = [Found("donor", 0.9, True), Found("acceptor", 0.9, True), Found("acceptor", 0.6, False)]
    assert 0.6 < best_threshold(good, 2) < 0.65
    parts = Streams()
    parts.streams, parts.found = streams, [good, [Found("donor", 0.55, True)]]
    assert parts.thresholds()[1] > 0.6
    found = parts.rates(parts.thresholds())
    acceptors = {"sites": 2, "found": 2, "precision": 50.0, "recall": 50.0, "f1": 50.0}
    assert found["acceptor"] == acceptors
    assert found["donor"] == {"sites": 2, "found": 1, "precision": 100.0, "recall": 50.0, "f1": 66.67}


def test_the_network_finds_the_sites_that_the_device_finds(work: Path) -> None:
    network = SMALL.network()
    load_weights(network, work / "weights.npz")
    stream = stream_of(read_sequences(work / "train.tsv", SPLICE)[:60])
    model = StreamingModel.load(work / "bundle")
    trained = list(finder_of(network)(pieces_of(stream.bases)))
    for threshold in (0.5, 0.8):
        device = {(one.type, one.position) for one in SpliceFinder(model, threshold).find(pieces_of(stream.bases))}
        wanted = {(one.type, one.position) for one in trained if one.score >= threshold}
        assert len(device & wanted) >= 0.9 * max(len(device), len(wanted)) > 0


def test_examples_are_the_windows_with_their_class_and_others_without(tmp_path: Path) -> None:
    windows = read_sequences(table(tmp_path / "train.tsv", SPLICE, 3), SPLICE)
    found = examples(windows, replace(SMALL, elsewhere=3.0))
    assert found.frames.shape == (27, 60 * 16)
    bases = found.frames.reshape(27, 60, 4, 4).sum(axis=2).argmax(axis=2)
    read = [bytes(b"ACGT"[index] for index in row) for row in bases]
    assert read[:9] == [window.bases for window in windows]
    assert found.labels[:9].tolist() == [window.label for window in windows]
    assert not set(read[:9]) & set(read[9:])
    assert (found.labels[9:] == 2).all()
    assert found.weights[9:].sum() == pytest.approx(3 * found.weights[:9].sum())


def test_what_batches_make_commoner_is_taken_out_again() -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(3, size=6000, dtype=np.int32)
    logits = (np.eye(3)[labels] + rng.normal(size=(6000, 3)) + np.array([0, 0, 1.5])).astype(np.float32)
    assert calibration(logits, labels) == pytest.approx([0, 0, -1.5], abs=0.2)


def test_what_comes_from_elsewhere_lies_across_a_seam() -> None:
    shares = np.stack([shares_of(letter * 6) for letter in (b"A", b"C")])
    found = elsewhere(shares, 50, np.random.default_rng(0))
    assert found.shape == (50, 6, 4)
    assert (found.sum(axis=2) == 1).all()
    assert any(row[0].argmax() == 0 and row[-1].argmax() == 1 for row in found)


def test_members_of_a_committee_do_not_feel_each_other() -> None:
    committee = Committee(3, 8, 4, 2)
    frames = np.random.default_rng(0).normal(size=(3, 5, 7, 8)).astype(np.float32)
    before = committee.logits(frames).numpy()
    frames[1] += 1
    after = committee.logits(frames).numpy()
    assert before.shape == (3, 5, 2)
    np.testing.assert_array_equal(after[[0, 2]], before[[0, 2]])
    assert not np.allclose(after[1], before[1])


def test_a_committee_repeated_says_the_same_and_goes_on_alone() -> None:
    committee = Committee(2, 8, 4, 2)
    frames = np.random.default_rng(0).normal(size=(2, 5, 7, 8)).astype(np.float32)
    wide = committee.repeated(3)
    expected = committee.logits(frames).numpy()
    np.testing.assert_allclose(wide.logits(np.tile(frames, (3, 1, 1, 1))), np.tile(expected, (3, 1, 1)), atol=1e-6)
    wide.head.bias.assign_add(tf.ones_like(wide.head.bias))
    np.testing.assert_array_equal(committee.logits(frames), expected)


def test_promoters_are_drawn_as_the_literature_has_them() -> None:
    shares, labels = draw(4000, np.random.default_rng(0))
    assert shares.shape == (4000, 57, 4)
    assert labels.mean() == pytest.approx(0.5, abs=0.05)
    promoters, others = shares[labels == 0], shares[labels == 1]
    assert promoters[:, 14, 3].mean() == pytest.approx(0.82, abs=0.03)
    assert (promoters[:, 36:44, 0].max(axis=1) == 1).mean() > 0.95
    assert others.mean(axis=(0, 1)) == pytest.approx(0.25, abs=0.02)


PROMOTERS = PromoterRecipe(units=8, members=2, hidden=0.0, rounds=(10, 40), blocks=2, parts=2)


def mixtures(count: int) -> Windows:
    rng = np.random.default_rng(0)
    bases = ["".join(rng.choice(list(("aattc", "ccgga")[row % 2]), 57)).encode() for row in range(count)]
    return Windows(np.stack([shares_of(one) for one in bases]), np.arange(count, dtype=np.int32) % 2)


def test_a_window_that_is_left_out_is_never_learnt() -> None:
    known = Windows(np.stack([shares_of(letter * 57) for letter in (b"A", b"C", b"G", b"T")]), np.array([0, 1, 0, 1]))
    others = [np.delete(np.arange(4), row) for row in range(4)]
    for batch in islice(promoter_batches(known, others, PROMOTERS), 5):
        assert batch.labels.shape == (8, PROMOTERS.batch + PROMOTERS.rehearsed)
        for network in range(8):
            left = 5 * (network // 2)  # the pair of a base with itself
            windows = batch.frames[network, : PROMOTERS.batch].reshape(-1, 57, 16)
            assert not windows[:, 1:, left].any()


def test_copies_of_the_prior_learn_what_it_did_not_know(tmp_path: Path) -> None:
    known, recipe = mixtures(24), replace(PROMOTERS, prior=replace(PROMOTERS.prior, steps=20))
    everything = [np.arange(24)]
    told = tuned(fit_prior(recipe, tmp_path / "prior"), known, everything, 60, recipe, tmp_path / "tuned")
    assert told.shape == (1, 2, 24, 2)
    assert (told.mean(axis=1)[0].argmax(axis=1) == known.labels).mean() > 0.8


def test_leaving_out_tells_what_was_wrong_and_what_was_chosen(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    rows = [f"{name}\t{row}\t{''.join(rng.choice(list('acgt'), 57))}\n" for row in range(6) for name in PROMOTER]
    (tmp_path / "promoters.tsv").write_text("class\tname\tsequence\n" + "".join(rows))
    windows = read_sequences(tmp_path / "promoters.tsv", PROMOTER)
    recipe = replace(PROMOTERS, rounds=(2, 4), prior=replace(PROMOTERS.prior, steps=4))
    found = json.loads(leave_one_out(windows, recipe, tmp_path / "work"))
    assert found["n"] == 12
    assert 0 <= found["errors"] <= 12
    assert len(found["errors_of_one"]) == 2
    assert set(found["rounds_by_block"]) <= {2, 4}
    with killed_while_writing():
        leave_one_out(windows, recipe, tmp_path / "work")
    assert json.loads((tmp_path / "work" / "promoters.json").read_text()) == found
    for other, another in ((windows[::-1], recipe), (windows, replace(recipe, dropout=0.5))):
        with pytest.raises(UsageError, match="work holds the work of other options"):
            leave_one_out(other, another, tmp_path / "work")


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
        ("class\tsequence\nEI\t\nIE\t \n", "its sequences are"),
        ("class\tsequence\nEI\tACGX\n", "'X' stands for no base"),
        ("class\tsequence\nEI\tACGT\n\nXY\tACGT\n", "line 4: 'XY' is none of the classes"),
        ("class,sequence\nEI,ACGT\n", "line 2: it has no 'class'; name a table .* parted by tabs"),
        ("class\tsequence\nEI\tACGT\nEI\n", "not of one length"),
        ("label\ttext\n1\tgood\n", "class"),
    ],
)
def test_a_table_of_something_else_is_refused(tmp_path: Path, text: str, cause: str) -> None:
    (tmp_path / "train.tsv").write_text(text)
    with pytest.raises(DataError, match=cause):
        read_sequences(tmp_path / "train.tsv", SPLICE)


@pytest.mark.parametrize(
    ("classes", "arguments", "code", "problem"),
    [
        (("EI", "N"), ["fit"], 65, "of 40 windows none is of acceptor"),
        (SPLICE, ["folds", "--folds", "1"], 64, "'1' cannot be: give a whole number from 2"),
        (SPLICE, ["folds", "--judged", "1"], 64, "argument --judged: '1' cannot be: give a whole number from 2"),
        (SPLICE, ["folds", "--folds", "61"], 64, "but there are 60 windows: give fewer"),
        (PROMOTER, ["promoters"], 65, "38 windows are too few to leave some out, and others of the rest: give 20 or m"),
    ],
)
def test_tables_that_are_too_small_are_refused(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    classes: tuple[str, ...],
    arguments: list[str],
    code: int,
    problem: str,
) -> None:
    turns = [np.random.default_rng(turn) for turn in range(19 if classes is PROMOTER else 20)]
    rows = (f"{name}\trow\t{window('N', rng)}\n" for rng in turns for name in classes)
    (tmp_path / "train.tsv").write_text("class\tdonor\tsequence\n" + "".join(rows))
    with suppress(SystemExit):
        assert main(["dna", *arguments, "--data", str(tmp_path), "--work", str(tmp_path / "work")]) == code
    assert problem in capsys.readouterr().err


def test_without_others_it_learns_from_the_table_alone(tmp_path: Path) -> None:
    windows = read_sequences(table(tmp_path / "train.tsv", SPLICE, 2), SPLICE)
    assert examples(windows, DnaRecipe(others=0)).weights.tolist() == [1.0] * 6


def test_percentages_and_places(tmp_path: Path) -> None:
    windows = read_sequences(table(tmp_path / "train.tsv", SPLICE, 2), SPLICE)
    told = np.eye(3, dtype=np.float32)[[0, 1, 2, 0, 1, 1]]
    assert accuracy(windows, told) == {"accuracy": 83.33, "accuracy_by_class": {"EI": 100.0, "IE": 100.0, "N": 50.0}}


def test_windows_lie_anywhere_in_the_stream(tmp_path: Path) -> None:
    windows = read_sequences(table(tmp_path / "train.tsv", SPLICE, 4), SPLICE)
    stream = stream_of(windows)
    assert stream == stream_of(windows) != stream_of(windows, seed=1)
    assert len(stream.known) == 8
    for kind, position in stream.known:
        assert any(one.bases == stream.bases[position - 31 : position + 29] for one in windows)
        assert set(stream.bases[position - 31 : position - 1]) == set(
            SIDES["EI" if kind == "donor" else "IE"][0].encode()
        )
    assert len({position % 60 for _, position in stream.known}) > 4
    assert stream_of(windows, between=0).bases == b"".join(window.bases for window in windows)
    assert rates([], {"donor": 3}) == {"donor": {"sites": 3, "found": 0, "precision": 0.0, "recall": 0.0, "f1": 0.0}}
