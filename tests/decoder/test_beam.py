"""Beam search: exact where nothing is dropped, true to its scorers always, and the same however the steps are cut."""

import gc
import tracemalloc
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.decoder.alphabet import BLANK, LETTERS, SYMBOLS, decode, encode
from edge.decoder.beam import BeamConfig, BeamSearch, Hypothesis
from edge.decoder.ctc import LogProbs, log_likelihood
from edge.decoder.prefixes import SPARE, Prefix
from edge.decoder.scorer import FORBIDDEN, Scorer, State, score_of
from edge.maths import log_softmax
from tests.decoder.paths import likelihoods, small_worlds

pytestmark = pytest.mark.runtime

WIDE = BeamConfig(width=2000, floor=-np.inf)
"""Drops nothing in a small world."""
NARROW = BeamConfig(width=3, floor=-np.inf, gain=3.0)


class Bigrams:
    """Scores a letter, or the end, by the letter before it; before the first is the blank."""

    def __init__(self, scores: np.ndarray, ends: np.ndarray) -> None:
        self._scores, self._ends = scores.tolist(), ends.tolist()

    @classmethod
    def random(cls, seed: int) -> "Bigrams":
        """From -3 to 3; one in ten is forbidden."""
        rng = np.random.default_rng(seed)
        scores, ends = rng.uniform(-3, 3, (SYMBOLS, SYMBOLS)), rng.uniform(-3, 3, SYMBOLS)
        return cls(np.where(rng.random(scores.shape) < 0.1, FORBIDDEN, scores), ends)

    def start(self) -> State:
        return BLANK

    def advance(self, state: State, letter: int) -> tuple[State, float]:
        assert isinstance(state, int)
        return letter, float(self._scores[state][letter])

    def finish(self, state: State) -> float:
        assert isinstance(state, int)
        return float(self._ends[state])


class Favourite:
    """Likes one text, which it knows by its letters so far, and says nothing on any other."""

    def __init__(self, text: str, likes: float, at_end: float = 0.0, otherwise: float = 0.0) -> None:
        self._text, self._likes, self._at_end, self._otherwise = text, likes, at_end, otherwise
        self.asked: Counter[tuple[State, int]] = Counter()

    def start(self) -> State:
        return ""

    def advance(self, state: State, letter: int) -> tuple[State, float]:
        self.asked[state, letter] += 1
        text = f"{state}{LETTERS[letter]}"
        return text, self._likes if self._text.startswith(text) else self._otherwise

    def finish(self, state: State) -> float:
        return self._at_end if state == self._text else 0.0


def search(log_probs: LogProbs, scorers: Sequence[Scorer] = (), config: BeamConfig = WIDE) -> list[Hypothesis]:
    beam = BeamSearch(scorers, config)
    beam.feed(log_probs)
    return beam.finish()


def texts(hypotheses: Sequence[Hypothesis]) -> list[str]:
    return [hypothesis.text for hypothesis in hypotheses]


def heard(*steps: dict[str, float], rest: float = 1e-6) -> LogProbs:
    """Log probabilities from the few that matter at each step; `_` is the blank."""
    log_probs = np.full((len(steps), SYMBOLS), np.log(rest) if rest else -np.inf)
    for now, step in zip(log_probs, steps, strict=True):
        for symbol, probability in step.items():
            now[BLANK if symbol == "_" else LETTERS.index(symbol)] = np.log(probability)
    return log_probs


PEAR = heard({"p": 1}, {"e": 0.4, "a": 0.6}, {"a": 0.4, "i": 0.6}, {"r": 1})
"""Sounds like "pear" with 0.16 and like "pair" with 0.36."""


def babble(steps: int, seed: int, blank: float = 4.0) -> LogProbs:
    logits = np.random.default_rng(seed).normal(0, 3, (steps, SYMBOLS))
    logits[:, BLANK] += blank
    return log_softmax(logits.astype(np.float32))


@given(log_probs=small_worlds())
@settings(deadline=None, max_examples=60)
def test_a_beam_that_drops_nothing_is_exact(log_probs: LogProbs) -> None:
    expected = {decode(letters): log_prob for letters, log_prob in likelihoods(log_probs).items()}
    found = search(log_probs)
    assert {one.text: one.acoustic for one in found} == pytest.approx(expected, abs=1e-6)
    assert [one.score for one in found] == sorted((one.acoustic for one in found), reverse=True)
    assert len(set(texts(found))) == len(found)


