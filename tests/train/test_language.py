"""Language models: parts of texts, streams with carried states, and a network that knows pears from pairs."""

import gzip
import json
import math
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow", reason="training needs tensorflow: pip install -e '.[train]'")

from edge.decoder.beam import Hypothesis  # noqa: E402
from edge.decoder.rescoring import Rescorer  # noqa: E402
from edge.errors import DataError  # noqa: E402
from edge.understanding.language import END, UNKNOWN, LanguageModel  # noqa: E402
from train.__main__ import main  # noqa: E402
from train.evaluate.language import computed, foresee  # noqa: E402
from train.evaluate.rescoring_command import rescored  # noqa: E402
from train.fit import FitConfig  # noqa: E402
from train.networks import Layer  # noqa: E402
from train.recipes.language.fitting import CarriedLoss, fit_network, windows  # noqa: E402
from train.recipes.language.recipe import LanguageRecipe  # noqa: E402
from train.recipes.language.texts import Unit, encode, labels_of, read_parts, read_test, unit_of  # noqa: E402

KITCHEN = (
    "the apple and pear salad is ready",
    "an apple and pear salad for two",
    "add an apple and a pear",
    "a pair of shoes and a pair of socks",
    "another pair and one more pair",
)
SMALL = LanguageRecipe(layers=(Layer(24),), streams=2, span=5, dropout=0.0)


def test_a_folder_names_its_parts(tmp_path: Path) -> None:
    with gzip.open(tmp_path / "train.txt.gz", "wt") as file:
        file.write("Learn this.\n")
    (tmp_path / "valid.txt").write_text("choosetest")
    parts = read_parts([tmp_path], "char")
    assert (parts.train, parts.validation, parts.test) == ("Learn this.\n", "choos", "etest")
    assert read_test(tmp_path, "char") == ("choosetest", 0)


def test_each_of_several_folders_chooses_and_tests(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / name).mkdir()
        (tmp_path / name / "train.txt").write_text("learn")
        (tmp_path / name / "val.txt").write_text(2 * name + 2 * name.upper())
    parts = read_parts([tmp_path / "a", tmp_path / "b"], "char")
    assert (parts.train, parts.validation, parts.test) == ("learnlearn", "aabb", "AABB")


def test_without_a_validation_file_the_end_of_the_text_is_held_back(tmp_path: Path) -> None:
    file = tmp_path / "book.txt"
    file.write_text("a" * 90 + "b" * 5 + "c" * 5)
    parts = read_parts([file], "char")
    assert (parts.train, parts.validation, parts.test) == ("a" * 90, "b" * 5, "c" * 5)


def test_no_spoken_sentence_is_in_two_parts(tmp_path: Path) -> None:
    file = tmp_path / "book.txt"
    file.write_text("".join(f"Say {chr(97 + a)}{chr(97 + b)}! " for a in range(26) for b in range(26)) * 2)
    parts = read_parts([file], "letters")
    found = [set(part.splitlines()) for part in (parts.train, parts.validation, parts.test)]
    assert all(found)
    assert len(set.union(*found)) == sum(map(len, found)) == 26 * 26


@pytest.mark.parametrize("unit", ["char", "letters", "word"])
@pytest.mark.parametrize("name", ["test", "valid", "holdout"])
def test_what_measures_a_model_never_trains_it(tmp_path: Path, unit: Unit, name: str) -> None:
    (tmp_path / "books.txt").write_text("".join(f"read the {chr(97 + n)} book\n" for n in range(26)) * 9)
    (tmp_path / f"{name}.txt").write_text("hold back this quince\n" * 9)
    parts = read_parts([tmp_path], unit)
    assert "quince" not in parts.train
    assert parts.train
    assert read_test(tmp_path, unit) == ("hold back this quince\n" * 9, 0)


