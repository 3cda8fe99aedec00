"""Files that stages hand to each other: damaged ones are named, and missing ones with the stage that makes them."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge.errors import DataError, UsageError
from train.arrays import read_arrays, write_arrays
from train.files import made, read_json


def third(saved: list[Any]) -> int:
    return int(saved[2])


@pytest.mark.parametrize("contents", [b"", b"{", b"\xff\xfe", b"[1]", b"{}", b'[1, 2, "x"]', b"[1, 2, null]"])
def test_json_that_is_something_else_is_damaged(contents: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(contents)
    with pytest.raises(DataError, match=r"a\.json is damaged \(\w+: .*\): make it anew"):
        read_json(tmp_path / "a.json", third, "make it anew")


def test_json_is_understood(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("[1, 2, 3]")
    assert read_json(tmp_path / "a.json", third) == 3


def test_a_stage_that_has_not_run_is_named(tmp_path: Path) -> None:
    assert made(tmp_path, "speech fit") == tmp_path
    with pytest.raises(UsageError, match=r"weights\.npz is missing: run `python -m train speech fit` first"):
        made(tmp_path / "weights.npz", "speech fit")


def test_an_array_that_is_missing_is_named(tmp_path: Path) -> None:
    write_arrays(tmp_path / "a.npz", {"frames": np.zeros(3)})
    assert read_arrays(tmp_path / "a.npz", needed=("frames",)).keys() == {"frames"}
    with pytest.raises(DataError, match=r"a\.npz lacks words; delete it, and make it again"):
        read_arrays(tmp_path / "a.npz", needed=("frames", "words"))
