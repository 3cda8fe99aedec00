"""What the network is asked to say, and what it costs not to."""

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow", reason="training needs tensorflow: pip install -e '.[train]'")

from edge.features import FeatureConfig  # noqa: E402
from train.losses import timing_loss, trigger_loss  # noqa: E402
from train.targets import TIMING_SECONDS, TargetWindow, step_ends, targets  # noqa: E402

ENDS = step_ends(60, 3, FeatureConfig())


def test_a_step_ends_with_its_last_window() -> None:
    assert ENDS[0] == pytest.approx(0.045)
    assert ENDS[1] - ENDS[0] == pytest.approx(0.03)


def test_the_word_must_fire_within_its_window_and_nowhere_else() -> None:
    wanted = targets([(1, 2, 8000, 16000)], (2, 60, 4), ENDS, TargetWindow(0.0, 0.2, -0.1, 0.4))
    since = ENDS - 1.0
    must, may = (since >= 0) & (since <= 0.2), (since >= -0.1) & (since <= 0.4)
    np.testing.assert_array_equal(wanted.scores[1, :, 2], must)
    np.testing.assert_array_equal(wanted.weights[1, :, 2], must | ~may)
    assert not wanted.scores[0].any()
    assert not wanted.scores[1, :, [0, 1, 3]].any()
    assert wanted.weights[0].all()


def test_the_clocks_count_from_the_words_beginning_and_end() -> None:
    wanted = targets([(0, 0, 8000, 16000)], (1, 60, 1), ENDS)
    step = int(np.flatnonzero(wanted.scores[0, :, 0])[3])
    elapsed = ENDS[step] - np.array([0.5, 1.0])
    np.testing.assert_allclose(wanted.timing[0, step] * TIMING_SECONDS, elapsed, atol=1e-6)


def test_loss_is_the_cross_entropy_summed_over_a_mixture() -> None:
    scores = np.zeros((1, 5, 2), np.float32)
    scores[0, 2, 1] = 1
    right = (2 * scores - 1) * 8
    # Ten answers, of which the one that should fire counts one and a half times.
    assert float(trigger_loss(right, scores, np.ones_like(scores))) == pytest.approx(10.5 * np.log1p(np.exp(-8)))
    assert float(trigger_loss(-right, scores, np.ones_like(scores))) == pytest.approx(10.5 * np.log1p(np.exp(8)))


def test_steps_of_no_weight_cost_nothing() -> None:
    scores = np.zeros((1, 5, 2), np.float32)
    assert float(trigger_loss(scores + 9, scores, np.zeros_like(scores))) == 0


def test_timing_counts_only_where_a_word_was_said() -> None:
    timing, said = np.full((1, 4, 2), 0.5, np.float32), np.array([[0, 1, 0, 0]], np.float32)
    logits = np.zeros((1, 4, 2), np.float32)
    logits[0, 0] = 50
    assert float(timing_loss(logits, timing, said)) == pytest.approx(0)
    logits[0, 1] = 50
    assert float(timing_loss(logits, timing, said)) == pytest.approx(0.5)
