"""A body in numbers: from the joints of a pose estimator to the frames of a network, one at a time.

    joints -- / the body's size --> where each joint is, from the body's centre     30
                                --> how far each is from each other                105
                                --> what has moved since 1, 4 and 12 frames ago     96

Distances between joints and motion at several speeds are the features of DD-Net (Yang et al. 2019, arXiv 1907.09658),
here without a look ahead: a frame depends on what came before it alone, so that training and the device share this
code. The size of the body is the mean length of its bones, averaged over the past; it makes the distance from the
camera all one.
"""

from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

Poses: TypeAlias = npt.NDArray[np.float32]
"""Shape (..., 15, 2): x to the right, y down, in any unit that is the same for both."""

JOINTS: Final = (
    "neck",
    "belly",
    "face",
    "right shoulder",
    "left shoulder",
    "right hip",
    "left hip",
    "right elbow",
    "left elbow",
    "right knee",
    "left knee",
    "right wrist",
    "left wrist",
    "right ankle",
    "left ankle",
)
"""In the order of JHMDB (Jhuang et al. 2013); right and left are those of the person."""

MIRRORED: Final = (0, 1, 2, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11, 14, 13)
"""The joint that each becomes in a mirror."""

TORSO: Final = (0, 1, 5, 6)
"""The joints whose mean is the body's centre."""

BONES: Final = ((0, 1), (3, 5), (4, 6), (3, 7), (4, 8), (7, 11), (8, 12), (5, 9), (6, 10), (9, 13), (10, 14))
"""Pairs of joints at a fixed distance, but for foreshortening."""

FRAME_RATE: Final = 30.0
"""Frames per second of the videos that networks learn from."""

SIZE_FRAMES: Final = 60
"""Frames over which the size of the body is averaged; the older fade from then on."""

LAGS: Final = (1, 4, 12)
"""Frames over which motion is taken."""

MOTION_GAINS: Final = (6.0, 3.0, 2.0)
PLACE_GAIN: Final = 1.5
"""They bring all features to one range, so that int8 does justice to each."""

MEAN_DISTANCE: Final = 1.75
"""Of two joints, in sizes of the body."""

LIMIT: Final = 4.0
"""Features beyond it, a thousandth of them, are cut off."""

_PAIRS: Final = np.triu_indices(len(JOINTS), 1)

BANDS: Final = 2 * len(JOINTS) + len(_PAIRS[0]) + len(LAGS) * 2 * (len(JOINTS) + 1)
"""Width of a frame."""


class BodyFrames:
    """Poses in, frames out; owns the size of the body and the poses that motion is taken from."""

    def __init__(self) -> None:
        self._frames = 0
        self._size: npt.NDArray[np.float32] | None = None
        self._recent: Poses | None = None

    def feed(self, poses: Poses) -> npt.NDArray[np.float32]:
        """The frames of poses at FRAME_RATE, (time, ..., 15, 2) to (time, ..., BANDS); `...` are bodies side by side.

        The frames are identical however the poses are cut into calls. Before the first one, the body stood still.
        """
        if not len(poses):
            return np.empty((*poses.shape[:-2], BANDS), np.float32)
        sizes = np.array([self._resize(pose) for pose in poses])[..., None, None]
        recent = np.repeat(poses[:1], LAGS[-1], axis=0) if self._recent is None else self._recent
        joined = np.concatenate([recent, poses])
        self._recent = joined[-LAGS[-1] :]
        placed = _beside_centre(poses)[1] / sizes
        apart = np.linalg.norm(placed[..., _PAIRS[0], :] - placed[..., _PAIRS[1], :], axis=-1)
        motions = [
            gain * np.concatenate(_beside_centre(_since(joined, lag)), axis=-2) / sizes
            for lag, gain in zip(LAGS, MOTION_GAINS, strict=True)
        ]
        features = [_flat(PLACE_GAIN * placed), PLACE_GAIN * (apart - MEAN_DISTANCE), *map(_flat, motions)]
        return np.asarray(np.clip(np.concatenate(features, axis=-1), -LIMIT, LIMIT), np.float32)

    def _resize(self, pose: Poses) -> npt.NDArray[np.float32]:
        """The size of the body, this pose included."""
        starts, ends = zip(*BONES, strict=True)
        size = np.linalg.norm(pose[..., starts, :] - pose[..., ends, :], axis=-1).mean(axis=-1)
        self._frames = min(self._frames + 1, SIZE_FRAMES)
        self._size = size if self._size is None else self._size + (size - self._size) / self._frames
        return np.maximum(self._size, np.finfo(np.float32).tiny)


def mirror(poses: Poses) -> Poses:
    """What a mirror shows: x turned around, right and left exchanged."""
    return poses[..., MIRRORED, :] * np.array([-1, 1], np.float32)


def _beside_centre(poses: Poses) -> tuple[Poses, Poses]:
    """The centre of the body, (..., 1, 2), and the joints as seen from there, (..., 15, 2)."""
    centre = poses[..., TORSO, :].mean(axis=-2, keepdims=True)
    return centre, poses - centre


def _since(joined: Poses, lag: int) -> Poses:
    """How far each joint is from where it was some frames ago; `joined` begins LAGS[-1] frames early."""
    return joined[LAGS[-1] :] - joined[LAGS[-1] - lag : len(joined) - lag]


def _flat(poses: Poses) -> npt.NDArray[np.float32]:
    return poses.reshape(*poses.shape[:-2], -1)
