"""Words in: the tokeniser, the vocabulary, and the embedding with its file."""

import random
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.errors import DataError
from edge.files import PREAMBLE
from edge.understanding.words import LONGEST, UNKNOWN, Embedding, Vocabulary, tokenise

pytestmark = pytest.mark.runtime

KNOWN = ("kitchen", "light", "tuesday")


@pytest.fixture
def embedding() -> Embedding:
    rng = np.random.default_rng(1)
    vocabulary = Vocabulary(KNOWN, buckets=512)
    count = len(vocabulary) + vocabulary.buckets
    rows = rng.integers(-127, 128, (count, 16)).astype(np.int8)
    return Embedding(vocabulary, rows, rng.uniform(0.01, 0.02, count).astype(np.float32))


def cosine(embedding: Embedding, one: str, other: str) -> float:
    u, v = embedding.embed([one, other])
    return float(u @ v / np.linalg.norm(u) / np.linalg.norm(v))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Turn ON the light!", ["turn", "on", "the", "light"]),
        ("what's Anna\u2019s number?", ["what's", "anna's", "number"]),
        ("wake me at 7:30, or 7.45pm", ["wake", "me", "at", "7:30", "or", "7.45pm"]),
        ("'quoted' rock-and-roll", ["quoted", "rock", "and", "roll"]),
        ("Cafe\u0301 caf\u00e9", ["caf\u00e9", "caf\u00e9"]),
        ("\U0001f600 \x00\x1b[31m ok\t\n", ["31m", "ok"]),
        ("\u043f\u0440\u0438\u0432\u0435\u0442 \u4f60\u597d", ["\u043f\u0440\u0438\u0432\u0435\u0442", "\u4f60\u597d"]),
        ("10\u00b2 m\u00b3 H\u2082O\u2074", ["10", "m", "h2o"]),
        ("\udcff broken", ["broken"]),
        ("_ - ' ...", []),
        ("", []),
    ],
)
def test_words_are_lower_case_without_what_stands_between_them(text: str, words: list[str]) -> None:
    assert [word.text for word in tokenise(text)] == words


@given(st.text())
def test_spans_lie_in_order_and_hold_the_word(text: str) -> None:
    end = 0
    for word in tokenise(text):
        assert end <= word.start < word.end <= len(text)
        assert [one.text for one in tokenise(text[word.start : word.end])] == [word.text]
        end = word.end


@given(st.lists(st.text("abc'", min_size=1).filter(lambda word: word.strip("'") == word and "''" not in word)))
def test_words_of_letters_come_back_as_they_are(words: list[str]) -> None:
    assert [word.text for word in tokenise(" ".join(words))] == words


def test_a_long_text_takes_little_time() -> None:
    assert len(tokenise("word " * 10_000 + "'" * 100_000)) == 10_000


def test_each_known_word_has_its_place_in_the_one_hot_vector() -> None:
    vocabulary = Vocabulary(KNOWN, buckets=8)
    assert [vocabulary.index(word) for word in (*KNOWN, "kitchn")] == [1, 2, 3, UNKNOWN]
    assert len(vocabulary) == 4


def test_ngrams_are_those_of_the_marked_word() -> None:
    expected = ["<at", "at>", "<at>"]
    assert Vocabulary((), 1000).ngrams("at") == [zlib.crc32(gram.encode()) % 1000 for gram in expected]


def test_a_word_without_end_counts_only_by_its_beginning(embedding: Embedding) -> None:
    endless = "ab" * 50_000
    assert len(embedding.vocabulary.ngrams(endless)) < 3 * LONGEST
    np.testing.assert_array_equal(*embedding.embed([endless, endless[:LONGEST]]))


def test_the_vector_is_the_words_row_and_the_mean_of_its_ngrams(embedding: Embedding) -> None:
    table = embedding.rows * embedding.scales[:, None]
    words, grams = table[:4], table[4:]
    for word, row in (("light", words[2]), ("lihgt", words[UNKNOWN])):
        expected = row + grams[embedding.vocabulary.ngrams(word)].mean(axis=0)
        np.testing.assert_allclose(embedding.embed([word])[0], expected, rtol=1e-5)


def test_a_misspelt_word_lies_nearer_to_its_own_than_to_another(embedding: Embedding) -> None:
    scales = np.concatenate([np.zeros(1, np.float32), embedding.scales[1:513]])
    unknown = Embedding(Vocabulary((), 512), embedding.rows[:513], scales)
    assert cosine(unknown, "tuesday", "tuesdy") > cosine(unknown, "kitchen", "tuesdy") + 0.2


def test_no_words_have_no_vectors(embedding: Embedding) -> None:
    assert embedding.embed([]).shape == (0, 16)


def test_a_file_gives_back_what_was_written(embedding: Embedding, tmp_path: Path) -> None:
    path = tmp_path / "words.embedding"
    path.write_bytes(embedding.to_bytes())
    read = Embedding.open(path)
    assert (read.vocabulary.words, read.vocabulary.buckets, read.dims) == (KNOWN, 512, 16)
    words = ["light", "lihgt", "\u4f60\u597d"]
    np.testing.assert_array_equal(read.embed(words), embedding.embed(words))


def test_an_embedding_may_know_no_words(tmp_path: Path) -> None:
    path = tmp_path / "words.embedding"
    path.write_bytes(Embedding(Vocabulary((), 2), np.ones((3, 4), np.int8), np.ones(3, np.float32)).to_bytes())
    assert Embedding.open(path).embed(["any"]).tolist() == [[2.0] * 4]


def test_a_damaged_file_is_refused_with_the_mend(embedding: Embedding, tmp_path: Path) -> None:
    path, whole, rng = tmp_path / "words.embedding", embedding.to_bytes(), random.Random(1)
    for _ in range(50):
        at = rng.randrange(len(whole))
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << rng.randrange(8)]) + whole[at + 1 :])
        with pytest.raises(DataError, match=r"copy or export the bundle again|export the bundle again"):
            Embedding.open(path)


@pytest.mark.parametrize("kept", [0, 5, PREAMBLE.size, 1000])
def test_a_file_that_was_cut_short_is_refused(embedding: Embedding, kept: int, tmp_path: Path) -> None:
    path = tmp_path / "words.embedding"
    path.write_bytes(embedding.to_bytes()[:kept])
    with pytest.raises(DataError, match=r"no embedding|cut short"):
        Embedding.open(path)


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (b'{"dims": 4, "words": 0, "buckets": 9, "letters": 0}     ', "where its header tells of 80"),
        (b'{"dims": 4, "words": 3, "buckets": 9, "letters": 8}     ', "it names 1 words"),
        (b'{"dims": 4}     ', "lacks the key 'words'"),
    ],
)
def test_a_header_that_contradicts_its_file_is_refused(header: bytes, reason: str, tmp_path: Path) -> None:
    body = header + bytes(4 * 13 + 4 * 13) + b"a" * 8
    path = tmp_path / "words.embedding"
    path.write_bytes(struct.pack("<12sIII", b"HarkWords\r\n\0", 1, zlib.crc32(body), len(header)) + body)
    with pytest.raises(DataError, match=reason):
        Embedding.open(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="No such file"):
        Embedding.open(tmp_path / "absent")