def test_words_keep_the_sentences_that_hold_a_number(tmp_path: Path) -> None:
    (tmp_path / "calls.txt").write_text("".join(f"call {n} now\n" for n in range(60)))
    parts = read_parts([tmp_path], "word")
    assert "call ? now\n" in parts.train
    with pytest.raises(DataError, match="no sentence"):
        read_parts([tmp_path], "letters")


def test_one_sentence_is_too_few(tmp_path: Path) -> None:
    (tmp_path / "calls.txt").write_text("hello there\n")
    with pytest.raises(DataError, match="1 sentences are too few"):
        read_parts([tmp_path], "letters")


@pytest.mark.parametrize("unit", ["char", "letters"])
def test_an_empty_folder_is_refused(tmp_path: Path, unit: str) -> None:
    with pytest.raises(DataError, match="give"):
        read_parts([tmp_path], unit)  # type: ignore[arg-type]


def test_each_unit_has_its_symbols() -> None:
    chars = labels_of("aba\n", "char")
    assert chars == ("\n", "a", "b", UNKNOWN)
    assert encode("ab!", chars).tolist() == [1, 2, 3]
    words = labels_of("to be\nto do\n", "word", words=2)
    assert words == (END, UNKNOWN, "to", "be")
    assert encode("to be\nto do\n", words).tolist() == [2, 3, 0, 2, 1, 0]
    letters = labels_of("", "letters")
    assert [letters[index] for index in encode("it's\n", letters)] == ["i", "t", "'", "s", END]
    assert [unit_of(labels) for labels in (chars, words, letters)] == ["char", "word", "letters"]


def test_streams_go_on_where_they_ended_and_cover_the_text() -> None:
    ids = np.arange(23, dtype=np.int32)
    first, second, third = islice(windows(ids, SMALL), 3)
    np.testing.assert_array_equal(first[:, -1], second[:, 0])
    assert len({*first[:, :-1].ravel(), *second[:, :-1].ravel()}) == 20
    assert not np.array_equal(third, first)
    np.testing.assert_array_equal(next(windows(ids, SMALL, start=2)), third)


def test_the_loss_carries_its_states_to_the_next_window() -> None:
    ids = np.random.default_rng(0).integers(7, size=21).astype(np.int32)
    network = SMALL.network(7)
    recipe = replace(SMALL, streams=1)
    whole = CarriedLoss(network, 1, 0.0)(network, tf.constant(ids[None]))
    carried = CarriedLoss(network, 1, 0.0)
    parts = [carried(network, tf.constant(ids[None, at : at + recipe.span + 1])) for at in range(0, 20, recipe.span)]
    assert float(tf.reduce_mean(parts)) == pytest.approx(float(whole), rel=1e-5)
    again = carried(network, tf.constant(ids[None, : recipe.span + 1]))
    assert float(again) != pytest.approx(float(parts[0]), rel=1e-5)


def test_a_network_that_knows_nothing_loses_the_logarithm_of_its_symbols() -> None:
    labels = labels_of("abc", "char")
    network = SMALL.network(len(labels))
    network.heads["symbols"].kernel.assign(tf.zeros_like(network.heads["symbols"].kernel))
    found = foresee(computed(network), "abcabc", labels)
    assert (found.symbols, found.characters) == (5, 5)
    assert found.nats_per_char == pytest.approx(math.log(4), rel=1e-5)
    assert found.perplexity == pytest.approx(4, rel=1e-5)
    with pytest.raises(DataError, match="longer"):
        foresee(computed(network), "a", labels)


