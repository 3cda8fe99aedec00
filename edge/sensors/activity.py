"""What a body is doing: an int8 GRU over its poses, 30 a second, and events once it is sure.

    sightings -- steady poses --> a look of 4/3 s ----------> probabilities -- hysteresis --> Activity
                              --> another, 2/3 s later

Networks learn from videos of up to 40 frames. A look is such a video: it begins from nothing and ends after 40 frames.
Two of them overlap, so that the one that is asked has always seen 20 frames or more. Each follows the body and its
mirror image, and takes the mean of both: whoever throws left-handed throws.
"""

from dataclasses import dataclass, fields, replace
from typing import Final

import numpy as np

from edge.errors import BundleError
from edge.events import Activity
from edge.maths import log_softmax
from edge.model import StreamingModel
from edge.model.quantization import Real
from edge.sensors.keypoints import Sighting
from edge.sensors.pose import BANDS, FRAME_RATE, BodyFrames, Poses, mirror
from edge.sensors.steady import SteadyPoses

TASK: Final = "activity"
"""What the manifest of such a bundle calls its task."""

OUTPUT: Final = "activity"
"""The logits of a step."""

LOOK_FRAMES: Final = 40
"""Frames of a look, as many as the longest video that networks learn from has."""


@dataclass(frozen=True, slots=True)
class ActivityConfig:
    """How scores become events; the values that fit a network are in its bundle."""

    temperature: float = 1.0
    """Divides the logits, so that probabilities are as often right as they say (Guo et al. 2017)."""

    threshold: float = 0.7
    """Probability from which an activity is reported."""

    leave_ratio: float = 0.5
    """An activity has ended once its probability falls below this share of the threshold."""

    refractory_seconds: float = 2.0
    """An activity is not reported again within this time."""


class Look:
    """One look at a body: the longer it lasts, the surer it is.

    Args:
        model: a network of this task.

    Raises:
        BundleError: it is none.
    """

    def __init__(self, model: StreamingModel) -> None:
        config_of(model)
        self._streams = model.stream(), model.stream()
        self._labels = len(model.bundle.manifest.labels)
        self.stack = model.bundle.manifest.stack
        """Frames of a step."""
        self.reset()

    def reset(self) -> None:
        """Begin anew, with whatever body comes next."""
        for stream in self._streams:
            stream.reset()
        self._body, self._sum = BodyFrames(), np.zeros((1, self._labels), np.float32)
        self.frames = self._steps = 0

    def feed(self, poses: Poses) -> Real:
        """The logits after each step, (steps, activities), the mean of all steps so far, of poses (n, 15, 2)."""
        frames = self._body.feed(np.stack([poses, mirror(poses)], axis=1))
        seen, mirrored = (stream.feed(frames[:, side])[OUTPUT] for side, stream in enumerate(self._streams))
        sums = np.cumsum(np.concatenate([self._sum, (seen + mirrored) / 2]), axis=0, dtype=np.float32)
        steps = self._steps + np.arange(1, len(sums), dtype=np.float32)[:, None]
        self._sum, self._steps, self.frames = sums[-1:], self._steps + len(seen), self.frames + len(poses)
        return np.asarray(sums[1:] / steps)


class ActivityTracker:
    """Watches one body at a time; owns two looks at it and what has just been reported.

    Args:
        model: a network of this task.
        threshold: probability from which an activity is reported; None: that of the bundle.

    Raises:
        BundleError: the model is of another task.
    """

    def __init__(self, model: StreamingModel, threshold: float | None = None) -> None:
        config = config_of(model)
        self._config = config if threshold is None else replace(config, threshold=threshold)
        self._labels, self._model = model.bundle.manifest.labels, model.bundle.model_id
        self._poses = SteadyPoses()
        self._older, self._younger = Look(model), Look(model)
        self._forget()

    def feed(self, sighting: Sighting) -> list[Activity]:
        """The activities of which a sighting makes sure."""
        fresh, times, poses = self._poses.feed(sighting)
        if fresh:
            self._forget()
        seen = zip(times, poses, strict=True)
        return [replace(event, at=sighting.at) for time, pose in seen for event in self._see(pose[None], time)]

    def _forget(self) -> None:
        self._older.reset()
        self._younger.reset()
        self._inside = np.zeros(len(self._labels), bool)
        self._ready_at = np.full(len(self._labels), -np.inf)

    def _see(self, pose: Poses, at: float) -> list[Activity]:
        if self._older.frames == LOOK_FRAMES:
            self._older.reset()
            self._older, self._younger = self._younger, self._older
        if self._older.frames >= LOOK_FRAMES // 2:
            self._younger.feed(pose)
        logits = self._older.feed(pose)
        if self._older.frames < LOOK_FRAMES // 2 or not len(logits):
            return []
        return self._decide(probabilities(logits[-1], self._config.temperature), at)

    def _decide(self, scores: Real, at: float) -> list[Activity]:
        config = self._config
        self._inside &= scores >= config.threshold * config.leave_ratio
        seen = (scores >= config.threshold) & ~self._inside & (at >= self._ready_at)
        self._inside |= seen
        self._ready_at[seen] = at + config.refractory_seconds
        began = at - (self._older.frames - 1) / FRAME_RATE
        return [
            Activity(at=at, name=self._labels[one], score=float(scores[one]), began=began, model=self._model)
            for one in np.flatnonzero(seen)
        ]


def probabilities(logits: Real, temperature: float) -> Real:
    """Of each activity, from the logits of a look."""
    return np.exp(log_softmax(logits / temperature))


def config_of(model: StreamingModel) -> ActivityConfig:
    """What the bundle says of how its scores become events.

    Raises:
        BundleError: it is no network of this task.
    """
    manifest = model.bundle.manifest
    width = BANDS * manifest.stack
    if manifest.task != TASK or any(info.shape != (1, width) for info in manifest.tensors.inputs.values()):
        raise BundleError(f"{model.bundle.folder} is no model of activities; make one: python -m train activity --help")
    model.bundle.check_width(OUTPUT, len(manifest.labels))
    known = {item.name for item in fields(ActivityConfig)}
    return ActivityConfig(**{name: value for name, value in manifest.detector.items() if name in known})
