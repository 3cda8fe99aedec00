"""The compact file against the model that it was made from, and what is no such file."""

import json
import os
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cache
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.decoder.alphabet import LETTERS
from edge.decoder.lexicon import END, FIRST, UNKNOWN
from edge.decoder.ngram import FORM, NgramModel
from edge.errors import DataError
from edge.files import PREAMBLE
from tests.decoder.languages import compact, ids_of, trained, trained_on_letters
from train.ngram.backoff import BackoffModel
from train.ngram.pruning import prune

pytestmark = pytest.mark.runtime

FRUIT = ["the apple and pear salad", "an apple and a pear", "the pair of them", "a pear salad", "the apple"]


def random_sentences(words: int, sentences: int) -> list[str]:
    """Zipf's law, and words that like to follow their neighbours, so that n-grams of all orders recur."""
    rng = np.random.default_rng(7)
    names = [LETTERS[2 + number % 26] * (1 + number // 26) for number in range(words)]
    made = []
    for _ in range(sentences):
        steps = np.minimum(rng.zipf(1.3, size=int(rng.integers(1, 12))), words)
        made.append(" ".join(names[int(place)] for place in np.cumsum(steps) % words))
    return made


def reference(model: BackoffModel) -> Callable[[Iterable[int]], float]:
    """Log probability of the last of some ids after the others, by the equation of the module."""
    bits = model.vocabulary.bits
    log_probs: dict[tuple[int, ...], float] = {}
    log_backoffs: dict[tuple[int, ...], float] = {}
    for order, level in enumerate(model.levels, 1):
        for gram, *logs in zip(level.grams.tolist(), level.log_probs, level.log_backoffs, strict=True):
            ids = tuple(gram >> bits * place & (1 << bits) - 1 for place in range(order - 1, -1, -1))
            log_probs[ids], log_backoffs[ids] = map(float, logs)

    @cache
    def log_prob(ids: tuple[int, ...]) -> float:
        return log_probs[ids] if ids in log_probs else log_backoffs.get(ids[:-1], 0.0) + log_prob(ids[1:])

    return lambda ids: log_prob(tuple(ids)[-len(model.levels) :])


def score_by(model: BackoffModel, text: str) -> float:
    log_prob, ids = reference(model), [1, *ids_of(model.vocabulary, text), END]
    return sum(log_prob(ids[: end + 1]) for end in range(1, len(ids)))


@pytest.fixture(scope="module")
def fruit(tmp_path_factory: pytest.TempPathFactory) -> tuple[BackoffModel, NgramModel]:
    model = trained(FRUIT)
    return model, compact(model, tmp_path_factory.mktemp("fruit"))


@settings(deadline=None)
@given(st.lists(st.sampled_from(["the", "apple", "and", "pear", "pair", "salad", "a", "unheard"]), max_size=7))
def test_few_values_are_kept_exactly(fruit: tuple[BackoffModel, NgramModel], words: list[str]) -> None:
    model, read = fruit
    text = " ".join(words)
    assert read.score(text) == pytest.approx(score_by(model, text), abs=1e-5)


def test_many_values_are_off_by_no_more_than_the_header_says(tmp_path: Path) -> None:
    model = trained(random_sentences(words=200, sentences=4000), order=4)
    read = compact(model, tmp_path)
    for order, (level, told) in enumerate(zip(model.levels, read.header.rms_error, strict=True), 1):
        errors = []
        for gram, log_prob in zip(level.grams.tolist(), level.log_probs.tolist(), strict=True):
            *history, word = (gram >> model.vocabulary.bits * place & 255 for place in range(order - 1, -1, -1))
            context: tuple[int, ...] = ()
            for before in history:
                context, _ = read.log_prob(context, before)
            if isfinite(log_prob):
                errors.append(read.log_prob(context, word)[1] - log_prob)
        assert np.sqrt(np.mean(np.square(errors))) == pytest.approx(told, abs=1e-4)
        assert told < 0.02


def test_a_context_is_no_longer_than_what_bears_on_the_next_word(fruit: tuple[BackoffModel, NgramModel]) -> None:
    _, read = fruit
    word = {text: read.ids(text)[0] for text in ("the", "apple", "salad", "unheard")}
    unheard, _ = read.log_prob(read.start(), word["unheard"])
    assert unheard == ()
    after_one = read.log_prob(unheard, word["the"])[0]
    after_another = read.log_prob(read.log_prob(read.start(), word["salad"])[0], word["the"])[0]
    assert after_one == after_another != read.log_prob(read.start(), word["the"])[0]


def test_what_is_unknown_has_one_id(fruit: tuple[BackoffModel, NgramModel]) -> None:
    _, read = fruit
    assert read.ids("plum the 42") == [UNKNOWN, read.ids("the")[0], UNKNOWN]
    assert read.score("the plum") == read.score("the quince") < read.score("the pear")


def test_letters_are_their_own_vocabulary(tmp_path: Path) -> None:
    read = compact(trained_on_letters(FRUIT), tmp_path)
    assert read.lexicon is None
    assert read.ids("a b?") == [FIRST + LETTERS.index("a"), FIRST, FIRST + LETTERS.index("b"), UNKNOWN]
    assert read.score("the pear") > read.score("eht raep")


def test_the_same_model_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        compact(trained(FRUIT), tmp_path / name)
    one, two = (tmp_path / name / "language.ngram" for name in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    compact(trained(FRUIT), tmp_path)
    return tmp_path / "language.ngram"


def sealed(contents: bytes, change: Callable[[dict[str, Any]], object], version: int = FORM.version) -> bytes:
    """The file with another header, as somebody might have written it."""
    _, _, _, length = PREAMBLE.unpack_from(contents)
    header = json.loads(contents[PREAMBLE.size : PREAMBLE.size + length])
    change(header)
    return replace(FORM, version=version).pack(json.dumps(header).encode(), contents[PREAMBLE.size + length :])


GERMAN = " 'abcdefghijklmnopqrstuvwxyz\u00e4\u00f6\u00fc\u00df"


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda _: b"", "is no n-gram model; name a file that"),
        (lambda _: b"\\data\\\nngram 1=3\n", "is no n-gram model; name a file that"),
        (lambda data: data.replace(b"\r\n", b"\n", 1), "is no n-gram model; name a file that"),
        (lambda data: data[: PREAMBLE.size - 1], "is no n-gram model; name a file that"),
        (lambda data: sealed(data, len, FORM.version + 1), "is of version 2, not 1; build it again"),
        (lambda data: data[: PREAMBLE.size], "is damaged or cut short .*; copy it, or build it again"),
        (lambda data: data[:-1], "is damaged or cut short .*; copy it, or build it again"),
        (lambda data: data + b"\0", "is damaged or cut short .*; copy it, or build it again"),
        (lambda data: sealed(data, lambda header: header.pop("ngrams")), "lacks the key 'ngrams'; build it again"),
        (lambda data: sealed(data, lambda header: header.update(ngrams=[9, -9])), "no model has .*; build it again"),
        (
            lambda data: sealed(data, lambda header: header.update(ngrams=[9, 9])),
            "bytes of numbers, .*; build it again",
        ),
        (
            lambda data: sealed(data, lambda header: header.update(alphabet=GERMAN)),
            "alphabet .*\u00df.*; build it again",
        ),
        (lambda data: sealed(data, lambda header: header.update(alphabet=" ")), "is written in the alphabet ' ', the"),
    ],
)
def test_what_is_no_model_is_refused_in_one_line(file: Path, damage: Callable[[bytes], bytes], message: str) -> None:
    file.write_bytes(damage(file.read_bytes()))
    with pytest.raises(DataError, match=message) as refusal:
        NgramModel.open(file)
    assert str(refusal.value).startswith(str(file))
    assert "\n" not in str(refusal.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none\.ngram: No such file or directory; name a file that"):
        NgramModel.open(tmp_path / "none.ngram")


def test_a_file_that_is_written_over_harms_nobody_who_has_read_it(file: Path) -> None:
    model = NgramModel.open(file)
    before = model.score("an apple")
    os.truncate(file, 0)
    assert model.score("an apple") == before


def test_every_flipped_bit_is_found(file: Path) -> None:
    contents = file.read_bytes()
    for place in range(0, len(contents), 97):
        damaged = bytearray(contents)
        damaged[place] ^= 1 << place % 8
        file.write_bytes(damaged)
        with pytest.raises(DataError):
            NgramModel.open(file)


def test_a_model_may_know_single_words_alone(tmp_path: Path) -> None:
    read = compact(prune(trained(FRUIT), [1, 1], 0), tmp_path)
    assert read.header.ngrams[1:] == (0, 0)
    assert read.start() == ()
    assert read.score("the apple") == pytest.approx(read.score("apple the"))
