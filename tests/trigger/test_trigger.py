"""The detector: tables of posteriors in, tables of events out."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.errors import ConfigError
from edge.events import Trigger
from edge.maths import sigmoid
from edge.model.manifest import OperatingPoints
from edge.trigger import Clock, Detector, DetectorConfig, Posteriors, threshold_for

CLOCK = Clock(start=0, step=1600, window=1600)
"""Steps of 0.1 s, so that times are easy to read."""

PLAIN = DetectorConfig(smoothing_steps=1, leave_ratio=0.5, refractory_seconds=0.3, timing_seconds=2.0)


@pytest.mark.parametrize(
    ("figure", "value"), [("smoothing_steps", 0), ("timing_seconds", 0.0), ("leave_ratio", float("nan"))]
)
def test_figures_that_cannot_be_are_refused(figure: str, value: float) -> None:
    with pytest.raises(ValueError, match=figure):
        DetectorConfig(**{figure: value})  # type: ignore[arg-type]


def detect(scores: list[float], config: DetectorConfig = PLAIN, threshold: float = 0.8) -> list[float]:
    """Times at which a word with these posteriors fires."""
    posteriors = np.array(scores, np.float32)[:, None]
    detector = Detector(["word"], {"word": threshold}, "m", config)
    return [event.at for event in detector.feed(posteriors, np.zeros((len(scores), 2), np.float32), 0, CLOCK)]


@pytest.mark.parametrize(
    ("scores", "fires"),
    [
        pytest.param([0.1, 0.2, 0.7, 0.1], [], id="never above the threshold"),
        pytest.param([0.1, 0.9, 0.1], [0.2], id="once"),
        pytest.param([0.8], [0.1], id="at the threshold"),
        pytest.param([0.9] * 20, [0.1], id="a long word is one word"),
        pytest.param([0.9, 0.5, 0.9, 0.5, 0.9, 0.5, 0.9], [0.1], id="has not left: stays above half the threshold"),
        pytest.param([0.9, 0.1, 0.9], [0.1], id="refractory time"),
        pytest.param([0.9, 0.1, 0.1, 0.9], [0.1, 0.4], id="again after the refractory time"),
        pytest.param([0.9, 0.1, 0.9, 0.9], [0.1, 0.4], id="still there when the refractory time ends"),
    ],
)
def test_hysteresis_and_refractory_time(scores: list[float], fires: list[float]) -> None:
    assert detect(scores) == pytest.approx(fires)


def test_smoothing_is_the_mean_of_the_last_steps() -> None:
    config = DetectorConfig(smoothing_steps=3)
    assert detect([0.9, 0.0, 0.9, 0.9, 0.9], config) == pytest.approx([0.5])
    detector = Detector(["a"], {}, "m", config)
    smooth = detector.smooth(np.array([[0.3], [0.6], [0.9], [0.0]], np.float32))
    np.testing.assert_allclose(smooth[:, 0], [0.1, 0.3, 0.6, 0.5], rtol=1e-6)


def test_event_says_when_the_word_began_and_ended() -> None:
    detector = Detector(["a", "b"], {"b": 0.5}, "abc", PLAIN)
    posteriors = np.zeros((20, 2), np.float32)
    posteriors[15, 1] = 0.75
    timing = np.full((20, 2), [0.4, 0.05], np.float32)
    (event,) = detector.feed(posteriors, timing, 0, CLOCK)
    assert (event.at, event.name, event.score, event.model) == (1.6, "b", 0.75, "abc")
    assert (event.began, event.ended) == pytest.approx((0.8, 1.5))


def test_times_never_lie_before_the_stream_nor_the_wrong_way_round() -> None:
    detector = Detector(["a"], {"a": 0.5}, "m", PLAIN)
    (event,) = detector.feed(np.ones((1, 1), np.float32), np.array([[0.1, 0.9]], np.float32), 0, CLOCK)
    assert 0 <= event.began <= event.ended <= event.at


def test_words_that_are_not_enabled_never_fire() -> None:
    detector = Detector(["a", "b"], {"a": 0.5}, "m", PLAIN)
    events = detector.feed(np.ones((9, 2), np.float32), np.zeros((9, 2), np.float32), 0, CLOCK)
    assert {event.name for event in events} == {"a"}


def test_two_words_may_fire_at_once() -> None:
    detector = Detector(["a", "b"], {"a": 0.5, "b": 0.5}, "m", PLAIN)
    events = detector.feed(np.ones((1, 2), np.float32), np.zeros((1, 2), np.float32), 0, CLOCK)
    assert [event.name for event in events] == ["a", "b"]


@given(
    scores=st.lists(st.floats(0, 1, width=32), min_size=1, max_size=60),
    cuts=st.lists(st.integers(1, 7), min_size=1, max_size=5),
)
@settings(deadline=None, max_examples=60)
def test_events_do_not_depend_on_how_the_steps_are_cut(scores: list[float], cuts: list[int]) -> None:
    posteriors = np.array(scores, np.float32)[:, None]
    timing = np.linspace(0, 1, 2 * len(scores), dtype=np.float32).reshape(-1, 2)
    whole = Detector(["w"], {"w": 0.5}, "m").feed(posteriors, timing, 0, CLOCK)
    detector, first = Detector(["w"], {"w": 0.5}, "m"), 0
    pieces: list[list[Trigger]] = []
    while first < len(scores):
        last = first + cuts[len(pieces) % len(cuts)]
        pieces.append(detector.feed(posteriors[first:last], timing[first:last], first, CLOCK))
        first = last
    assert [event for piece in pieces for event in piece] == whole


def test_reset_forgets_what_has_fired() -> None:
    detector = Detector(["w"], {"w": 0.5}, "m", PLAIN)
    ones: tuple[Posteriors, Posteriors] = np.ones((2, 1), np.float32), np.zeros((2, 2), np.float32)
    assert len(detector.feed(*ones, 0, CLOCK)) == 1
    assert len(detector.feed(*ones, 2, CLOCK)) == 0
    detector.reset()
    assert len(detector.feed(*ones, 0, CLOCK)) == 1


CURVE = OperatingPoints((0.3, 0.5, 0.7, 0.9), (4.0, 1.0, 0.4, 0.2), (1.0, 2.0, 4.0, 9.0))


@pytest.mark.parametrize(("budget", "threshold"), [(10.0, 0.3), (1.0, 0.5), (0.5, 0.7), (0.2, 0.9)])
def test_a_budget_of_false_accepts_chooses_the_lowest_threshold_within_it(budget: float, threshold: float) -> None:
    assert threshold_for(CURVE, budget, "w") == threshold


def test_a_budget_below_what_was_measured_is_refused() -> None:
    with pytest.raises(ConfigError, match="below what was measured for 'w'"):
        threshold_for(CURVE, 0.1, "w")


def test_sigmoid_saturates_without_overflow() -> None:
    values = sigmoid(np.array([-1e9, -2.0, 0.0, 2.0, 1e9], np.float32))
    np.testing.assert_allclose(values, [0, 0.1192029, 0.5, 0.8807971, 1], atol=1e-6)
