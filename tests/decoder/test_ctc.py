"""Greedy decoding, likelihood and alignment, against every path written out."""

import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from edge.decoder.alphabet import BLANK, LETTERS, SYMBOLS, decode, encode
from edge.decoder.ctc import LogProbs, Span, align, collapse, greedy, log_likelihood
from edge.maths import log_softmax
from tests.decoder.paths import IMPOSSIBLE, collapsed, likelihoods, paths, small_worlds

pytestmark = pytest.mark.runtime

NOTHING: LogProbs = np.empty((0, SYMBOLS), np.float32)


def symbols(path: str) -> list[int]:
    return [BLANK if symbol == "_" else LETTERS.index(symbol) for symbol in path]


def heard(path: str, sure: float = 0.9) -> LogProbs:
    """What a network says that hears these symbols."""
    probs = np.full((len(path), SYMBOLS), (1 - sure) / (SYMBOLS - 1))
    probs[range(len(path)), symbols(path)] = sure
    return np.asarray(np.log(probs))


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("ttt_h_eee___ ____qqq__", "the q"),
        ("hel_lo", "hello"),
        ("hello", "helo"),
        ("____", ""),
        ("", ""),
        ("a_a", "aa"),
    ],
)
def test_repeats_are_merged_before_blanks_are_dropped(path: str, text: str) -> None:
    assert decode(collapse(symbols(path))) == text
    assert greedy(heard(path)) == text


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_softmax_sums_to_one_whatever_the_scale(dtype: type[np.floating[Any]]) -> None:
    logits: LogProbs = np.array([[0, 1, 2], [1e4, -1e4, 0], [-np.inf, 0, -np.inf]], dtype)
    log_probs = log_softmax(logits)
    assert log_probs.dtype == dtype
    np.testing.assert_allclose(np.exp(log_probs).sum(axis=1), 1, rtol=1e-6)
    np.testing.assert_allclose(log_probs[0, 2] - log_probs[0], [2, 1, 0], rtol=1e-6)


@given(log_probs=small_worlds())
@settings(deadline=None, max_examples=60)
def test_likelihood_sums_over_every_path(log_probs: LogProbs) -> None:
    expected = likelihoods(log_probs)
    for letters, log_prob in expected.items():
        assert log_likelihood(log_probs, letters) == pytest.approx(log_prob, abs=1e-6)
    assert np.logaddexp.reduce(list(expected.values())) == pytest.approx(0, abs=1e-5)


@pytest.mark.parametrize(("path", "text"), [("ab", "aa"), ("ab", "abc"), ("", "a"), ("aa", "c")])
def test_what_no_path_spells_has_no_likelihood_and_no_alignment(path: str, text: str) -> None:
    log_probs = np.where(heard(path) < -1, IMPOSSIBLE, heard(path)) if text == "c" else heard(path)
    assert log_likelihood(log_probs, encode(text)) == IMPOSSIBLE
    with pytest.raises(ValueError, match=f"'{text}' cannot have been said in these {len(path)} steps"):
        align(log_probs, encode(text))


def test_a_long_text_is_aligned_to_its_end() -> None:
    text = "in the beginning was the word " * 20
    spans = align(heard("".join(letter + "_" for letter in text)), encode(text + "x")[:-1])
    assert spans == [Span(2 * place, 2 * place + 1) for place in range(len(text) - 1)] + [spans[-1]]


@given(log_probs=small_worlds())
@settings(deadline=None, max_examples=60)
def test_alignment_is_the_best_of_every_path(log_probs: LogProbs) -> None:
    best: dict[tuple[int, ...], float] = {}
    for path, log_prob in paths(log_probs):
        best[collapsed(path)] = max(best.get(collapsed(path), IMPOSSIBLE), log_prob)
    for letters, log_prob in best.items():
        aligned = [BLANK] * len(log_probs)
        for letter, span in zip(letters, align(log_probs, letters), strict=True):
            aligned[span.first : span.end] = [letter] * (span.end - span.first)
        assert collapse(aligned) == list(letters)
        assert log_probs[range(len(aligned)), aligned].astype(float).sum() == pytest.approx(log_prob, abs=1e-6)


def test_alignment_says_when_each_letter_was_said() -> None:
    spans = align(heard("__hh_e_ll_l__oo"), encode("hello"))
    assert spans == [Span(2, 4), Span(5, 6), Span(7, 9), Span(10, 11), Span(13, 15)]


def test_nothing_means_nothing() -> None:
    assert greedy(NOTHING) == ""
    assert log_likelihood(NOTHING, []) == 0
    assert align(NOTHING, []) == []
    assert align(heard("___"), []) == []


def test_a_long_utterance_is_aligned_in_pieces_as_in_one(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(5)
    log_probs, letters = log_softmax(rng.normal(size=(97, SYMBOLS))), rng.integers(BLANK, size=30).tolist()
    whole = align(log_probs, letters)
    for steps in (1, 7, 96, 97):
        monkeypatch.setattr("edge.decoder.ctc.PIECE", steps)
        assert align(log_probs, letters) == whole


def test_ten_minutes_take_little_memory() -> None:
    steps, letters = 20_000, np.resize([3, 5, 9], 6_000).tolist()
    log_probs = np.zeros((steps, SYMBOLS), np.float32)
    tracemalloc.start()
    spans = align(log_probs, letters)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(spans) == len(letters)
    assert peak < 30e6
