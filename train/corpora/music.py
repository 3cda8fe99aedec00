"""Pieces of music as JSON, packed or not: a list of pieces, each a list of frames, each a list of MIDI notes.

A note of -1 is a voice that is silent.

(N. Boulanger-Lewandowski et al. 2012, arXiv 1206.6392, brought their four corpora into this form.)
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from edge.errors import DataError, reason
from edge.music.roll import HIGHEST, KEYS, LOWEST, Roll
from train.corpora.text import UNREADABLE, open_text

GRIDS: Final = ("", "quarter_")
"""How the names of the files begin; chorales are there on a finer grid too, which is another task."""

SILENT: Final = -1
"""What stands for the note of a voice that has none."""


def read_pieces(path: Path) -> list[Roll]:
    """The pieces of a file; those without a frame are left out.

    Raises:
        DataError: it cannot be read, holds no piece, or something that is no note of a piano.
    """
    try:
        with open_text(path) as file:
            found = json.load(file)
    except (*UNREADABLE, ValueError, RecursionError) as error:
        raise DataError(
            f"{path} cannot be read ({reason(error)}); name a JSON file of pieces, plain, .gz or .xz"
        ) from error
    pieces = [_roll(piece, f"{path}: piece {number}") for number, piece in enumerate(_list(found, str(path)))]
    if not any(map(len, pieces)):
        raise DataError(f"{path} holds no frame; name a list of pieces, each a list of frames, each a list of notes")
    return [piece for piece in pieces if len(piece)]


def find_pieces(path: Path, parts: Sequence[str]) -> Path:
    """A file itself; of a folder, that of the first of some parts (`test`, `valid`, ...) or the only one there.

    Raises:
        DataError: it has none, or several and none of those parts.
    """
    if not path.is_dir():
        return path
    for part in parts:
        if named := [file for grid in GRIDS for file in sorted(path.glob(f"{grid}{part}.json*"))]:
            return named[0]
    files = sorted(path.glob("*.json*"))
    if len(files) != 1:
        raise DataError(f"{path} holds {len(files)} files *.json*, none of them {' or '.join(parts)}; name one file")
    return files[0]


def _roll(piece: object, where: str) -> Roll:
    frames = _list(piece, where)
    roll = np.zeros((len(frames), KEYS), np.float32)
    for number, frame in enumerate(frames):
        for note in _list(frame, f"{where}, frame {number}"):
            if note == SILENT:
                continue
            # True is an int to Python, but no note.
            if type(note) is not int or not LOWEST <= note <= HIGHEST:
                problem = f"{json.dumps(note)} is no note; give MIDI numbers from {LOWEST} to {HIGHEST}"
                raise DataError(f"{where}, frame {number}: {problem}")
            roll[number, note - LOWEST] = 1.0
    return roll


def _list(value: object, where: str) -> list[object]:
    if not isinstance(value, list):
        problem = f"{json.dumps(value)[:40]} is no list"
        raise DataError(f"{where}: {problem}; give a list of pieces, each a list of frames, each a list of notes")
    return value
