"""Finished texts are ranked anew by the score of the search and a second opinion."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.decoder.beam import Hypothesis
from edge.decoder.rescoring import Rescorer

pytestmark = pytest.mark.runtime

PAIR = Hypothesis("the apple and pair salad", -4.0, -3.0)
PEAR = Hypothesis("the apple and pear salad", -4.5, -3.5)
OPINION = {PAIR.text: -30.0, PEAR.text: -28.0}


@pytest.mark.parametrize(("weight", "best"), [(0.0, PAIR.text), (0.2, PAIR.text), (0.3, PEAR.text), (1.0, PEAR.text)])
def test_the_opinion_counts_as_much_as_its_weight(weight: float, best: str) -> None:
    assert Rescorer(OPINION.__getitem__, weight)([PAIR, PEAR])[0].text == best


def test_scores_gain_the_opinion_and_what_was_heard_stays() -> None:
    first, second = Rescorer(OPINION.__getitem__, 0.5)([PAIR, PEAR])
    assert first == Hypothesis(PEAR.text, -18.5, -3.5)
    assert second == Hypothesis(PAIR.text, -19.0, -3.0)


def test_nothing_remains_nothing() -> None:
    assert Rescorer(OPINION.__getitem__, 1.0)([]) == []


@given(st.lists(st.tuples(st.text("ab", max_size=3), st.floats(-50, 0)), max_size=6))
def test_no_hypothesis_is_lost_and_the_best_comes_first(texts: list[tuple[str, float]]) -> None:
    hypotheses = [Hypothesis(text, score, score) for text, score in texts]
    ranked = Rescorer(lambda text: -math.pi * len(text), 0.7)(hypotheses)
    assert sorted(one.text for one in ranked) == sorted(text for text, _ in texts)
    assert [one.score for one in ranked] == sorted((one.score for one in ranked), reverse=True)
