"""What is learnt, and what is kept to choose and to test with."""

from pathlib import Path
from typing import Final, NamedTuple

from train.corpora.poses import Clip, read_clips

DEVELOPMENT: Final = "development"
"""Three quarters of the training file; the rest is a test of one's own."""

TRAIN: Final = "train"
ALL: Final = "all"
"""The validation file too, once everything has been chosen."""


class Parts(NamedTuple):
    """The clips of a folder."""

    classes: tuple[str, ...]
    train: tuple[Clip, ...]
    validation: tuple[Clip, ...]
    test: tuple[Clip, ...]
    """Empty unless a part of the training file is kept."""
    name: str = "validation"
    """What figures of the validation clips are to be called."""


def read_parts(folder: Path, learnt: str) -> Parts:
    """The parts of `train.npz` and `valid.npz`.

    The last quarter of each activity is kept for DEVELOPMENT: neighbours in the file may be cut from one video.

    Raises:
        DataError: a file cannot be read.
    """
    (clips, classes), (validation, _) = (read_clips(folder / f"{name}.npz") for name in ("train", "valid"))
    if learnt == ALL:
        return Parts(classes, clips + validation, validation, (), "validation, which it has learnt")
    if learnt == TRAIN:
        return Parts(classes, clips, validation, ())
    of_each = [[clip for clip in clips if clip.label == name] for name in classes]
    kept = tuple(clip for some in of_each for clip in some[len(some) - len(some) // 4 :])
    held = set(map(id, kept))
    return Parts(classes, tuple(clip for clip in clips if id(clip) not in held), validation, kept)
