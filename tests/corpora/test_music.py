"""Pieces of music as they are read from JSON, and what is refused."""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from edge.errors import DataError
from edge.music.roll import LOWEST
from train.corpora.music import find_pieces, read_pieces


def written(path: Path, value: object) -> Path:
    text = json.dumps(value)
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


@pytest.mark.parametrize("name", ["pieces.json", "pieces.json.gz"])
def test_pieces_become_rolls(tmp_path: Path, name: str) -> None:
    first, second = read_pieces(written(tmp_path / name, [[[60, 64], []], [[21, 108]], []]))
    assert [(frame.nonzero()[0] + LOWEST).tolist() for frame in (*first, *second)] == [[60, 64], [], [21, 108]]
    assert first.dtype == np.float32


def test_a_voice_may_be_silent(tmp_path: Path) -> None:
    (piece,) = read_pieces(written(tmp_path / "16th_satb_test.json", [[[72, -1, 60, -1], [-1, -1, -1, -1]]]))
    assert [(frame.nonzero()[0] + LOWEST).tolist() for frame in piece] == [[60, 72], []]


def test_a_byte_order_mark_before_the_pieces_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "pieces.json").write_text("[[[60]]]", encoding="utf-8-sig")
    assert len(read_pieces(tmp_path / "pieces.json")) == 1


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ([[[60], [20]]], "piece 0, frame 1: 20 is no note; give MIDI numbers from 21 to 108"),
        ([[[60]], [[109]]], "piece 1, frame 0: 109 is no note"),
        ([[[-2, 60]]], "-2 is no note"),
        ([[[60.5]]], "60.5 is no note"),
        ([[["C4"]]], '"C4" is no note'),
        ([[[True]]], "true is no note"),
        ([[60, 64]], "piece 0, frame 0: 60 is no list"),
        ([{"frames": []}], "piece 0: .* is no list"),
        ({"train": []}, "is no list; give a list of pieces"),
        ([], "holds no frame"),
        ([[], []], "holds no frame"),
    ],
)
def test_what_is_no_music_is_refused(tmp_path: Path, value: object, problem: str) -> None:
    with pytest.raises(DataError, match=problem):
        read_pieces(written(tmp_path / "pieces.json", value))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.json", b""),
        ("a.json", b"[[[60"),
        ("a.json", b"\xff\xfe"),
        ("a.json.gz", b"[[[60]]]"),
        ("a.json.gz", b""),
        ("a.json", b"[" * 99_999),
    ],
)
def test_what_cannot_be_read_is_refused_by_its_name(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=rf"{name} cannot be read .*; name a JSON file") as caught:
        read_pieces(tmp_path / name)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        read_pieces(tmp_path / "none.json")


def test_a_folder_names_the_part(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds 0 files"):
        find_pieces(tmp_path, ("test",))
    only = written(tmp_path / "quarter_valid.json.gz", [])
    assert find_pieces(tmp_path, ("test",)) == only
    fine = written(tmp_path / "16th_satb_test.json.gz", [])
    assert find_pieces(tmp_path, ("test", "valid")) == only
    with pytest.raises(DataError, match="holds 2 files"):
        find_pieces(tmp_path, ("test",))
    test = written(tmp_path / "quarter_test.json.gz", [])
    assert find_pieces(tmp_path, ("test", "valid")) == test
    assert find_pieces(fine, ("test",)) == fine