def test_words_are_told_by_their_perplexity_and_how_many_are_unknown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text, test, out = tmp_path / "calls.txt", tmp_path / "test.txt", tmp_path / "bundle"
    text.write_text("".join(f"call number {chr(97 + n // 26)}{chr(97 + n % 26)}\n" for n in range(600)))
    test.write_text("call incomprehensibilities\nnumber call\n")
    common = ["--data", str(text), "--work", str(tmp_path / "work"), "--unit", "word", "--words", "2", "--units", "4"]
    assert main(["language", "fit", *common, "--steps", "2", "--quantised-steps", "0"]) == 0
    assert main(["language", "publish", *common, "--out", str(out)]) == 0
    capsys.readouterr()
    evaluate = ["evaluate", "language", "--data", str(test), "--bundle", str(out)]
    assert main([*evaluate, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found.keys() == {"task", "bundle", "precision", "n", "perplexity", "unknown_percent", "left_out"}
    assert (found["n"], found["unknown_percent"]) == (6, 25.0)
    assert found["perplexity"] == pytest.approx(4, rel=0.2)
    assert main(evaluate) == 0
    assert "(int8): 25.00 % unknown, perplexity" in capsys.readouterr().out
    card = (out / "CARD.md").read_text()
    assert "Perplexity of a word or <eos>" in card
    assert "Nats" not in card
    row = next(line for line in card.splitlines() if line.startswith("| test |"))
    assert row.endswith(" | 33.3 |")
    assert json.loads((out / "manifest.json").read_text())["metrics"]["test"]["unknown_percent"] == 33.33


@pytest.fixture(scope="module")
def kitchen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("kitchen")
    text = folder / "train.txt"
    text.write_text("".join(f"{sentence}.\n" for sentence in KITCHEN) * 40)
    # By their checksums, all five sentences are of the training part.
    common = ["--data", str(text), "--work", str(folder / "work"), "--unit", "letters", "--units", "48"]
    few = ["--steps", "120", "--quantised-steps", "20", "--learning-rate", "0.02", "--dropout", "0"]
    assert main(["language", "fit", *common, *few]) == 0
    publish = ["--out", str(folder / "kitchen"), "--rescore-weight", "0.5", "--source", "kitchen", "CC0"]
    assert main(["language", "publish", *common, *publish]) == 0
    return folder


def test_the_apple_and_pear_salad_comes_out_right_because_of_the_language_model(kitchen: Path) -> None:
    heard = [Hypothesis("the apple and pair salad", -4.0, -4.0), Hypothesis("the apple and pear salad", -4.2, -4.2)]
    language = LanguageModel.load(kitchen / "kitchen")
    ranked = Rescorer(language.log_prob, language.rescore_weight)(heard)
    assert ranked[0].text == "the apple and pear salad"


def test_the_weight_of_a_second_opinion_is_read_from_word_errors() -> None:
    heard = [[Hypothesis("a pair tree", -4.0, -4.0), Hypothesis("a pear tree", -4.2, -4.2)]]
    rates = rescored(["a pear tree"], heard, {"a pair tree": -9.0, "a pear tree": -8.0}.__getitem__)
    assert rates == {0.0: 33.33, 0.1: 33.33, 0.2: 33.33, 0.3: 0.0, 0.5: 0.0, 0.8: 0.0}


def test_it_speaks_as_it_was_taught(kitchen: Path) -> None:
    language = LanguageModel.load(kitchen / "kitchen")
    assert set(language.sample(np.random.default_rng(1), 0.3).split()) <= set(" ".join(KITCHEN).split())


def test_a_bundle_is_scored_on_any_text(kitchen: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    card = (kitchen / "kitchen" / "CARD.md").read_text()
    assert "Nats per character, of 50000 characters" in card
    assert "\n| part | network, float | this file |\n|---|---|---|\n" in card
    scores = []
    file = tmp_path / "text.txt"
    for text in ("The apple and pear salad is ready.\n", "Quartz jumps over foxy vows.\n"):
        file.write_text(text)
        options = ["--data", str(file), "--bundle", str(kitchen / "kitchen"), "--json"]
        assert main(["evaluate", "language", *options]) == 0
        found = json.loads(capsys.readouterr().out)
        assert (found["task"], found["precision"], found["n"]) == ("language", "int8", len(text) - 1)
        assert found.keys() == {"task", "bundle", "precision", "n", "characters", "nats_per_char", "left_out"}
        scores.append(found["nats_per_char"])
    assert scores[0] < 0.3
    assert scores[1] > 2


def test_a_text_of_digits_alone_says_why_nothing_is_left(
    kitchen: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--data", str(tmp_path / "text.txt"), "--bundle", str(kitchen / "kitchen")]
    (tmp_path / "text.txt").write_text("Wake me at 7.\nRoom 12, please.\n")
    assert main(["evaluate", "language", *options]) == 65
    assert "text.txt: every sentence has digits" in capsys.readouterr().err
    (tmp_path / "text.txt").write_text("...\n")
    assert main(["evaluate", "language", *options]) == 65
    assert "text.txt: there is nothing to foresee" in capsys.readouterr().err


def test_sentences_that_letters_cannot_write_are_counted(
    kitchen: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "text.txt").write_text("the lamp is on\nWake me at 7.\nRoom 12, please.\n")
    options = ["--data", str(tmp_path / "text.txt"), "--bundle", str(kitchen / "kitchen")]
    assert main(["evaluate", "language", *options]) == 0
    assert "nats per character; 2 sentences with digits or foreign letters are left out" in capsys.readouterr().out


def test_another_bundle_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "text.txt").write_text("A text.")
    assert main(["evaluate", "language", "--data", str(tmp_path / "text.txt"), "--bundle", "trigger-en"]) == 65
    assert "no language model" in capsys.readouterr().err


def test_a_resumed_training_loses_what_an_unbroken_one_does(tmp_path: Path) -> None:
    ids = np.random.default_rng(0).integers(7, size=200).astype(np.int32)

    def losses(folder: str, *steps: int) -> list[float]:
        for some in steps:
            fit = FitConfig(steps=some, quantised_steps=0, warm_up=0, learning_rate=0.0)
            fit_network(ids, 7, replace(SMALL, fit=fit), tmp_path / folder)
        return list(json.loads((tmp_path / folder / "losses.json").read_text()))

    assert losses("broken", 3, 6) == losses("whole", 6)


def test_a_network_is_not_taught_another_text_under_its_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    books = [tmp_path / f"{name}.txt" for name in ("one", "other")]
    for book, words in zip(books, ("the lamp is on", "a cat sat up"), strict=True):
        book.write_text(f"{words}. " * 60)
    fit = ["language", "fit", "--unit", "word", "--words", "4", "--units", "4", "--steps", "2", "--work", str(tmp_path)]
    assert main([*fit, "--data", str(books[0])]) == 0
    labels = (tmp_path / "labels.json").read_text()
    assert main([*fit, "--data", str(books[1])]) == 64
    assert "holds the work of other options, people, voices, weights, texts" in capsys.readouterr().err
    assert (tmp_path / "labels.json").read_text() == labels


def test_nor_another_of_the_same_letters(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    books = [tmp_path / f"{name}.txt" for name in ("one", "other")]
    for book, words in zip(books, ("the lamp is on", "on is the lamp"), strict=True):
        book.write_text(f"{words}. " * 60)
    fit = ["language", "fit", "--units", "4", "--steps", "2", "--work", str(tmp_path)]
    assert main([*fit, "--data", str(books[0])]) == 0
    assert main([*fit, "--data", str(books[1])]) == 64
    assert "holds the work of other options, people, voices, weights, texts" in capsys.readouterr().err


def test_damaged_labels_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "book.txt").write_text("the lamp is on. " * 60)
    (tmp_path / "labels.json").write_text("{")
    (tmp_path / "weights.npz").touch()
    assert main(["language", "publish", "--data", str(tmp_path / "book.txt"), "--work", str(tmp_path)]) == 65
    assert f"error: {tmp_path}/labels.json is damaged (JSONDecodeError: " in capsys.readouterr().err
