"""The pre-roll holds the last seconds, addressed by the stream clock."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.audio import SAMPLE_RATE, AudioBlock
from edge.capture import PreRoll

pytestmark = pytest.mark.runtime
HELD = 8


def block(start: int, count: int) -> AudioBlock:
    """Samples that carry their own index, from 1 on, so that 0 is silence."""
    return AudioBlock(np.arange(start + 1, start + count + 1).astype(np.int16), start)


def preroll() -> PreRoll:
    return PreRoll(HELD / SAMPLE_RATE)


@given(
    steps=st.lists(st.tuples(st.integers(0, 3 * HELD), st.integers(0, 3 * HELD)), min_size=1, max_size=20),
    start=st.integers(0, 100),
    length=st.integers(0, 40),
)
def test_it_gives_the_newest_samples_whatever_came_before(
    steps: list[tuple[int, int]], start: int, length: int
) -> None:
    held, everything = preroll(), np.zeros(2000, np.int16)
    for gap, count in steps:
        piece = block(held.end + gap, count)
        held.append(piece)
        everything[piece.start : piece.end] = piece.samples
    assert held.end == piece.end
    assert held.end - held.start <= HELD
    part = held.last(start, start + length)
    assert held.start <= part.start <= part.end <= held.end
    np.testing.assert_array_equal(part.samples, everything[part.start : part.end])
    inside = set(range(start, start + length)) & set(range(held.start, held.end))
    assert set(range(part.start, part.end)) == inside


@pytest.mark.parametrize(
    ("start", "end", "held"),
    [(0, 5, (2, 5)), (4, 99, (4, 10)), (4, 6, (4, 6)), (0, 2, (2, 2)), (20, 30, (10, 10)), (6, 4, (6, 6))],
)
def test_it_gives_the_part_that_is_still_held(start: int, end: int, held: tuple[int, int]) -> None:
    ring = preroll()
    ring.append(block(0, 10))
    part = ring.last(start, end)
    assert (part.start, part.end) == held
    assert part.samples.tolist() == list(range(held[0] + 1, held[1] + 1))


def test_lost_samples_are_silence() -> None:
    ring = preroll()
    ring.append(block(0, 3))
    ring.append(block(5, 2))
    assert ring.last(0, 7).samples.tolist() == [1, 2, 3, 0, 0, 6, 7]


def test_a_gap_longer_than_the_ring_forgets_what_was_before_it() -> None:
    ring = preroll()
    ring.append(block(0, 3))
    ring.append(block(1000, 2))
    assert (ring.start, ring.end) == (1000, 1002)


def test_the_clock_never_goes_back() -> None:
    ring = preroll()
    ring.append(block(0, 3))
    with pytest.raises(ValueError, match="goes back"):
        ring.append(block(2, 3))


def test_what_it_gave_stays_as_it_was() -> None:
    ring = preroll()
    ring.append(block(0, 3))
    part = ring.last(0, 3)
    ring.append(block(3, HELD))
    assert part.samples.tolist() == [1, 2, 3]
