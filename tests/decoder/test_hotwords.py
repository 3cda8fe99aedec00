"""Hot words: a text earns what it contains, to the last bit of its spelling, and is paid while it still may."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.decoder.alphabet import LETTERS, SYMBOLS
from edge.decoder.beam import BeamSearch
from edge.decoder.hotwords import HotWords
from edge.decoder.scorer import score_of
from edge.errors import ConfigError

pytestmark = pytest.mark.runtime


def letters(text: str) -> list[int]:
    """Letter by letter, with every space."""
    return [LETTERS.index(letter) for letter in text]


def earned(text: str, boosts: dict[str, float]) -> float:
    """Counted out: every place at which a phrase stands by itself."""
    padded = f" {text} "
    places = range(len(padded))
    return sum(boost * sum(padded.startswith(f" {phrase} ", at) for at in places) for phrase, boost in boosts.items())


def paid(text: str, boosts: dict[str, float]) -> float:
    """What the beginning of a text has scored so far."""
    hot = HotWords(boosts)
    state, total = hot.start(), 0.0
    for letter in letters(text):
        state, score = hot.advance(state, letter)
        total += score
    return total


ATLAS = {"atlas": 5.0, "view glass": 9.0}


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("atlas", 5),
        ("hey atlas", 5),
        ("hey atlas wake up", 5),
        ("atlas  atlas", 10),
        (" atlas ", 5),
        ("atla", 0),
        ("atla atlas", 5),
        ("atlass", 0),
        ("batlas", 0),
        ("at last", 0),
        ("view", 0),
        ("view atlas", 5),
        ("view glass", 9),
        ("view glasses", 0),
        ("view view glass", 9),
        ("", 0),
    ],
)
def test_a_phrase_earns_its_boost_where_it_stands_by_itself(text: str, score: float) -> None:
    assert score_of(HotWords(ATLAS), letters(text)) == pytest.approx(score, abs=1e-12)


@given(
    text=st.text("ab ", max_size=16),
    boosts=st.dictionaries(
        st.text("ab ", min_size=1, max_size=6).filter(lambda phrase: phrase and phrase == " ".join(phrase.split())),
        st.floats(-9, 9),
        max_size=5,
    ),
)
def test_any_text_earns_the_boosts_of_all_phrases_in_it(text: str, boosts: dict[str, float]) -> None:
    assert score_of(HotWords(boosts), letters(text)) == pytest.approx(earned(text, boosts), abs=1e-9)


@pytest.mark.parametrize(
    ("text", "score"),
    [("a", 1), ("atl", 3), ("atlas", 5), ("atlas ", 5), ("atlx", 0), ("atl ", 0), ("xatl", 0), ("hey atl", 3)],
)
def test_the_boost_is_paid_while_the_phrase_is_spelled_and_taken_back_where_it_fails(text: str, score: float) -> None:
    assert paid(text, ATLAS) == pytest.approx(score, abs=1e-12)


def test_where_one_phrase_fails_another_goes_on() -> None:
    boosts = {"view glass": 9.0, "glass of": 4.0, "glass": 2.0}
    assert paid("view glass", boosts) == pytest.approx(9 + 4 * 5 / 8)
    assert paid("view glass o", boosts) == pytest.approx(9 + 2 + 4 * 7 / 8)
    assert paid("view glass on", boosts) == pytest.approx(9 + 2)


def test_phrases_that_begin_alike_are_paid_as_the_dearest_and_earn_their_own() -> None:
    boosts = {"atom": 8.0, "atlas": 5.0}
    assert paid("at", boosts) == pytest.approx(4)
    assert paid("atlas", boosts) == pytest.approx(5)


def test_phrases_may_be_written_as_their_owner_likes() -> None:
    assert score_of(HotWords({"View-Glass!": 9.0}), letters("view glass")) == pytest.approx(9)
    assert score_of(HotWords({"café": 2.0}), letters("cafe")) == pytest.approx(2)
    assert score_of(HotWords({}), letters("view glass")) == 0


@pytest.mark.parametrize(("phrase", "problem"), [("route 66", "has '6'"), ("smörgås§bord", "has '§'"), ("", "nothing")])
def test_what_cannot_be_spelled_is_refused(phrase: str, problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        HotWords({phrase: 1.0})


def test_a_hot_word_is_heard_in_a_beam_and_a_half_said_one_costs_nothing() -> None:
    log_probs = np.full((6, SYMBOLS), np.log(0.001))  # So little grows, and hardly anything is dropped.
    log_probs[range(6), letters("atlus ")] = np.log(0.6)
    log_probs[3, letters("a")] = log_probs[1, letters("d")] = log_probs[4, letters("z")] = np.log(0.2)
    with_it, without = BeamSearch([HotWords({"atlas": 5.0})]), BeamSearch()
    for search in (with_it, without):
        search.feed(log_probs)
    assert (with_it.partial(), without.partial()) == ("atlas ", "atlus ")
    plain = {one.text: one.score for one in without.finish()}
    hot = {one.text: one.score for one in with_it.finish() if "atlas" not in one.text.split()}
    assert len(hot.keys() & plain.keys()) > 3
    assert hot == pytest.approx({text: plain.get(text, score) for text, score in hot.items()}, abs=0.01)
