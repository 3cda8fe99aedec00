"""Confidences are probabilities: of texts that exclude each other, no more than one is right."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.decoder.beam import Hypothesis
from edge.decoder.confidence import Calibration
from edge.maths import log_softmax

pytestmark = pytest.mark.runtime

SCORES = st.lists(st.floats(-60, 0), min_size=1, max_size=8)
WEIGHTS = st.floats(0, 3)


def hypotheses(scores: list[float]) -> list[Hypothesis]:
    """One of each score, the best first."""
    return [Hypothesis("a" * (1 + n), score, score) for n, score in enumerate(sorted(scores, reverse=True))]


@given(SCORES, WEIGHTS, WEIGHTS, WEIGHTS, st.floats(-3, 3))
def test_all_together_are_one_at_most_and_fall(
    scores: list[float], margin: float, fit: float, clarity: float, offset: float
) -> None:
    log_probs = log_softmax(np.random.default_rng(1).normal(0, 2, (30, 29)))
    found = Calibration(margin, fit, offset, clarity).confidences(hypotheses(scores), log_probs)
    assert len(found) == len(scores)
    assert all(0 <= one <= 1 for one in found)
    assert sum(found) <= 1 + 1e-9
    assert found == sorted(found, reverse=True)


def test_of_nothing_there_is_none() -> None:
    assert Calibration().confidences([], np.zeros((0, 29))) == []


def test_two_that_are_alike_share_what_the_sound_leaves_them() -> None:
    log_probs = log_softmax(np.random.default_rng(1).normal(0, 2, (30, 29)))
    best, other, last = Calibration(1.0, 0.0, 0.0).confidences(hypotheses([-1.0, -1.0, -9.0]), log_probs)
    assert best == pytest.approx(other, abs=1e-3)
    assert last < 0.01
