"""Other clips of the same activity: mirrored, faster or slower, cut, turned, stretched, shaken, with joints hidden."""

from typing import Final

import numpy as np
import numpy.typing as npt

from edge.sensors.activity import LOOK_FRAMES
from edge.sensors.keypoints import Sighting
from edge.sensors.pose import FRAME_RATE, JOINTS, Poses, mirror
from edge.sensors.steady import SteadyPoses

TEMPO: Final = 0.35
"""Standard deviation of the logarithm of the speed."""
UNEVEN: Final = 0.12
"""Share of a clip by which its middle comes earlier or later."""
CUT: Final = (0.15, 0.25)
"""Largest shares that are cut off the beginning and the end, of every second clip each."""
TURN: Final = 0.3
"""Radians, standard deviation."""
STRETCH: Final = 0.2
"""Standard deviation of the logarithm of width and height."""
MISPLACED: Final = 0.02
"""Standard deviation of a joint's place throughout a clip; a torso is about 0.3 long."""
JITTER: Final = 0.008
"""Standard deviation of a joint's place in each frame."""
HIDDEN: Final = 0.05
"""Share of joints that are hidden for some time, up to LONGEST_HIDDEN frames."""
LONGEST_HIDDEN: Final = 20
SHORTEST: Final = 14
"""Frames of a clip."""


def varied(poses: Poses, rng: np.random.Generator) -> Poses:
    """The clip (frames, 15, 2) as it might have been filmed too, of SHORTEST to LOOK_FRAMES frames."""
    if rng.random() < 0.5:
        poses = mirror(poses)
    return _hidden(_shaken(_turned(_warped(poses, rng), rng), rng), rng)


def at_times(poses: Poses, times: npt.NDArray[np.float64]) -> Poses:
    """The poses at times in frames, on straight lines between those that are there."""
    before = np.clip(times.astype(int), 0, len(poses) - 2)
    share = np.clip(times - before, 0, 1)[:, None, None]
    return np.asarray(poses[before] + share * (poses[before + 1] - poses[before]), np.float32)


def _warped(poses: Poses, rng: np.random.Generator) -> Poses:
    """Cut at both ends, at another speed, and not an even one."""
    start, end = (rng.uniform(0, share) * (rng.random() < 0.5) for share in CUT)
    span = (1 - start - end) * (len(poses) - 1)
    frames = int(np.clip(span / np.exp(rng.normal(0, TEMPO)), SHORTEST, LOOK_FRAMES))
    even = np.linspace(0, 1, frames)
    uneven = even + rng.uniform(-UNEVEN, UNEVEN) * np.sin(np.pi * even)
    return at_times(poses, start * (len(poses) - 1) + span * uneven)


def _turned(poses: Poses, rng: np.random.Generator) -> Poses:
    angle = rng.normal(0, TURN)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return np.asarray(poses @ (turn * np.exp(rng.normal(0, STRETCH, 2))).T)


def _shaken(poses: Poses, rng: np.random.Generator) -> Poses:
    misplaced = rng.normal(0, MISPLACED, (1, *poses.shape[1:]))
    return np.asarray(poses + misplaced + rng.normal(0, JITTER, poses.shape), np.float32)


def _hidden(poses: Poses, rng: np.random.Generator) -> Poses:
    """What the device makes of joints that are not seen."""
    hidden = np.flatnonzero(rng.random(len(JOINTS)) < HIDDEN)
    if not len(hidden):
        return poses
    poses = poses.copy()
    for joint in hidden:
        start = rng.integers(len(poses))
        poses[start : start + rng.integers(1, LONGEST_HIDDEN + 1), joint] = np.nan
    steady = SteadyPoses()
    seen = [steady.feed(Sighting(frame / FRAME_RATE, pose))[-1] for frame, pose in enumerate(poses)]
    return np.concatenate(seen)
