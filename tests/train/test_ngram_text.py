"""Written texts as they are spoken, the files they are read from, and the words that a model shall know."""

import gzip
import lzma
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.decoder.alphabet import LETTERS
from edge.errors import DataError
from train.ngram.text import UNWRITABLE, read_texts, spoken
from train.ngram.vocabulary import LETTER_VOCABULARY, Index, Vocabulary, letters_of, most_frequent, tokens, words_of


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("", ""),
        ("...\n \n--", ""),
        ("Hello, World!", "hello world"),
        ("One. Two? Three!\nFour", "one\ntwo\nthree\nfour"),
        ('"Stop!" he said. "Now."', "stop\nhe said\nnow"),
        (
            "Mr. and Mrs. Bennet saw Dr. Who in St. Ives, etc.",
            "mister and missus bennet saw doctor who in saint ives et cetera",
        ),
        ("Mr Bennet & Co", "mister bennet and co"),
        ("Mr. J. R. Smith. He left.", "mister j r smith\nhe left"),
        ("Can I? Plan B! Go, J. R.! Now", "can i\nplan b\ngo j r\nnow"),
        ("time in g. m. t. plus five", "time in g m t plus five"),
        ("'Tis the dogs' day, isn't it?", "'tis the dogs' day isn't it"),
        ("'Hello,' he said. 'Go!'", "hello he said\ngo"),
        ("\u2018Don\u2019t,\u2019 \u201cshe\u201d said", "don't she said"),
        ("well-known\u2014or not--at all_indeed", "well known or not at all indeed"),
        ("a na\u00efve \u00c6gean caf\u00e9\u2026 Next", "a naive aegean cafe\nnext"),
        ("in 1815, at 4.30 or the 3rd", "in ? at ? ? or the ?"),
        (
            "the word \u0441\u043b\u043e\u0432\u043e is 20\u00b0 foreign",
            f"the word {UNWRITABLE} is {UNWRITABLE} foreign",
        ),
        ("page\ffeed\r\nline", "page\nfeed\nline"),
    ],
)
def test_sentences_are_written_as_they_are_said(written: str, said: str) -> None:
    assert spoken(written) == said


@given(st.text(st.sampled_from("ab'. \n\t-?!\"19\u00e9\u2019s"), max_size=40))
def test_whatever_was_written_only_words_remain(written: str) -> None:
    said = spoken(written)
    assert set(said) <= {*LETTERS, UNWRITABLE, "\n"}
    for line in said.split("\n") if said else ():
        assert line == " ".join(line.split())
        assert all(word == UNWRITABLE or any(letter.isalpha() for letter in word) for word in line.split(" "))
    assert spoken(said.replace(UNWRITABLE, "1")) == said


CONLL = "# id = 1\nTurn\tO\non\tO\nMr.\tB\n\n# id = 2\nStop\tO\n#\tO\n"


@pytest.mark.parametrize(
    ("name", "contents", "sentences"),
    [
        ("a.txt", b"Turn on Mr. X.\nStop!\n", "turn on mister x\nstop"),
        ("a.txt.gz", gzip.compress(b"Turn on.", mtime=0), "turn on"),
        ("a.txt.xz", lzma.compress(b"Turn on."), "turn on"),
        ("a.jsonl", b'{"text": "Turn on.", "more": 1}\n{"text": "Stop"}\n', "turn on\nstop"),
        ("a.jsonl.gz", gzip.compress(b'{"text": "Turn on."}', mtime=0), "turn on"),
        ("a.conll", CONLL.encode(), "turn on mister\nstop"),
        ("manifest.csv", b'path,transcript\na.wav,"turn on, stop"\nb.wav,\n', "turn on stop"),
        ("marked.csv", b"\xef\xbb\xbftranscript,path\nturn on,a.wav\n", "turn on"),
    ],
)
def test_texts_are_read_from_files_of_several_kinds(tmp_path: Path, name: str, contents: bytes, sentences: str) -> None:
    (tmp_path / name).write_bytes(contents)
    told: list[int] = []
    assert "\n".join(read_texts(tmp_path / name, told.append)) == sentences
    assert sum(told) == len(contents)


@pytest.mark.parametrize(
    ("name", "contents"),
    [
        ("missing.txt", None),
        ("latin.txt", "caf\u00e9".encode("latin-1")),
        ("cut.txt.xz", lzma.compress(b"Turn on.")[:-4]),
        ("cut.txt.gz", gzip.compress(b"Turn on.", mtime=0)[:-4]),
        ("not.txt.gz", b"Turn on."),
        ("not.txt.xz", b"Turn on."),
        ("bad.jsonl", b"Turn on."),
        ("other.jsonl", b'{"words": "Turn on."}'),
        ("other.jsonl", b"[1]"),
        ("other.jsonl", b'{"text": 1}'),
        ("other.csv", b"path,text\na,b\n"),
    ],
)
def test_a_file_that_is_not_what_its_name_says_is_named(tmp_path: Path, name: str, contents: bytes | None) -> None:
    if contents is not None:
        (tmp_path / name).write_bytes(contents)
    with pytest.raises(DataError, match=f"{name} cannot be read .*; name a text in") as refusal:
        list(read_texts(tmp_path / name))
    assert "\n" not in str(refusal.value)
    assert "[Errno" not in str(refusal.value)


def test_sentences_are_enclosed_and_what_is_not_known_is_unknown() -> None:
    index = Index()
    text = tokens(["b a ?\nc", "a"], words_of, index)
    vocabulary = Vocabulary.of(["a", "b", "never"])
    assert vocabulary.ids(text, index).tolist() == [1, 4, 3, 0, 2, 1, 0, 2, 1, 3, 2]


def test_letters_are_symbols_like_words() -> None:
    index = Index()
    text = tokens(["a ?\nb"], letters_of, index)
    first = 3 + LETTERS.index("a")
    assert LETTER_VOCABULARY.ids(text, index).tolist() == [1, first, 3, 0, 2, 1, first + 1, 2]
    assert LETTER_VOCABULARY.is_letters
    assert not Vocabulary.of(["a", "b"]).is_letters


def test_the_vocabulary_is_what_the_mixture_says_most_often() -> None:
    index = Index()
    many = tokens(["the the the the of of"] * 50, words_of, index)
    few = tokens(["lamp off\nlamp ?"], words_of, index)
    assert most_frequent([0.5, 0.5], [many, few], index, 2).words == ("the", "lamp")
    assert most_frequent([0.9, 0.1], [many, few], index, 2).words == ("of", "the")
    assert most_frequent([0.5, 0.5], [many, few], index, 99).words == ("of", "off", "the", "lamp")


def test_nothing_is_read_from_nothing() -> None:
    assert tokens([], words_of, Index()).dtype == np.uint32
    assert len(tokens([], letters_of, Index())) == 0
