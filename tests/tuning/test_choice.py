"""Thresholds by counts of accepts: the budget is kept in hours that were not heard."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.errors import ConfigError, DataError
from edge.model.manifest import OperatingPoints
from edge.tuning import LEVELS, choose, hours_to_show, poisson_cumulative, poisson_interval, wilson_interval
from edge.tuning.accepts import Counts

pytestmark = pytest.mark.runtime

CURVE = OperatingPoints((0.3, 0.6, 0.9), (8.0, 1.0, 0.1), (1.0, 2.0, 9.0))
LOG_ODDS = np.log(LEVELS / (1 - LEVELS))


def recorded(peaks: np.ndarray) -> Counts:
    """Counts of accepts whose scores peak at these log-odds."""
    return np.array([(peaks >= level).sum() for level in LOG_ODDS])


def exponential(rng: np.random.Generator, events: float) -> np.ndarray:
    """Some accepts at the lowest level, a third as many for each 1.1 of log-odds further up."""
    return np.asarray(LOG_ODDS[0] + rng.exponential(1.0, rng.poisson(events)))


def saturated(rng: np.random.Generator, events: float) -> np.ndarray:
    """Accepts whose number falls ever faster, as scores of a bounded network do."""
    return np.asarray(LOG_ODDS[0] + np.sqrt(2 * rng.exponential(3.0, rng.poisson(events))))


def test_intervals_are_the_textbooks() -> None:
    assert poisson_interval(0) == pytest.approx((0, 3.689), abs=1e-3)
    assert poisson_interval(9) == pytest.approx((4.115, 17.085), abs=1e-3)
    assert wilson_interval(0, 10) == pytest.approx((0, 0.2775), abs=1e-3)
    assert wilson_interval(5, 10) == pytest.approx((0.2366, 0.7634), abs=1e-3)
    assert poisson_cumulative(1.0)[2] == pytest.approx(2.5 * np.exp(-1))
    assert hours_to_show(1 / 24) == pytest.approx(71.9, abs=0.1)


def curve_of(room: Callable[[np.random.Generator, float], np.ndarray]) -> OperatingPoints:
    """What was measured elsewhere, in a place three times as quiet."""
    rates = recorded(room(np.random.default_rng(9), 1e6)) / 1e6 * 13
    return OperatingPoints(tuple(LEVELS.tolist()), tuple(rates.tolist()), (0.0,) * len(LEVELS))


@pytest.mark.parametrize("measured", [True, False])
@pytest.mark.parametrize("room", [exponential, saturated])
@pytest.mark.parametrize(("hours", "basis"), [(10.0, "counted"), (2.0, "extrapolated")])
def test_the_true_rate_is_within_the_budget(
    room: Callable[[np.random.Generator, float], np.ndarray], hours: float, basis: str, measured: bool
) -> None:
    """Of 100 recordings at 40 accepts an hour, 5 % may be wrong by chance: 11 with the chance of chance itself."""
    rng, per_hour, budget = np.random.default_rng(5), 40.0, 0.5
    curve = curve_of(room) if measured else None
    truth = recorded(room(rng, 1e5 * per_hour)) / 1e5
    wrong = 0
    for _ in range(100):
        choice = choose("word", recorded(room(rng, per_hour * hours)), hours, budget, curve)
        assert choice.basis == basis
        wrong += truth[np.searchsorted(LEVELS, choice.threshold)] > budget
    assert wrong <= 11


def test_counting_takes_the_lowest_threshold_that_it_shows() -> None:
    peaks = np.repeat([-1.0, 0.0, 1.0], [30, 10, 1])
    assert choose("word", recorded(peaks), 4.0, 1.0, CURVE).threshold == LEVELS[LOG_ODDS > 1.0][0]
    assert choose("word", recorded(peaks), 4.0, 1.2, CURVE).threshold == LEVELS[LOG_ODDS > 0.0][0]


def test_a_choice_carries_its_evidence() -> None:
    choice = choose("word", recorded(np.repeat([-1.0, 1.0], [30, 1])), 4.0, 1.2, CURVE)
    assert (choice.accepts, choice.hours) == (1, 4.0)
    assert choice.interval == pytest.approx((0.0253 / 4, 5.5716 / 4), abs=1e-3)


@given(
    peaks=st.lists(st.floats(-3.5, 5.0), max_size=60),
    hours=st.floats(0.1, 100.0),
    budgets=st.tuples(st.floats(0.2, 10.0), st.floats(0.2, 10.0)),
)
def test_a_smaller_budget_never_asks_for_less(peaks: list[float], hours: float, budgets: tuple[float, float]) -> None:
    counts = recorded(np.array(peaks))
    strict, lenient = (choose("word", counts, hours, budget, CURVE) for budget in sorted(budgets))
    assert strict.threshold >= lenient.threshold or strict.basis != lenient.basis


@pytest.mark.parametrize("hours", [0.1, 1000.0])
def test_silence_proves_nothing(hours: float) -> None:
    choice = choose("word", recorded(np.array([])), hours, 1.0, CURVE)
    assert choice.basis == "shipped"
    assert choice.threshold == pytest.approx(0.6, abs=0.01)


def test_what_was_heard_outweighs_the_shipped_curve() -> None:
    choice = choose("word", recorded(np.full(5, 2.0)), 1.0, 1.0, CURVE)
    assert choice.basis == "shipped"
    assert choice.threshold == LEVELS[LOG_ODDS > 2.0][0]


def test_a_place_that_is_louder_than_the_curve_knows() -> None:
    """Its curve has no accept where this recording has many: then their own tail is all there is."""
    quiet = OperatingPoints((0.3, 0.6), (1.0, 0.0), (0.0, 0.0))
    choice = choose("word", recorded(np.linspace(0.0, 4.0, 80)), 1.0, 1.0, quiet)
    assert choice.basis == "extrapolated"
    assert choice == choose("word", recorded(np.linspace(0.0, 4.0, 80)), 1.0, 1.0, None)


def test_nothing_to_choose_by() -> None:
    with pytest.raises(DataError, match=r"^word: in 2 h too little resembled it: listen for longer"):
        choose("word", recorded(np.array([])), 2.0, 1.0, None)
    with pytest.raises(ConfigError, match="below what was measured for 'word'"):
        choose("word", recorded(np.array([])), 2.0, 0.01, CURVE)


@pytest.mark.parametrize(("accepts", "hours", "budget"), [(1000, 100.0, 0.5), (50, 1.0, 0.01), (6, 1.0, 0.2)])
def test_a_budget_that_nothing_holds_is_said_to_be_exceeded(accepts: int, hours: float, budget: float) -> None:
    choice = choose("w", np.full(len(LEVELS), accepts), hours, budget, CURVE)
    assert (choice.basis, choice.threshold, choice.accepts) == ("exceeded", LEVELS[-1], accepts)