@given(log_probs=small_worlds(), seed=st.integers(0, 99))
@settings(deadline=None, max_examples=30)
def test_scorers_and_bonuses_are_added_exactly(log_probs: LogProbs, seed: int) -> None:
    scorers = [Bigrams.random(seed), Bigrams.random(seed + 100)]
    bonuses = tuple(np.random.default_rng(seed).uniform(-1, 2, len(LETTERS)).tolist())
    expected = {}
    for letters, log_prob in likelihoods(log_probs).items():
        score = log_prob + sum(score_of(scorer, letters) for scorer in scorers)
        score += sum(bonuses[letter] for letter in letters)
        if score > FORBIDDEN:
            expected[decode(letters)] = score
    found = search(log_probs, scorers, BeamConfig(width=2000, floor=-np.inf, letter_bonuses=bonuses))
    assert {one.text: one.score for one in found} == pytest.approx(expected, abs=1e-6)


@given(log_probs=small_worlds(steps=12), seed=st.integers(0, 99))
@settings(deadline=None, max_examples=60)
def test_a_narrow_beam_is_true_to_what_it_keeps(log_probs: LogProbs, seed: int) -> None:
    scorer = Bigrams.random(seed)
    found = search(log_probs, [scorer], NARROW)
    assert len(found) <= NARROW.width
    assert len(set(texts(found))) == len(found)
    for place, one in enumerate(found):
        letters = [LETTERS.index(letter) for letter in one.text]
        assert one.score - one.acoustic == pytest.approx(score_of(scorer, letters), abs=1e-6)
        # What the others may have begun as is judged by what it lost by.
        assert place or one.acoustic <= log_likelihood(log_probs, letters) + 1e-6


DOUBTS: list[dict[str, float]] = [{"a": 0.5, "b": 0.5}, {"_": 1}, {"c": 0.5, "d": 0.5}, {"_": 1}]
LATE = heard(*DOUBTS, {"p": 0.8, "t": 0.2}, {"_": 1}, {"o": 1}, rest=0.0)
"""Twice one of two letters, "p" or less likely "t", and "o"."""


def without_opinion() -> Bigrams:
    """Knows nothing but the last letter, and likes none better than another."""
    return Bigrams(np.zeros((SYMBOLS, SYMBOLS)), np.zeros(SYMBOLS))


def favours_to() -> Bigrams:
    """Likes "o" after "t", and knows nothing but the last letter."""
    scores = np.zeros((SYMBOLS, SYMBOLS))
    scores[LETTERS.index("t"), LETTERS.index("o")] = 4.0
    return Bigrams(scores, np.zeros(SYMBOLS))


def test_those_with_one_future_take_one_place_and_come_back_as_other_beginnings() -> None:
    found = search(LATE, [favours_to()], BeamConfig(width=3))
    assert texts(found) == ["acto", "adto", "bcto"]
    everything = {one.text: one.score for one in search(LATE, [favours_to()])}
    assert {one.text: one.score for one in found} == pytest.approx({text: everything[text] for text in texts(found)})


def test_a_rival_may_double_its_last_letter_once_there_was_a_blank() -> None:
    """ "bo" loses to "ao" as soon as they have one future, but both may go on to "oo" in the step after the next."""
    doubled = heard({"a": 0.6, "b": 0.4}, {"o": 0.9, "p": 0.1}, {"_": 1}, {"o": 1}, rest=0.0)
    found = search(doubled, [without_opinion()], BeamConfig(width=3))
    assert {one.text: np.exp(one.acoustic) for one in found} == pytest.approx({"aoo": 0.54, "boo": 0.36, "apo": 0.06})


def test_no_rival_doubles_its_last_letter_without_a_blank() -> None:
    """ "ao" loses to "o", which at once goes on to "oo": nobody can have said "aoo" in three steps."""
    beam = BeamSearch([without_opinion()], BeamConfig(width=2))
    beam.feed(heard({"o": 0.5, "a": 0.5}, {"_": 0.4, "o": 0.6}, {"o": 1}, rest=0.0))
    assert set(texts(beam.nbest(9))) == {"o", "oo", "ao"}


def test_what_a_long_text_may_have_begun_as_takes_little_memory() -> None:
    beam = BeamSearch([favours_to()], BeamConfig(width=16))
    beam.feed(np.tile(heard(*DOUBTS), (150, 1)))
    tracemalloc.start()
    found = beam.nbest(16)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [len(one.text) for one in found] == [300] * 16
    assert peak < 300_000


def test_the_end_leaves_nothing_that_only_a_collection_of_garbage_would_find() -> None:
    def prefixes() -> int:
        return sum(type(one) is Prefix for one in gc.get_objects())

    beam = BeamSearch([favours_to()], NARROW)
    gc.collect()
    gc.disable()
    try:
        before = prefixes()
        beam.feed(babble(60, 0, blank=2.0))
        assert prefixes() > before
        beam.finish()
        assert prefixes() == before
    finally:
        gc.enable()


