"""Keywords from text: scores against all paths written out, and when a word is reported."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import groupby, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.decoder.alphabet import BLANK, LETTERS, SPACE, SYMBOLS, encode
from edge.decoder.keywords import KeywordConfig, KeywordSpotter, LogProbs, Spotted
from edge.errors import ConfigError

pytestmark = pytest.mark.runtime

STEP = 0.05
"""Seconds, so that a pause is 6 steps and the refractory time 20."""
PAUSE = "_" * 6


def heard(path: str, sure: float = 0.9) -> LogProbs:
    """What a network says that hears these symbols, one a step, `_` for the blank."""
    probs = np.full((len(path), SYMBOLS), (1 - sure) / (SYMBOLS - 1), np.float32)
    probs[np.arange(len(path)), [BLANK if symbol == "_" else LETTERS.index(symbol) for symbol in path]] = sure
    return np.log(probs)


def babble(steps: int, seed: int, among: str = LETTERS) -> LogProbs:
    """Random log probabilities, high for some symbols only."""
    logits = np.random.default_rng(seed).normal(0, 2, (steps, SYMBOLS)).astype(np.float32)
    logits[:, [index for index, letter in enumerate(LETTERS) if letter not in among]] -= 20
    return np.asarray(logits - np.log(np.exp(logits).sum(axis=1, keepdims=True)), np.float32)


def spot(path: str, keywords: Mapping[str, float], config: KeywordConfig | None = None) -> list[Spotted]:
    return KeywordSpotter(keywords, STEP, config).feed(heard(path))


@pytest.mark.parametrize(
    ("keyword", "path", "times"),
    [
        pytest.param("art", "a_r_t" + PAUSE + "_", 1, id="at the beginning"),
        pytest.param("art", "_____aarrrttt____" + PAUSE, 1, id="held letters"),
        pytest.param("art", "the_ _art_ _", 1, id="between spaces"),
        pytest.param("art", "the art of", 1, id="without any blank"),
        pytest.param("Art!", "the art of", 1, id="however it is written"),
        pytest.param("art", "_s_t_a_r_t_" + PAUSE, 0, id="art is not in start"),
        pytest.param("art", "_st____a_r_t_" + PAUSE, 0, id="nor in start, slowly"),
        pytest.param("art", "_a_r_t_i_s_t_" + PAUSE, 0, id="nor in artist"),
        pytest.param("art", "_p_a_r_t_y_" + PAUSE, 0, id="nor in party"),
        pytest.param("art", "_st" + PAUSE + "a_r_t_" + PAUSE, 1, id="after a pause"),
        pytest.param("art", "_a_r_t_" + PAUSE + "i_s_t", 1, id="before a pause"),
        pytest.param("art", "a_r_t", 0, id="not yet known to be a word"),
        pytest.param("art", "_a_t_" + PAUSE + "_r_t_" + PAUSE, 0, id="a letter is missing"),
        pytest.param("art", "a_x_r_t_" + PAUSE, 0, id="a letter too many"),
        pytest.param("understand", "misunderstand" + PAUSE + "_", 0, id="the end of a long word"),
        pytest.param("hello", "_h_e_l_l_o_" + PAUSE, 1, id="a double letter"),
        pytest.param("hello", "_h_e_ll_o_" + PAUSE, 0, id="a double letter without a blank is one"),
        pytest.param("helo", "_h_e_l_l_o_" + PAUSE, 0, id="one letter is not two"),
        pytest.param("coffee", "cof_fe_e _", 1, id="two double letters"),
        pytest.param("coffee", "cofe_e _", 0, id="one of them single"),
        pytest.param("smoke alarm", "the smoke_ _alarm now", 1, id="two words"),
        pytest.param("smoke alarm", "the smokealarm now", 0, id="not as one"),
        pytest.param("art", "_a_r_" + "_" * 4 + "t_" + PAUSE, 1, id="a letter drawn out"),
        pytest.param("art", "_a_r" + PAUSE + "t_" + PAUSE, 0, id="a pause inside is the end of the word"),
        pytest.param("art", "a_r" + "_" * 40 + "_t_" + PAUSE, 0, id="not of letters seconds apart"),
        pytest.param("smoke alarm", "the smoke____ _____alarm now", 1, id="a breath between two words"),
        pytest.param("o'clock", "o_'_clock now", 1, id="an apostrophe"),
        pytest.param("art", "art art art art now", 1, id="once within the refractory time"),
        pytest.param("art", "art" + " _" * 11 + "art now", 2, id="twice after it"),
    ],
)
def test_a_word_is_spotted_where_it_stands_alone(keyword: str, path: str, times: int) -> None:
    assert [event.name for event in spot(path, {keyword: 0.5})] == [keyword] * times


def test_the_event_says_what_was_heard_and_when() -> None:
    (event,) = spot("the_ a_rrt_ now", {"art": 0.5})
    assert (event.name, event.began_step, event.ended_step, event.at_step) == ("art", 5, 9, 12)
    assert event.score == pytest.approx(1, abs=1e-5)


def test_before_a_pause_a_word_is_known_when_the_pause_is_over() -> None:
    (event,) = spot("a_r_t" + "_" * 20, {"art": 0.5})
    assert (event.began_step, event.ended_step, event.at_step) == (0, 4, 4 + len(PAUSE) + 1)


def test_words_are_spotted_independently() -> None:
    words = {"alarm": 0.5, "smoke alarm": 0.5, "smoke": 0.5, "fire": 0.5}
    events = spot("the smoke alarm went", words)
    assert [(event.name, event.began_step, event.ended_step) for event in events] == [
        ("smoke", 4, 8),
        ("alarm", 10, 14),
        ("smoke alarm", 4, 14),
    ]
    track = KeywordSpotter(words, STEP).scores(heard("the smoke alarm went"))
    alone = [KeywordSpotter({word: 0.5}, STEP).scores(heard("the smoke alarm went")) for word in words]
    np.testing.assert_array_equal(track, np.concatenate(alone, axis=1))


def test_the_threshold_decides() -> None:
    log_probs = heard("a_r_t " + PAUSE)
    log_probs[2, [LETTERS.index("r"), LETTERS.index("d")]] = np.log([0.3, 0.6])
    spotters = [KeywordSpotter({"art": threshold}, STEP) for threshold in (0.75, 0.85)]
    assert [len(spotter.feed(log_probs)) for spotter in spotters] == [1, 0]
    assert KeywordSpotter({"art": 0.5}, STEP).scores(log_probs).max() == pytest.approx(0.5 ** (1 / 3), rel=1e-4)


@pytest.mark.parametrize(
    ("patience", "at", "score"),
    [(0.0, 4, 0.6), (0.05, 5, 0.7), (0.1, 6, 0.8), (0.3, 8, 0.9), (1.0, 8, 0.9)],
)
def test_a_word_is_reported_at_its_peak_or_when_patience_ends(patience: float, at: int, score: float) -> None:
    log_probs = heard("art_________")
    doubt = [0.6, 0.7, 0.8, 0.9, 0.6]
    log_probs[4:9, SPACE] = log_probs[4:9, BLANK] + np.log(doubt)
    config = KeywordConfig(pause_seconds=1.0, boundary_weight=1.0, patience_seconds=patience)
    (event,) = KeywordSpotter({"art": 0.55}, STEP, config).feed(log_probs)
    assert event.at_step == at
    assert event.score == pytest.approx(score, rel=1e-4)


def collapsed(path: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(symbol for symbol, _ in groupby(path) if symbol != BLANK)


def paused(path: tuple[int, ...], pause: int) -> bool:
    return any(symbol == BLANK and len(list(run)) >= pause for symbol, run in groupby(path))


@lru_cache
def spellings(letters: tuple[int, ...], steps: int, pause: int) -> list[tuple[int, ...]]:
    """Every CTC path of so many steps that spells the letters, from the first to the last of them, without a pause."""
    paths = product({*letters, BLANK}, repeat=steps)
    whole = [path for path in paths if BLANK not in (path[0], path[-1]) and collapsed(path) == letters]
    return [path for path in whole if not paused(path, pause)]


def by_hand(log_probs: LogProbs, keyword: str, pause: int, weight: float) -> list[float]:
    """The score at each step: the best of all first and last steps, paths and boundaries."""
    ratios, letters = log_probs - log_probs.max(axis=1, keepdims=True), tuple(encode(keyword))

    def blanks(first: int, last: int) -> float:
        """Blanks from `first` to before `last`; there is nothing else before the stream."""
        return float(ratios[max(0, first) : max(0, last), BLANK].sum())

    def before(first: int) -> float:
        spaces = [float(ratios[step, SPACE]) + blanks(step + 1, first) for step in range(first)]
        pauses = [blanks(step - pause, first) for step in range(first + 1)]
        return max(spaces + pauses)

    def behind(last: int, now: int) -> float:
        space = blanks(last + 1, now) + float(ratios[now, SPACE])
        return max(space, blanks(last + 1, now + 1)) if now - last == pause else space

    def spelled(first: int, last: int) -> float:
        steps = np.arange(first, last + 1)
        paths = spellings(letters, len(steps), pause)
        return max((float(ratios[steps, path].sum()) for path in paths), default=-math.inf)

    words = {(first, last): spelled(first, last) for last in range(len(ratios)) for first in range(last + 1)}
    return [
        max(
            (
                math.exp(score / len(letters) + weight * (before(first) + behind(last, now)))
                for (first, last), score in words.items()
                if last < now <= last + pause
            ),
            default=0.0,
        )
        for now in range(len(ratios))
    ]


@given(
    seed=st.integers(0, 2**32 - 1),
    steps=st.integers(1, 7),
    pause=st.integers(1, 3),
    weight=st.sampled_from([0.0, 0.5, 1.0]),
)
@settings(deadline=None, max_examples=40)
def test_the_score_is_that_of_the_best_of_all_paths(seed: int, steps: int, pause: int, weight: float) -> None:
    words = ["aab", "abba", "b a b"]
    log_probs = babble(steps, seed, "ab ")
    config = KeywordConfig(pause_seconds=pause, boundary_weight=weight)
    track = KeywordSpotter(dict.fromkeys(words, 0.5), 1.0, config).scores(log_probs)
    expected = [by_hand(log_probs, word, pause, weight) for word in words]
    np.testing.assert_allclose(track, np.transpose(expected), rtol=1e-4, atol=1e-12)
    assert track.shape == (steps, len(words))


@given(
    path=st.lists(st.sampled_from(["a_r_t", "c_a_r_t", "art", "a_r", "_", " ", PAUSE, "x"]), max_size=30),
    seed=st.integers(0, 2**32 - 1),
    cuts=st.one_of(st.just(range(120)), st.lists(st.integers(0, 120), max_size=8)),
)
@settings(deadline=None, max_examples=60)
def test_nothing_depends_on_how_the_steps_are_cut(path: list[str], seed: int, cuts: Sequence[int]) -> None:
    log_probs = heard("".join(path))
    log_probs += np.random.default_rng(seed).normal(0, 0.7, log_probs.shape).astype(np.float32)
    words = {"art": 0.2, "cart": 0.1, "tar": 0.05}
    pieces = np.split(log_probs, sorted(cuts))
    spotter, tracker = KeywordSpotter(words, STEP), KeywordSpotter(words, STEP)
    events = [event for piece in pieces for event in spotter.feed(piece)]
    assert events == KeywordSpotter(words, STEP).feed(log_probs)
    track = np.concatenate([tracker.scores(piece) for piece in pieces])
    np.testing.assert_array_equal(track, KeywordSpotter(words, STEP).scores(log_probs))
    assert all(event.began_step <= event.ended_step < event.at_step for event in events)


def test_babble_is_no_word() -> None:
    words = dict.fromkeys(["alarm", "coffee", "smoke alarm"], 0.3)
    assert KeywordSpotter(words, STEP).feed(babble(10_000, seed=1)) == []


def test_impossible_symbols_are_no_trouble() -> None:
    log_probs = np.full((12, SYMBOLS), -np.inf, np.float32)
    log_probs[np.arange(12), [*encode("art"), *[BLANK] * 9]] = 0
    assert len(KeywordSpotter({"art": 0.5, "tar": 0.5}, STEP).feed(log_probs)) == 1


def test_reset_forgets_all_that_was_heard() -> None:
    spotter, fresh = KeywordSpotter({"art": 0.5}, STEP), KeywordSpotter({"art": 0.5}, STEP)
    assert len(spotter.feed(heard("start art now ar"))) == 1
    assert spotter.feed(heard("t art now")) == []
    spotter.reset()
    np.testing.assert_array_equal(spotter.scores(heard("t art now")), fresh.scores(heard("t art now")))
    spotter.reset()
    assert spotter.feed(heard("art now")) == spot("art now", {"art": 0.5})


@pytest.mark.parametrize(
    ("keyword", "error"),
    [
        ("tv", "keyword: 'tv' is too short to tell from others; take 3 letters or more"),
        ("a b", "keyword: 'a b' is too short"),
        ("a''b", "keyword: \"a''b\" is too short"),
        ("''", "keyword: \"''\" says nothing"),
        ("...", "keyword: '...' says nothing; remove it"),
        ("r2d2", "keyword: 'r2d2' has '2', which is no letter; write it as it is said"),
        ("größe", "keyword: 'größe' has 'ß'"),
    ],
)
def test_a_keyword_that_cannot_be_is_named(keyword: str, error: str) -> None:
    with pytest.raises(ConfigError) as raised:
        KeywordSpotter({"fine": 0.5, keyword: 0.5}, STEP)
    assert str(raised.value).startswith(error)


def fresh_at(steps: int, *fresh: int) -> list[bool]:
    return [step in fresh for step in range(steps)]


def test_no_word_reaches_into_a_fresh_step() -> None:
    path = "_a_r_t_" + PAUSE
    for step, times in ((0, 1), (1, 1), (3, 0), (5, 0), (len(path), 1)):
        found = KeywordSpotter({"art": 0.5}, STEP).feed(heard(path + "_"), fresh_at(len(path) + 1, step))
        assert len(found) == times, step


def test_a_word_before_a_fresh_step_is_still_reported() -> None:
    path = "_a_r_t_" + "_" * 20
    (usual,) = spot(path, {"art": 0.5})
    at = usual.at_step
    (event,) = KeywordSpotter({"art": 0.5}, STEP).feed(heard(path), fresh_at(len(path), at))
    assert (event.score, event.began_step, event.ended_step) == (usual.score, usual.began_step, usual.ended_step)


@given(before=st.integers(0, 2**32 - 1), after=st.integers(0, 2**32 - 1), steps=st.integers(0, 60))
@settings(deadline=None, max_examples=40)
def test_from_a_fresh_step_on_all_is_as_at_the_beginning(before: int, after: int, steps: int) -> None:
    words = {"art": 0.3, "rat": 0.3, "tar": 0.3}
    rest = babble(60, after, "art ")
    old, new = KeywordSpotter(words, STEP), KeywordSpotter(words, STEP)
    # After so long a silence nothing waits to be reported, and all may be reported again.
    old.feed(np.concatenate([babble(steps, before, "art "), heard("_" * 40)]))
    shifted = [
        replace(one, **{name: getattr(one, name) - steps - 40 for name in ("began_step", "ended_step", "at_step")})
        for one in old.feed(rest, fresh_at(60, 0))
    ]
    assert shifted == new.feed(rest)
