"""The ring loses nothing that it does not account for, and says exactly where."""

import threading
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.capture.native import NativeBlock
from edge.capture.ring import Ring

CAPACITY = 10
pytestmark = pytest.mark.runtime


def frames(start: int, count: int) -> npt.NDArray[np.int16]:
    """Frames that carry their own index on the writer's clock, in two channels."""
    index = np.arange(start, start + count)
    return np.stack((index, -index), axis=1).astype(np.int16)


@dataclass
class Model:
    """What a ring should do, said with a plain list of the indices that were stored."""

    clock: int = 0
    lost: int = 0
    stored: list[int] = field(default_factory=list)

    def write(self, ring: Ring, count: int) -> None:
        ring.write(frames(self.clock, count))
        fits = min(count, CAPACITY - len(self.stored))
        self.stored += range(self.clock, self.clock + fits)
        self.lost += count - fits
        self.clock += count

    def skip(self, ring: Ring, count: int) -> None:
        ring.skip(count)
        self.lost += count
        self.clock += count

    def read(self, ring: Ring, most: int) -> None:
        if not self.stored:
            with pytest.raises(TimeoutError):
                ring.read(most, timeout=0)
            return
        block = ring.read(most, timeout=0)
        assert block is not None
        expected = self.next_block(most)
        assert block.start == expected[0]
        np.testing.assert_array_equal(block.frames, frames(expected[0], len(expected)))
        del self.stored[: len(expected)]

    def next_block(self, most: int) -> list[int]:
        """The first stored indices without a hole among them."""
        until = next((i for i in range(1, len(self.stored)) if self.stored[i] != self.stored[i - 1] + 1), None)
        return self.stored[:until][:most]


STEPS = st.lists(st.tuples(st.sampled_from(["write", "skip", "read"]), st.integers(1, 2 * CAPACITY)), max_size=60)


@given(steps=STEPS)
def test_any_sequence_of_writes_and_reads_places_every_gap_exactly(steps: list[tuple[str, int]]) -> None:
    ring, model = Ring(CAPACITY, channels=2), Model()
    for action, count in steps:
        getattr(model, action)(ring, count)
        assert ring.lost == model.lost
    while model.stored:
        model.read(ring, CAPACITY)


def test_new_frames_that_do_not_fit_are_dropped_and_the_clock_jumps_over_them() -> None:
    ring = Ring(4)
    ring.write(frames(0, 6)[:, :1])
    first = ring.read(9)
    ring.write(frames(6, 2)[:, :1])
    second = ring.read(9)
    assert first is not None
    assert second is not None
    assert (first.start, first.end, second.start, second.end) == (0, 4, 6, 8)
    assert (ring.lost, ring.unmeasured) == (2, 0)


def test_a_loss_of_unknown_length_is_counted_but_moves_no_clock() -> None:
    ring = Ring(4)
    ring.skip(0)
    ring.write(frames(0, 2)[:, :1])
    block = ring.read(9)
    assert block is not None
    assert (block.start, ring.lost, ring.unmeasured) == (0, 0, 1)


def test_the_ring_keeps_a_copy_because_the_callback_reuses_its_buffer() -> None:
    ring, buffer = Ring(4), np.full((2, 1), 7, np.int16)
    ring.write(buffer)
    buffer[:] = 0
    block = ring.read(9)
    assert block is not None
    assert block.frames.tolist() == [[7], [7]]


def test_close_wakes_a_reader_that_waits_for_ever() -> None:
    ring = Ring(4)
    got: list[NativeBlock | None] = []
    reader = threading.Thread(target=lambda: got.append(ring.read(1)))
    reader.start()
    ring.close()
    reader.join(10)
    assert got == [None]


def test_what_was_written_before_close_is_still_read() -> None:
    ring = Ring(4)
    ring.write(frames(0, 3)[:, :1])
    ring.close()
    block = ring.read(9)
    assert block is not None
    assert block.end == 3
    assert ring.read(9) is None


def test_a_writer_and_a_reader_at_once_account_for_every_frame() -> None:
    ring, total = Ring(64, channels=2), 20_000
    writer = threading.Thread(target=_write_all, args=(ring, total))
    writer.start()
    read = end = 0
    while (block := ring.read(17, timeout=10)) is not None:
        assert block.start >= end
        np.testing.assert_array_equal(block.frames, frames(block.start, len(block.frames)))
        read, end = read + len(block.frames), block.end
    writer.join()
    assert read + ring.lost == total


def _write_all(ring: Ring, total: int) -> None:
    for start in range(0, total, 40):
        ring.write(frames(start, 40))
    ring.close()