def test_who_lost_by_far_is_forgotten() -> None:
    doubtful = heard({"a": 1 - np.exp(-11), "b": np.exp(-11)}, {"p": 0.6, "t": 0.4}, rest=0.0)
    hopeless = heard({"a": 1 - np.exp(-13), "b": np.exp(-13)}, {"p": 0.6, "t": 0.4}, rest=0.0)
    narrow = BeamConfig(width=3, floor=-20)
    assert texts(search(doubtful, [favours_to()], narrow)) == ["ap", "at", "bp"]
    assert texts(search(hopeless, [favours_to()], narrow)) == ["ap", "at"]


def test_nothing_begins_as_what_lost_after_it_had_grown() -> None:
    """At the end "aa" loses to "a", which had grown to "ab" before: nobody can have said "aab"."""
    late = heard({" ": 0.27, "a": 0.73}, {"b": 0.5, "_": 0.5}, {" ": 0.25, "a": 0.25, "b": 0.25, "_": 0.25}, rest=0.0)
    assert all(log_likelihood(late, encode(text)) > -np.inf for text in texts(search(late, [favours_to()], NARROW)))


@pytest.mark.parametrize("seed", range(8))
def test_what_others_began_as_is_hardly_told_likelier_than_it_is(seed: int) -> None:
    log_probs = babble(40, seed, blank=2.0)
    found = search(log_probs, [favours_to()], BeamConfig(width=16))
    truth = np.array([log_likelihood(log_probs, [LETTERS.index(letter) for letter in one.text]) for one in found])
    errors = np.array([one.acoustic for one in found]) - truth
    assert len(found) == 16
    assert -5 < errors.min() < errors.max() < 1
    assert abs(np.median(errors)) < 0.1


def test_a_prefix_that_was_dropped_and_comes_back_is_the_same() -> None:
    a, b = encode("ab")
    scores = np.full((SYMBOLS, SYMBOLS), FORBIDDEN)
    scores[BLANK, a], scores[a, b] = -6.0, 8.0
    steps = {"a": 0.5, "_": 0.5}, {"b": 0.5, "_": 0.5}, {"a": 1, "_": 1e-4}, {"b": 1, "_": 1e-2}
    beam = BeamSearch([Bigrams(scores, np.zeros(SYMBOLS))], BeamConfig(width=2, gain=10.0))
    kept = []
    for now in heard(*steps, rest=0.0):
        beam.feed(now[None])
        kept.append(texts(beam.nbest(2)))
    assert kept == [["", "a"], ["ab", ""], ["a", "ab"], ["ab", "a"]]
    both_times = np.log(0.5 * 0.5 * 1 * 1 + 0.5 * 0.5 * 1e-4 * 1e-2)
    assert beam.nbest(1)[0].acoustic == pytest.approx(both_times, rel=1e-9)


@given(seed=st.integers(0, 10_000), cuts=st.lists(st.integers(1, 9), min_size=1, max_size=6))
@settings(deadline=None, max_examples=15)
def test_results_do_not_depend_on_how_the_steps_are_cut(seed: int, cuts: list[int]) -> None:
    log_probs = babble(40, seed)
    whole, pieces = BeamSearch([Bigrams.random(seed)]), BeamSearch([Bigrams.random(seed)])
    whole.feed(log_probs)
    first = 0
    while first < len(log_probs):
        size = cuts[first % len(cuts)]
        pieces.feed(log_probs[first : first + size])
        pieces.nbest(3)
        first += size
    assert pieces.partial() == whole.partial()
    assert pieces.finish() == whole.finish()


@given(seed=st.integers(0, 10_000))
@settings(deadline=None, max_examples=10)
def test_not_to_ask_about_the_hopeless_changes_nothing(seed: int) -> None:
    log_probs = babble(25, seed, blank=2.0)
    few, many = (Favourite("the pear", 2.0, otherwise=-1.0) for _ in range(2))
    found = search(log_probs, [few, Bigrams.random(seed)], BeamConfig(width=8, gain=5.0))
    assert found == search(log_probs, [many, Bigrams.random(seed)], BeamConfig(width=8, gain=1e6))
    assert 0 < few.asked.total() < many.asked.total()
    bonuses = tuple(np.random.default_rng(seed).uniform(0, 12, len(LETTERS)).tolist())
    alone = (search(log_probs, config=BeamConfig(width=8, letter_bonuses=bonuses, gain=gain)) for gain in (0.0, 1e6))
    assert next(alone) == next(alone)


@given(log_probs=small_worlds(), margin=st.floats(-2, 2))
@settings(deadline=None, max_examples=30)
def test_what_is_hardly_likelier_than_silence_was_not_said(log_probs: LogProbs, margin: float) -> None:
    favoured = (20.0,) * len(LETTERS)
    wide = BeamConfig(width=2000, floor=-np.inf, letter_bonuses=favoured)
    best = search(log_probs, config=wide)[0]
    ratio = best.acoustic - float(log_probs[:, BLANK].astype(float).sum())
    found = search(log_probs, config=replace(wide, silence_margin=margin))
    assert bool(found) == (ratio >= margin * len(best.text))
    assert not found or found[0] == best


