"""Work in two children: results come back in order, and a child that dies is told of."""

import os
from pathlib import Path

import pytest

from edge.errors import DataError, HarkError
from train.parallel import in_parallel, mapped

MUCH = 1 << 20
"""Bytes: more than a pipe holds."""


@pytest.mark.parametrize("count", [0, 1, 2, 5])
def test_results_come_in_order_from_other_processes(count: int) -> None:
    found = mapped(lambda number: (number * number, os.getpid()), count)
    assert [square for square, _ in found] == [number * number for number in range(count)]
    assert os.getpid() not in {child for _, child in found}
    assert len({child for _, child in found}) == min(count, 2)


def test_what_a_child_cannot_do_is_raised_as_its_own_error(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    def make(number: int) -> None:
        if number == 1:
            raise DataError("take.wav cannot be read")

    with pytest.raises(DataError, match=r"^take\.wav cannot be read$"):
        in_parallel(make, 2, tmp_path)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("victim", [0, 1])
def test_a_child_that_dies_is_an_error_though_the_other_has_much_to_tell(victim: int) -> None:
    def work(number: int) -> bytes:
        if number == victim:
            os._exit(3)
        return bytes(MUCH)

    with pytest.raises(HarkError, match="a child failed"):
        mapped(work, 2)
