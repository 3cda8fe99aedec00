"""What is free on the heap is given back, and nothing is done in vain where there is no glibc."""

import ctypes
from pathlib import Path

import pytest

from edge.service import Heap
from edge.service.heap import PERIOD

pytestmark = [
    pytest.mark.runtime,
    pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="the C library is not glibc"),
]


def resident() -> int:
    """Bytes of memory that the process has now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def test_holes_between_what_lasts_are_given_back_each_minute() -> None:
    heap = Heap()
    # Too small to be mapped each by itself, too large for Python's own heap.
    pieces = [bytearray(b"x" * 60_000) for _ in range(500)]
    lasting = pieces[::10]
    before = resident()
    del pieces
    heap.tend(PERIOD - 1)
    held = resident()
    heap.tend(PERIOD)
    assert held - resident() > 10_000_000
    assert before - resident() > 20_000_000
    assert len(lasting) == 50


def test_between_two_times_nothing_is_done() -> None:
    heap, times = Heap(), list[int]()
    heap._trim = times.append
    for now in range(0, 3 * PERIOD, 1280):
        heap.tend(now)
    assert len(times) == 2
