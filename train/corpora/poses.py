"""Clips of poses with what is done in them: .npz files of `pose`, `length`, `label` and `classes`.

`pose` is float32 (clips, frames, 15, 2), 30 frames a second, the joints as in `edge.sensors.pose`, with zeros after the
end of a clip; `length` has the frames of each clip, and `label` the index of what it shows in `classes`, the names.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from edge.errors import DataError
from edge.sensors.pose import JOINTS, Poses
from train.arrays import read_arrays

TESTS = ("test", "valid", "train")
"""What the file of a folder is called that evaluation is for, the first that is there."""
ARRAYS = ("pose", "length", "label", "classes")
MEND = "name an .npz of pose, length, label and classes"


class Clip(NamedTuple):
    """Somebody who does something."""

    poses: Poses
    """Shape (frames, 15, 2), at least two frames."""

    label: str
    """What it is."""


class Clips(NamedTuple):
    """The clips of a file."""

    clips: tuple[Clip, ...]

    classes: tuple[str, ...]
    """All that is told apart, whether a clip shows it or not."""


def read_clips(path: Path) -> Clips:
    """The clips of a file.

    Raises:
        DataError: it cannot be read, or holds something else.
    """
    arrays = read_arrays(path, MEND)
    try:
        poses, lengths, labels, classes = (arrays[name] for name in ARRAYS)
        _check(poses, lengths, labels, classes)
    except KeyError as error:
        raise DataError(f"{path} has no {error}; {MEND}") from error
    except ValueError as error:
        raise DataError(f"{path}: {error}; {MEND}") from error
    names = tuple(map(str, classes))
    cut = zip(poses.astype(np.float32), lengths, labels, strict=True)
    return Clips(tuple(Clip(pose[:length], names[label]) for pose, length, label in cut), names)


def find_clips(path: Path) -> Path:
    """A file itself, or that of a folder which is for testing.

    Raises:
        DataError: the folder has none.
    """
    if not path.is_dir():
        return path
    found = next((path / f"{name}.npz" for name in TESTS if (path / f"{name}.npz").is_file()), None)
    if found is None:
        raise DataError(f"{path} holds neither test.npz nor valid.npz; name a file")
    return found


def _check(poses: Poses, lengths: Poses, labels: Poses, classes: Poses) -> None:
    kinds = {"pose": (poses, "fiu"), "length": (lengths, "iu"), "label": (labels, "iu"), "classes": (classes, "U")}
    if wrong := [name for name, (array, kind) in kinds.items() if array.dtype.kind not in kind or not array.ndim]:
        raise ValueError(f"{wrong[0]} is no array of {'names' if wrong[0] == 'classes' else 'numbers'} of its kind")
    if poses.ndim != 4 or poses.shape[2:] != (len(JOINTS), 2):
        raise ValueError(f"pose has shape {poses.shape}, not (clips, frames, {len(JOINTS)}, 2)")
    if not len(poses) or not lengths.shape == labels.shape == poses.shape[:1]:
        raise ValueError("pose, length and label are not of as many clips, or of none")
    if lengths.min() < 2 or lengths.max() > poses.shape[1]:
        raise ValueError(f"a length is not from 2 to {poses.shape[1]}")
    if labels.min() < 0 or labels.max() >= len(classes):
        raise ValueError(f"a label is not from 0 to {len(classes) - 1}")
    if not np.isfinite(poses).all():
        raise ValueError("a joint is not a number")
