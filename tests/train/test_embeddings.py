"""Word vectors: what the methods read, and what they learn from it."""

from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="training needs more libraries: pip install -e '.[train]'")

from edge.errors import DataError, UsageError
from edge.understanding.words import Embedding
from train.__main__ import main
from train.recipes.embeddings.command import METHODS
from train.recipes.embeddings.corpus import Corpus, read_corpus
from train.recipes.embeddings.glove import cooccurrences
from train.recipes.embeddings.huffman import huffman
from train.recipes.embeddings.method import Method, Settings, sigmoid
from train.recipes.embeddings.rows import LONGEST, adagrad, ascend
from train.recipes.embeddings.training import train
from train.recipes.embeddings.vectors import WordVectors
from train.recipes.embeddings.windows import Reading, stretches, subsample

SETTINGS = Settings(dimensions=8, epochs=12, window=3, rate=0.1, threshold=1.0)


def corpus_of(*sentences: str) -> Corpus:
    words = tuple(sorted({word for sentence in sentences for word in sentence.split()}))
    ids = [words.index(word) for sentence in sentences for word in sentence.split()]
    numbers = [number for number, sentence in enumerate(sentences) for _ in sentence.split()]
    return Corpus(words, np.array(ids, np.int32), np.array(numbers, np.int32))


@pytest.fixture(scope="module")
def two_topics() -> Corpus:
    rng = np.random.default_rng(0)
    topics = ([f"sea{n}" for n in range(6)], [f"town{n}" for n in range(6)])
    return corpus_of(*(" ".join(rng.choice(topics[number % 2], 8)) for number in range(600)))


