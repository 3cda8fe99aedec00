"""Bodies that are seen now and then, made into poses at one rate in which no joint is missing.

a sighting, with joints that are not seen --> where they were, then the middle of the body
           and the one before             --> poses on a straight line, 30 a second
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from edge.sensors.keypoints import Sighting
from edge.sensors.pose import FRAME_RATE, JOINTS, Poses

LEAST_JOINTS: Final = 5
"""A body of which fewer are seen is not there."""

HOLD_SECONDS: Final = 0.5
"""A joint that is not seen stays where it was for so long; after it, it is in the middle of those that are seen."""

GAP_SECONDS: Final = 0.5
"""Who was not seen for longer is somebody else."""


class SteadyPoses:
    """Sightings in, poses out; owns the last pose, and when each joint was seen."""

    def __init__(self) -> None:
        self._last: Sighting | None = None
        self._began = 0.0
        self._poses = 0
        self._seen_at = np.full(len(JOINTS), -np.inf)

    def feed(self, sighting: Sighting) -> tuple[bool, list[float], Poses]:
        """Whether this is a new body, and the times and poses (n, 15, 2) up to it, 0 <= n <= 15.

        They are at the time of a body's first sighting and each 1/30 s from there.
        """
        seen = ~np.isnan(sighting.joints[:, 0])
        spread = np.ptp(sighting.joints[seen], axis=0) if seen.any() else 0.0
        # A body without extent is none that an estimator has seen.
        if seen.sum() < LEAST_JOINTS or not np.any(spread):
            return False, [], np.empty((0, *sighting.joints.shape), np.float32)
        fresh = self._last is None or sighting.at - self._last.at > GAP_SECONDS
        if fresh:
            self._last, self._began, self._poses = None, sighting.at, 0
            self._seen_at[:] = -np.inf
        now = Sighting(sighting.at, self._filled(sighting, seen))
        last, self._last = self._last or now, now
        times = self._due(now.at)
        share = (np.array(times) - last.at) / max(now.at - last.at, 1e-9)
        poses = last.joints + share[:, None, None] * (now.joints - last.joints)
        return fresh, times, poses.astype(np.float32)

    def _filled(self, sighting: Sighting, seen: npt.NDArray[np.bool_]) -> Poses:
        """The joints with those that are not seen put somewhere."""
        self._seen_at[seen] = sighting.at
        joints = np.where(seen[:, None], sighting.joints, sighting.joints[seen].mean(axis=0))
        held = ~seen & (sighting.at - self._seen_at <= HOLD_SECONDS)
        if self._last is not None:
            joints[held] = self._last.joints[held]
        return joints

    def _due(self, now: float) -> list[float]:
        """The times of the next poses, up to `now`."""
        times = []
        while (time := self._began + self._poses / FRAME_RATE) <= now:
            times.append(time)
            self._poses += 1
        return times
