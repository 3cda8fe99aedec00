"""What trains, what chooses, and what is only measured."""

from pathlib import Path
from typing import Final, NamedTuple

from edge.music.roll import Roll
from train.corpora.music import find_pieces, read_pieces

HELD_BACK: Final = 20
"""One in so many pieces of the training file is for a test of our own: the corpora's own is not looked at. None of
fewer."""


class Parts(NamedTuple):
    """Pieces by their use."""

    train: list[Roll]
    validation: list[Roll]
    test: list[Roll]


def read_parts(folder: Path) -> Parts:
    """The parts of a folder with `[quarter_]train.json*` and `[quarter_]valid.json*`.

    Raises:
        DataError: one of them is missing or cannot be read.
    """
    pieces = read_pieces(find_pieces(folder, ("train",)))
    held = pieces[::HELD_BACK] if len(pieces) >= HELD_BACK else []
    train = [piece for number, piece in enumerate(pieces) if number % HELD_BACK or not held]
    return Parts(train, read_pieces(find_pieces(folder, ("valid",))), held)