def test_a_partial_of_hardly_anything_is_empty_until_there_is_more() -> None:
    log_probs = heard({"a": 0.5, "_": 0.4}, {"b": 0.95, "_": 0.01})
    beam = BeamSearch(config=BeamConfig(silence_margin=1.0))
    told = []
    for now in log_probs:
        beam.feed(now[None])
        told.append(beam.partial())
    assert told == ["", "ab"]
    beam.reset()
    beam.feed(log_probs[:1])
    assert beam.nbest(3) == []


def test_a_scorer_turns_the_ranking() -> None:
    assert search(PEAR)[0].text == "pair"
    assert search(PEAR, [Favourite("pear", 0.5)])[0].text == "pear"


def test_the_end_of_a_text_counts() -> None:
    beam = BeamSearch([Favourite("pear", 0.0, at_end=2.0)])
    beam.feed(PEAR)
    assert beam.partial() == "pair"
    assert beam.nbest(1)[0].text == "pear"


def test_what_is_forbidden_never_appears() -> None:
    found = search(PEAR, [Favourite("pear", 0.0, otherwise=FORBIDDEN)])
    assert set(texts(found)) == {"pear"[:length] for length in range(5)}
    assert "pear" not in texts(search(PEAR, [Favourite("pear", 0.0, at_end=FORBIDDEN)]))


def test_where_all_is_forbidden_nothing_was_said() -> None:
    beam = BeamSearch([Favourite("", 0.0, otherwise=FORBIDDEN)])
    beam.feed(heard({"p": 1}, {"a": 1}, rest=0.0))
    assert beam.partial() == ""
    assert beam.finish() == []


def test_each_prefix_is_asked_about_once() -> None:
    scorer = Favourite("pear", 1.0)
    search(babble(8, 0), [scorer], BeamConfig(width=200))
    assert set(scorer.asked.values()) == {1}


def test_looking_does_not_disturb_and_the_end_is_a_new_beginning() -> None:
    beam = BeamSearch([Favourite("pear", 0.5)])
    for _ in range(2):
        beam.feed(PEAR)
        assert beam.nbest(2) == beam.nbest(2)
        assert beam.partial() == "pear"
        assert beam.finish() == search(PEAR, [Favourite("pear", 0.5)], BeamConfig())
    beam.feed(PEAR)
    beam.reset()
    assert beam.finish() == [Hypothesis("", 0.0, 0.0)]


def test_no_steps_are_no_news() -> None:
    beam = BeamSearch()
    beam.feed(np.empty((0, SYMBOLS), np.float32))
    assert beam.partial() == ""
    assert beam.nbest(5) == [Hypothesis("", 0.0, 0.0)]


def test_length_normalisation_lifts_long_texts() -> None:
    log_probs = heard({"a": 0.5, "_": 0.5}, {"_": 1}, {"b": 0.4, "_": 0.6})
    plain, mean = (search(log_probs, config=BeamConfig(length_exponent=exponent)) for exponent in (0.0, 1.0))
    assert texts(plain)[0] == "a"
    assert texts(mean)[0] == "ab"
    assert {(one.text, one.score) for one in plain} == {(one.text, one.score) for one in mean}


@pytest.mark.parametrize(("floor", "texts_found"), [(-4.0, {""}), (-6.0, {"", "a"})])
def test_letters_below_the_floor_grow_nothing(floor: float, texts_found: set[str]) -> None:
    log_probs = heard({"_": 1, "a": np.exp(-5)}, {"_": 1})
    assert set(texts(search(log_probs, config=BeamConfig(floor=floor)))) == texts_found


def test_a_letter_below_the_floor_still_lasts() -> None:
    """A prefix keeps all of its paths, though no new one would begin with such a letter."""
    log_probs = heard({"a": 1}, {"a": np.exp(-10), "_": np.exp(-11)}, rest=0.0)
    (found,) = search(log_probs, config=BeamConfig())
    assert found.acoustic == pytest.approx(log_likelihood(log_probs, encode("a")))


@pytest.mark.parametrize("scorers", [(), (favours_to(),)])
def test_ten_minutes_of_silence_leave_nothing_behind(scorers: Sequence[Scorer]) -> None:
    minute = babble(2000, 1, blank=22.0)
    beam = BeamSearch(scorers, BeamConfig(width=6))
    beam.feed(PEAR)
    for _ in range(10):
        beam.feed(minute)
    beginnings = {text[: n + 1] for text in texts(beam.nbest(6)) for n in range(len(text))}
    assert len(beginnings) <= len(beam._tree._nodes) <= 2 * SPARE
    assert beam.partial().startswith("p")
