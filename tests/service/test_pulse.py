"""Audio that lives comes at the pace of the clock; whatever does not is dead."""

from collections.abc import Callable, Iterable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.audio import SAMPLE_RATE
from edge.service import Pulse

pytestmark = pytest.mark.runtime

WINDOW = 10.0
BLOCK = 0.08
Blocks = Iterator[tuple[float, float]]
"""When a block comes, and how many seconds of sound are in it."""


def steady(seconds: float, start: float = 0.0, speed: float = 1.0) -> Blocks:
    for index in range(round(seconds / BLOCK)):
        yield start + (index + 1) * BLOCK, BLOCK * speed


def frozen(seconds: float, start: float = 0.0) -> Blocks:
    return steady(seconds, start, speed=0.0)


def late(blocks: Iterable[tuple[float, float]], since: float, until: float) -> Blocks:
    """Nothing is worked on for a while, and then all of it at once."""
    for time, length in blocks:
        yield (until if since < time < until else time), length


def beats(blocks: Iterable[tuple[float, float]], then: float = 0.0) -> bool:
    now = 0.0
    pulse = Pulse(WINDOW, lambda: now)
    for now, length in blocks:  # noqa: B007 -- the clock reads it
        pulse.feed(round(length * SAMPLE_RATE))
    now += then
    return pulse.beats


CASES: dict[str, tuple[Callable[[], Blocks], bool]] = {
    "nothing yet": (lambda: iter(()), False),
    "less than a window": (lambda: steady(9), False),
    "steady": (lambda: steady(60), True),
    "a crystal that is off": (lambda: steady(60, speed=1.001), True),
    "as slow as may be": (lambda: steady(60, speed=0.955), True),
    "as fast as may be": (lambda: steady(60, speed=1.045), True),
    "slow": (lambda: steady(60, speed=0.94), False),
    "44.1 kHz for 48": (lambda: steady(60, speed=44.1 / 48), False),
    "fast": (lambda: steady(60, speed=1.06), False),
    "double speed": (lambda: steady(60, speed=2.0), False),
    "frozen from the start": (lambda: frozen(60), False),
    "frozen for a second": (lambda: iter([*steady(60), *frozen(1, 60)]), False),
    "heard again for less than a window": (lambda: iter([*steady(60), *frozen(5, 60), *steady(9, 65)]), False),
    "heard again for a window": (lambda: iter([*steady(60), *frozen(5, 60), *steady(11, 65)]), True),
    "two seconds late, then on time": (lambda: late(steady(60), 50.5, 52.5), True),
    "the clock jumps ahead": (lambda: iter([*steady(60), *steady(9, 3660)]), False),
    "a window after the clock jumped ahead": (lambda: iter([*steady(60), *steady(11, 3660)]), True),
    "the clock jumps back": (lambda: iter([*steady(60), *steady(9, 5)]), False),
    "a window after the clock jumped back": (lambda: iter([*steady(60), *steady(11, 5)]), True),
}


@pytest.mark.parametrize(("blocks", "alive"), CASES.values(), ids=CASES)
def test_table(blocks: Callable[[], Blocks], alive: bool) -> None:
    assert beats(blocks()) is alive


def test_it_is_dead_as_soon_as_time_passes_without_blocks() -> None:
    assert beats(steady(60), then=0.3)
    assert not beats(steady(60), then=0.7)


@given(st.lists(st.floats(0.005, 0.3), min_size=200, max_size=300), st.floats(0.8, 1.25))
def test_only_the_rate_counts_not_how_the_sound_is_cut(lengths: list[float], speed: float) -> None:
    now, blocks = 0.0, []
    for length in lengths:
        now += length
        blocks.append((now, length * speed))
    if now > WINDOW and not (0.945 < speed < 0.955 or 1.045 < speed < 1.055):
        assert beats(blocks) is (0.95 < speed < 1.05)