def test_a_corpus_has_the_frequent_words_of_all_texts_by_frequency(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("The lamp, the lamp! Don't.\nIn 1912 the quince stood.\n")
    (tmp_path / "b.jsonl").write_text('{"text": "don\'t the lamp"}\n')
    corpus = read_corpus([tmp_path / "a.txt", tmp_path / "b.jsonl"], size=3, min_count=2)
    assert corpus.words == ("the", "lamp", "don't")
    assert corpus.ids.tolist() == [0, 1, 0, 1, 2, 0, 2, 0, 1]
    assert corpus.sentences.tolist() == [0, 0, 0, 0, 1, 2, 3, 3, 3]
    assert corpus.counts.tolist() == [4, 3, 2]


def test_a_corpus_comes_back_from_its_file(tmp_path: Path, two_topics: Corpus) -> None:
    two_topics.save(tmp_path / "corpus.npz")
    back = Corpus.load(tmp_path / "corpus.npz")
    assert back.words == two_topics.words
    assert (back.ids == two_topics.ids).all()
    assert (back.sentences == two_topics.sentences).all()


def test_texts_without_a_frequent_word_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("one two three\n")
    with pytest.raises(DataError, match=r"a\.txt: no word stands there 5 times; give longer texts"):
        read_corpus([tmp_path / "a.txt"], size=10)


def test_frequent_words_are_thinned_out_as_the_formula_says() -> None:
    ids = np.repeat(np.arange(2, dtype=np.int32), (90_000, 10_000))
    kept = subsample(ids, np.array([0.9, 0.1]), 0.01, np.random.default_rng(0))
    shares = np.bincount(ids[kept], minlength=2) / [90_000, 10_000]
    assert shares == pytest.approx([(0.01 / 0.9) ** 0.5 + 0.01 / 0.9, 0.1**0.5 + 0.1], abs=0.01)


def test_windows_stay_in_their_sentence_and_miss_nobody() -> None:
    corpus = corpus_of("a b c d e", "f g", "h")
    reading = Reading(window=2, threshold=100.0, centres=3, stretches=2)
    pairs = set()
    for seed in range(40):
        for words, near in stretches(corpus, slice(0, 8), reading, np.random.default_rng(seed)):
            for stretch, centre, other in np.argwhere(near):
                pairs.add(tuple(corpus.words[words[stretch, place]] for place in (centre + 2, other)))
    near_by = {"ab", "ac", "bc", "bd", "cd", "ce", "de", "fg"}
    assert {"".join(pair) for pair in pairs} == near_by | {pair[::-1] for pair in near_by}


def test_close_words_are_read_more_often() -> None:
    corpus = corpus_of("a b c d e f g h i j k")
    reading, distances = Reading(window=4, threshold=100.0, centres=11), np.zeros(5)
    for seed in range(300):
        ((_, near),) = stretches(corpus, slice(0, 11), reading, np.random.default_rng(seed))
        distances[1:] += near[0, 5, [10, 11, 12, 13]]
    assert distances[1:] / 300 == pytest.approx([1, 0.75, 0.5, 0.25], abs=0.08)


def test_the_huffman_tree_is_the_shortest_there_is() -> None:
    tree = huffman(np.array([8, 4, 2, 1, 1]))
    assert np.abs(tree.turns).sum(1).tolist() == [1, 2, 3, 4, 4]
    assert (tree.nodes[:, 0] == 3).all()


def test_the_ways_through_the_tree_share_out_all_probability() -> None:
    rng = np.random.default_rng(0)
    tree = huffman(rng.integers(1, 100, 50))
    scores = rng.normal(size=49).astype(np.float32)[tree.nodes]
    ways = np.where(tree.turns == 0, 1, sigmoid(tree.turns * scores)).prod(1)
    assert ways.sum() == pytest.approx(1, abs=1e-5)


def test_meetings_count_by_their_distance_on_both_sides() -> None:
    met = cooccurrences(corpus_of("a b c", "c a"), window=2).toarray()
    assert met == pytest.approx(np.array([[0, 1, 1.5], [1, 0, 1], [1.5, 1, 0]]))


def test_meetings_beyond_a_part_of_the_text_are_counted(monkeypatch: pytest.MonkeyPatch, two_topics: Corpus) -> None:
    whole = cooccurrences(two_topics, 3).toarray()
    monkeypatch.setattr("train.recipes.embeddings.glove.PART_WORDS", 7)
    assert cooccurrences(two_topics, 3).toarray() == pytest.approx(whole, rel=1e-5)


def test_gradients_of_a_row_add_up_but_not_without_end() -> None:
    table, rows = np.zeros((4, 2), np.float32), np.array([[1, 3], [3, 3]])
    ascend(table, rows, np.ones((2, 2, 2), np.float32), np.ones((2, 2), np.float32), rate=0.5)
    assert table.tolist() == [[0, 0], [0.5, 0.5], [0, 0], [1.5, 1.5]]
    many = np.zeros(1000, int)
    ascend(table, many, np.ones((1000, 2), np.float32), np.ones(1000, np.float32), rate=0.5)
    assert table[0] == pytest.approx([LONGEST] * 2)


def test_adagrad_slows_down_where_it_has_moved() -> None:
    table, squares = np.zeros((2, 1), np.float32), np.ones((2, 1), np.float32)
    for _ in range(2):
        adagrad(table, squares, np.array([1, 1]), np.ones((2, 1), np.float32), rate=1.0)
    assert table.ravel() == pytest.approx([0, -2 / 5**0.5 - 2 / 9**0.5])


@pytest.mark.parametrize("name", METHODS)
def test_words_of_one_topic_come_to_lie_together(name: str, two_topics: Corpus, tmp_path: Path) -> None:
    method = METHODS[name].make(two_topics, replace(SETTINGS, rate=METHODS[name].defaults.rate, epochs=48))
    losses = train(method, tmp_path / "checkpoint.npz")
    assert losses[-1] < losses[0]
    unit = WordVectors(two_topics.words, method.vectors).unit
    cosines = unit @ unit.T
    within = (cosines[:6, :6].sum() + cosines[6:, 6:].sum() - 12) / 60
    assert within > cosines[:6, 6:].mean() + 0.5


@pytest.mark.parametrize("name", ["skipgram-ns", "skipgram-hs"])
def test_a_part_of_which_no_word_is_kept_teaches_nothing(name: str, two_topics: Corpus) -> None:
    method = METHODS[name].make(two_topics, replace(SETTINGS, threshold=1e-12))
    before = method.vectors.copy()
    assert method.learn(0) == 0.0
    assert (method.vectors == before).all()


@pytest.mark.parametrize("name", METHODS)
def test_training_goes_on_where_it_was_stopped(name: str, two_topics: Corpus, tmp_path: Path) -> None:
    make = METHODS[name].make
    settings = replace(SETTINGS, epochs=4)
    whole, stopped, resumed = (make(two_topics, settings) for _ in range(3))
    train(whole, tmp_path / "whole.npz")
    stopped.learn = _stopping(stopped)  # type: ignore[method-assign, assignment]
    with pytest.raises(KeyboardInterrupt):
        train(stopped, tmp_path / "part.npz", clock=map(float, count(0, 100)).__next__)
    assert len(train(resumed, tmp_path / "part.npz")) == 2
    assert (resumed.vectors == whole.vectors).all()


def test_the_checkpoint_of_another_training_is_refused(two_topics: Corpus, tmp_path: Path) -> None:
    make = METHODS["skipgram-ns"].make
    train(make(two_topics, replace(SETTINGS, epochs=1)), tmp_path / "checkpoint.npz")
    with pytest.raises(UsageError, match="is of another training; delete it, or give another --work"):
        train(make(two_topics, replace(SETTINGS, dimensions=9)), tmp_path / "checkpoint.npz")
    with pytest.raises(UsageError, match="is of other settings or texts; delete it, or give another --work"):
        train(make(two_topics, replace(SETTINGS, rate=0.2)), tmp_path / "checkpoint.npz", made_by="another rate")


def test_the_corpus_of_other_texts_is_not_taken_for_these(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, text in (("a", "the lamp is on. "), ("b", "the lamp is off. ")):
        (tmp_path / f"{name}.txt").write_text(text * 9)
    few = ["embeddings", "--work", str(tmp_path / "work"), "--dimensions", "4", "--epochs", "1"]
    first = [*few, "--text", str(tmp_path / "a.txt")]
    assert [main(first), main(few), main(first)] == [0, 0, 0]
    assert capsys.readouterr().out.count("holds a training that is finished") == 2
    absent = [*few, "--text", str(tmp_path / "absent.txt")]
    for other in ([*few, "--text", str(tmp_path / "b.txt")], absent, [*first, "--words", "3"]):
        assert main(other) == 64
        assert "a.txt (144 bytes): leave --text out to go on with it, or give another" in capsys.readouterr().err
    assert main([*few, "--epochs", "2"]) == 64
    assert "is of other settings or texts" in capsys.readouterr().err


@pytest.mark.parametrize("name", METHODS)
def test_a_few_words_are_learnt_or_refused(name: str, tmp_path: Path) -> None:
    corpus = corpus_of("sea town", "town")
    method = METHODS[name].make(corpus, replace(SETTINGS, window=15, threshold=0.0))
    assert np.isfinite(train(method, tmp_path / "checkpoint.npz")).all()
    assert np.isfinite(method.vectors).all()
    (tmp_path / "alone.txt").write_text("sea.\ntown.\n" * 9)
    with pytest.raises(DataError, match="no sentence has two words that are known"):
        read_corpus([tmp_path / "alone.txt"], size=3)


def test_what_is_thinned_out_altogether_is_not_read(two_topics: Corpus) -> None:
    rng = np.random.default_rng(0)
    assert list(stretches(two_topics, slice(0, 3), Reading(threshold=1e-12), rng)) == []
    assert subsample(two_topics.ids, two_topics.counts / len(two_topics.ids), 0.0, rng).all()


def _stopping(method: Method) -> Callable[[int], float]:
    learn = method.learn

    def stop_before_the_third(part: int) -> float:
        if part == 2:
            raise KeyboardInterrupt
        return learn(part)

    return stop_before_the_third


def test_vectors_come_back_from_their_text_file(tmp_path: Path) -> None:
    vectors = WordVectors(("lamp", "don't"), np.array([[1, 2.5], [-3, 1e-7]], np.float32))
    vectors.write(tmp_path / "vectors.txt")
    back = WordVectors.read(tmp_path / "vectors.txt")
    assert back.words == vectors.words
    assert back.matrix == pytest.approx(vectors.matrix, rel=1e-5)


@pytest.mark.parametrize("text", ["", "2 3\na 1 2 3\n", "1 2\na 1 b\n", "no numbers\n"])
def test_a_file_that_holds_no_vectors_is_said(tmp_path: Path, text: str) -> None:
    (tmp_path / "vectors.txt").write_text(text)
    with pytest.raises(DataError, match="name vectors in word2vec's text format"):
        WordVectors.read(tmp_path / "vectors.txt")


def test_the_table_of_a_device_keeps_directions(tmp_path: Path) -> None:
    matrix = np.random.default_rng(0).normal(size=(30, 16)).astype(np.float32)
    vectors = WordVectors(tuple(f"w{n}" for n in range(30)), matrix)
    (tmp_path / "words.embedding").write_bytes(vectors.table().to_bytes())
    table = Embedding.open(tmp_path / "words.embedding")
    assert table.embed(["w3", "nothing"]) == pytest.approx(np.stack([vectors.unit[3], np.zeros(16)]), abs=0.005)
    back = WordVectors.of_table(table)
    assert back.words == vectors.words
    assert (back.unit * vectors.unit).sum(1).min() > 0.9995


def test_neighbours_are_the_nearest_by_angle() -> None:
    vectors = WordVectors(("a", "b", "c"), np.array([[1, 0], [9, 1], [0.1, 0.5]], np.float32))
    assert vectors.nearest("a", 2) == ["b", "c"]


def test_a_damaged_corpus_or_checkpoint_is_named(tmp_path: Path, two_topics: Corpus) -> None:
    path = tmp_path / "corpus.npz"
    two_topics.save(path)
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(DataError, match=r"corpus\.npz cannot be read: .*; delete it, and make it again"):
        Corpus.load(path)
