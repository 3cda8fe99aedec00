"""The recipe of sentiment, from the formats of its corpora to a bundle that the device reads."""

import gzip
import json
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from edge.errors import DataError
from edge.model import StreamingModel
from edge.model.stream import verify_golden
from edge.understanding.sentiment import SentimentClassifier
from edge.understanding.words import Vocabulary
from train.__main__ import main
from train.corpora.opinions import (
    MILD,
    NEGATIVE,
    NEUTRAL,
    POSITIVE,
    Opinion,
    find_opinions,
    part_of,
    read_opinions,
    spoken,
)
from train.evaluate.sentiment import CONTRASTS, POLARITY, STARS, calibration_error, evaluate, scheme_of
from train.export import load_weights
from train.fit import FitConfig
from train.recipes.sentiment.classifier import Baseline, Classifier, probabilities
from train.recipes.sentiment.fitting import fit_classifier, vocabulary_of
from train.recipes.sentiment.negations import PRAISE, negations
from train.recipes.sentiment.recipe import BENCHMARK, SHIPPED, SentimentRecipe
from train.recipes.sentiment.texts import FILES, LEXICON, PHRASES, REPEATED, SENTENCES, lessons
from train.vectors import WordVectors, along_axes, look_up

TURNING = [
    Opinion(tuple(f"{start} {words}".split()), stars)
    for start in ("it was", "we found it", "they were", "i am")
    for words, stars in (
        ("good and not bad", POSITIVE),
        ("bad and not good", NEGATIVE),
        ("good", POSITIVE),
        ("bad", NEGATIVE),
    )
]
"""Of the first two, both hold the same words."""


def pack(path: Path, text: str) -> Path:
    path.parent.mkdir(exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.write(text)
    return path


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of texts with all that the recipe reads."""
    folder = tmp_path_factory.mktemp("texts")
    label = {NEGATIVE: 0, POSITIVE: 1}
    lines = [(label[one.stars], " ".join((*one.words, str(n)))) for n in range(25) for one in TURNING]
    pack(folder / FILES["mr"], "".join(f"{polarity}\t{text}\n" for polarity, text in lines))
    head = "source\tlabel\ttext\n"
    pack(folder / FILES["uci"], head + "".join(f"yelp\t{polarity}\t{text}!\n" for polarity, text in lines))
    reviews = [{"text": f"the {text}", "score": 4 * polarity - 2, "aspects": []} for polarity, text in lines]
    pack(folder / FILES["products"], "".join(json.dumps(review) + "\n" for review in reviews))
    pack(folder / "sentiment_products" / "positive-words.txt.gz", "; a lexicon\n\nbeautiful\nkindness\n")
    pack(folder / "sentiment_products" / "negative-words.txt.gz", "; a lexicon\n\ndreadful\nrudeness\n")
    for part in ("train_nlueval", "devel"):
        pack(folder / "ner_slurp" / f"{part}.conll.gz", "turn\tO\nit\tO\non\tO\n\nstop\tO\n")
    return folder


@pytest.fixture(scope="module")
def work(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trained classifier and its bundle."""
    folder = tmp_path_factory.mktemp("sentiment")
    arguments = ["--data", str(data), "--work", str(folder / "run"), "--dims", "8", "--units", "16"]
    assert main(["sentiment", "fit", *arguments, "--steps", "60", "--quantised-steps", "10", "--dropout", "0"]) == 0
    assert main(["sentiment", "publish", *arguments, "--out", str(folder / "bundle")]) == 0
    return folder


def test_the_device_computes_what_was_trained(work: Path, data: Path) -> None:
    recipe = SentimentRecipe(dims=8, units=16)
    learnt = Classifier(recipe, vocabulary_of(lessons(SHIPPED, data), recipe))
    load_weights(learnt, work / "run" / "weights.npz")
    device = SentimentClassifier(StreamingModel.load(work / "bundle"))
    for words in (opinion.words for opinion in TURNING):
        expected = learnt.logits(look_up(learnt.vectors.vocabulary, [words]))[0].numpy()
        assert np.abs(device.logits(words) - expected).max() < 0.3


def test_the_golden_vectors_of_the_bundle_come_out_again(work: Path) -> None:
    assert verify_golden(StreamingModel.load(work / "bundle"))


def test_the_card_tells_how_the_bundle_fares(work: Path) -> None:
    card = (work / "bundle" / "CARD.md").read_text()
    assert "| mr, held back | " in card
    assert "| contrasts | " in card
    assert "Apache-2.0" in card


def test_a_bundle_is_scored_on_any_file(work: Path, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--data", str(data / "sentiment_uci"), "--bundle", str(work / "bundle"), "--json"]
    assert main(["evaluate", "sentiment", *arguments]) == 0
    result = json.loads(capsys.readouterr().out)
    assert (result["task"], result["precision"], result["n"], result["answers"]) == ("sentiment", "int8", 400, 2)
    assert 0 < result["accuracy"] <= 100


def test_sentences_that_have_no_mood_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    review = {"text": "it came on a monday", "score": 0, "aspects": []}
    (tmp_path / "test.jsonl").write_text(json.dumps(review) + "\n")
    assert main(["evaluate", "sentiment", "--data", str(tmp_path)]) == 65
    said = capsys.readouterr()
    assert "test.jsonl: no sentence is known to be negative or positive" in said.err
    assert said.out == ""


def test_a_report_wants_a_bundle_and_no_work(work: Path, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = ["--data", str(data), "--out", str(work / "bundle")]
    assert main(["sentiment", "report", *given]) == 0
    assert "| contrasts | " in capsys.readouterr().out
    for stage in (["fit"], ["publish"], ["report", "--baseline"]):
        assert main(["sentiment", *stage, *given]) == 64
        assert f"{stage[0]} needs --work: a folder for checkpoints and weights" in capsys.readouterr().err


def small(*, baseline: bool) -> Classifier | Baseline:
    fit = FitConfig(steps=120, quantised_steps=0, learning_rate=2e-2, warm_up=5, clip_norm=5.0)
    recipe = SentimentRecipe(
        baseline=baseline, dims=8, units=16, buckets=64, tokens=24, dropout=0.0, corrupted=0.0, fit=fit
    )
    return (Baseline if baseline else Classifier)(recipe, vocabulary_of(TURNING, recipe))


@pytest.mark.parametrize(("baseline", "right"), [(False, 100), (True, 75)])
def test_a_bag_of_words_cannot_tell_what_a_gru_can(baseline: bool, right: float, tmp_path: Path) -> None:
    classifier = small(baseline=baseline)
    fit_classifier(classifier, TURNING, tmp_path)
    assert evaluate(TURNING, partial(probabilities, classifier), POLARITY).accuracy == right


def test_a_batch_gives_what_the_sentences_give_alone() -> None:
    classifier = small(baseline=False)
    vocabulary = classifier.vectors.vocabulary
    sentences = [["good", "day"], ["bad", "day"]]
    together = tf.nn.softmax(classifier.logits(look_up(vocabulary, sentences))).numpy()
    np.testing.assert_allclose(together, [probabilities(classifier, words) for words in sentences], atol=1e-6)


def test_a_training_may_start_from_vectors_that_are_there() -> None:
    learnt = WordVectors(Vocabulary(("good", "fine"), 1), dims=8, seed=7).embedding()
    classifier = small(baseline=False)
    classifier.vectors.start_from(learnt)
    row = classifier.vectors.table.numpy()[classifier.vectors.vocabulary.index("good")]
    np.testing.assert_allclose(row, learnt.embed(["good"])[0], atol=1e-6)
    with pytest.raises(DataError, match="--dims 1 to 4, not 8"):
        classifier.vectors.start_from(WordVectors(Vocabulary((), 1), dims=4).embedding())


def test_a_network_for_comparison_learns_all_phrases_and_may_know_more_words(tmp_path: Path) -> None:
    pack(tmp_path / PHRASES, "2\ta film\n4\tgood\n")
    pack(tmp_path / SENTENCES, "0\tbad film\n3\tfilm\n")
    for file in LEXICON:
        pack(tmp_path / file, "fine\n" if "positive" in file else "poor\n")
    taught = lessons(BENCHMARK, tmp_path)
    assert [set(stars) for _, stars in taught] == [{3}, {5}, *[{1}, {4}] * REPEATED, {4, 5}, {1, 2}]
    recipe = SentimentRecipe(dims=4, units=3, layers=2)
    assert vocabulary_of(taught, recipe, known=("zebra",)).words == ("bad", "film", "zebra")
    assert len(recipe.network().initial_states(1)) == 4


def test_labels_become_the_stars_that_may_be_right(tmp_path: Path) -> None:
    binary = pack(tmp_path / "a.tsv.gz", "0\tDo n't\n1\tIt 's , good !\n1\t...\n")
    assert read_opinions(binary) == [Opinion(("don't",), NEGATIVE), Opinion(("it's", "good"), POSITIVE)]
    graded = pack(tmp_path / "b.tsv.gz", "0\tbad\n2\tso\n4\tgood\n")
    assert [opinion.stars for opinion in read_opinions(graded)] == [{1}, {3}, {5}]


def test_strengths_of_aspects_become_stars(tmp_path: Path) -> None:
    scored = [(-5, [["a", -5]]), (-1, [["a", -1]]), (0, []), (0, [["a", 1], ["b", -1]]), (2, [["a", 2]]), (3, [])]
    lines = (json.dumps({"text": "a", "score": score, "aspects": aspects}) + "\n" for score, aspects in scored)
    found = read_opinions(pack(tmp_path / "a.jsonl.gz", "".join(lines)))
    assert [opinion.stars for opinion in found] == [{1}, {2}, MILD, {4}, {5}]


def test_trees_hold_their_label_first_and_their_words_in_their_leaves(tmp_path: Path) -> None:
    trees = pack(tmp_path / "a.trees.txt.gz", "(3 (2 It) (4 (4 's) (3 (2 -LRB-) (2 good))))\n\n(0 (1 do) (2 n't))\n")
    assert read_opinions(trees) == [
        Opinion(("it's", "good"), frozenset((4,))),
        Opinion(("don't",), frozenset((1,))),
    ]


def test_a_text_is_a_lexicon_only_if_its_name_says_of_what(tmp_path: Path) -> None:
    for name, stars in (("negative-words.txt", NEGATIVE), ("my_positive.txt.gz", POSITIVE)):
        write = pack if name.endswith(".gz") else lambda path, text: path.write_text(text) and path
        assert read_opinions(write(tmp_path / name, "; of old\ntwo-faced\n")) == [Opinion(("two", "faced"), stars)]
    (tmp_path / "words.txt").write_text("(2 (2 fine) film)\n")
    with pytest.raises(DataError, match=r"'\(2 \(2 fine\) film\)' is no tree .*; name a table"):
        read_opinions(tmp_path / "words.txt")


@pytest.mark.parametrize(("name", "text"), [("a.tsv", "1\tgood\n"), ("a.jsonl", '{"text": "good", "score": 2}\n')])
def test_a_byte_order_mark_and_blank_lines_cost_nothing(name: str, text: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(f"\ufeff{text}\n  \n", encoding="utf-8")
    assert [opinion.words for opinion in read_opinions(tmp_path / name)] == [("good",)]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.tsv", "good\tgood\n"),
        ("a.tsv", "7\tgood\n"),
        ("a.tsv", "\tgood\n"),
        ("a.tsv", "12\tgood\n"),
        ("a.tsv", "1 good\n"),
        ("a.tsv", "label\tcomment\n1\tgood\n"),
        pytest.param("a.tsv", "1\t" + "a" * 200_000, id="a cell without end"),
        ("a.jsonl", "{}\n"),
        ("a.jsonl", '{"text": 5, "score": 2, "aspects": []}'),
        ("a.jsonl", '{"text": "good", "score": Infinity, "aspects": []}'),
    ],
)
def test_a_file_that_is_something_else_is_refused(name: str, text: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(DataError, match=f"{name}, line .*; name a table"):
        read_opinions(tmp_path / name)


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("a.tsv", "1\tgood\n\n5\tbest\n0\tbad\n", "line 3: '5 best' is not a label of 0 to 4"),
        ("a.jsonl", '{"text": "good", "score": 2}\n{"text": "bad"}\n', "line 2: it has no 'score'"),
        ("a.jsonl", '{"text": "good", "score": 2}\n{"text": "bad", }\n', "line 2: .*, in column"),
        ("a.txt", "(2 fine)\n(2 (2 fine) film)\n", "line 2: .* is no tree"),
    ],
)
def test_the_line_that_is_wrong_is_named(name: str, text: str, problem: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(DataError, match=f"{name}, {problem}"):
        read_opinions(tmp_path / name)


def test_a_review_need_not_tell_its_aspects(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "so", "score": 0}\n{"text": "good", "score": 3}\n')
    assert [set(opinion.stars) for opinion in read_opinions(tmp_path / "a.jsonl")] == [MILD, {5}]


@pytest.mark.parametrize("heading", ["sentence\tlabel", "Text\tLabel", "text\tlabel\tsource"])
def test_columns_may_have_the_names_of_other_publishers(heading: str, tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_text(f"{heading}\ngood\t1\tx\nbad\t0\tx\n")
    assert read_opinions(tmp_path / "a.tsv") == [Opinion(("good",), POSITIVE), Opinion(("bad",), NEGATIVE)]


def test_a_folder_is_scored_by_its_test(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"neither \*\.tsv nor"):
        find_opinions(tmp_path)
    for name in ("sst2_train.tsv", "sst2_dev.tsv"):
        (tmp_path / name).touch()
    assert find_opinions(tmp_path).name == "sst2_dev.tsv"
    (tmp_path / "sst2_test.tsv.gz").touch()
    assert find_opinions(tmp_path).name == "sst2_test.tsv.gz"


@given(st.lists(st.text("abc", min_size=1, max_size=3), min_size=1, max_size=4))
def test_parts_depend_on_the_words_alone(words: list[str]) -> None:
    first, second = Opinion(tuple(words), NEGATIVE), Opinion(tuple(words), POSITIVE)
    assert part_of(first) == part_of(second)
    assert part_of(first, one_in=1) == "test"


def test_negations_turn_the_mood_of_a_word() -> None:
    lexicon = [Opinion((word,), POSITIVE) for word in ("joyful", "kindness")]
    made = {" ".join(opinion.words): opinion.stars for opinion in negations(lexicon, count=4000)}
    assert (made["far from joyful"], made["always joyful"]) == (NEGATIVE, POSITIVE)
    for text, stars in made.items():
        if text.startswith(("devoid of ", "full of ")):
            praises = text.split()[2] in {*PRAISE.split(), "joyful"}
            assert (stars == POSITIVE) == (praises == text.startswith("full"))
    assert not any("kindness" in text or "{" in text for text in made)


def test_no_contrast_is_among_what_trains() -> None:
    made = {opinion.words for opinion in negations([])}
    assert not made & {opinion.words for opinion in CONTRASTS}
    assert spoken("Completely lacking in good taste, good service and good ambience") == CONTRASTS[0].words


def test_five_answers_where_each_sentence_has_one_of_five() -> None:
    exact = [Opinion(("a",), frozenset((2,))), Opinion(("b",), NEUTRAL)]
    assert scheme_of(exact) == STARS
    assert scheme_of([*exact, Opinion(("c",), POSITIVE)]) == scheme_of([]) == POLARITY


def test_only_sentences_with_an_answer_count() -> None:
    opinions = [Opinion(("good",), POSITIVE), Opinion(("good",), NEGATIVE), Opinion(("good",), MILD)]
    result = evaluate(opinions, lambda _: np.array([0.0, 0.1, 0.5, 0.0, 0.4], np.float32), POLARITY)
    assert (result.n, result.accuracy) == (2, 50.0)
    assert result.calibration_error == pytest.approx(30, abs=0.1)
    assert evaluate([], lambda _: np.ones(5, np.float32), STARS).n == 0


def test_who_is_right_as_often_as_sure_is_calibrated() -> None:
    sure = np.array([0.75] * 4 + [1.0] * 2)
    assert calibration_error(sure, np.array([1, 1, 1, 0, 1, 1])) == 0
    assert calibration_error(sure, np.array([0, 0, 0, 0, 1, 1])) == pytest.approx(0.5)


def test_vectors_that_are_too_wide_begin_along_their_principal_axes() -> None:
    rng = np.random.default_rng(1)
    wide = (rng.normal(size=(50, 8)) * [0.1, 3, 0.1, 0.1, 2, 0.1, 0.1, 0.1]).astype(np.float32)
    narrow = along_axes(wide, 2)
    assert narrow.shape == (50, 2)
    np.testing.assert_allclose(narrow @ narrow.T, wide[:, [1, 4]] @ wide[:, [1, 4]].T, atol=2.0)
    np.testing.assert_array_equal(along_axes(wide, 8), wide)
