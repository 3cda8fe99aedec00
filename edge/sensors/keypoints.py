"""Lines of JSON from a pose estimator, and the joints that they hold, whatever the estimator calls them.

    {"at": 12.34, "keypoints": [[x, y, confidence], ...]}      one body, 15, 17 or 33 points; docs/pose.md

17 points are those of COCO (MoveNet, PoseNet, YOLO), 33 those of BlazePose, 15 those of JHMDB.
"""

import json
import math
from collections.abc import Iterator
from typing import BinaryIO, Final, NamedTuple

import numpy as np

from edge.errors import DataError
from edge.sensors.pose import JOINTS, Poses

COCO_POINTS: Final = 17
BLAZEPOSE_POINTS: Final = 33
COCO_OF_BLAZEPOSE: Final = (0, 2, 5, 7, 8, 11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28)
"""Of its points, those that COCO has too, in the order of COCO."""

LEAST_CONFIDENCE: Final = 0.2
"""Points of which an estimator is less sure are not seen."""

NECK, BELLY = 1.13, 0.24
"""Where they lie on the way from the hips to the shoulders, as measured on JHMDB's training videos."""

LONGEST_LINE: Final = 1 << 16
"""Bytes."""

FARTHEST: Final = 1e6
"""Largest coordinate: beyond it 32 bits lose the body."""

LATEST: Final = 1e11
"""Largest time: milliseconds since 1970 are beyond it, and 64 bits tell frames apart before it."""

UNSEEN: Final = (math.nan, math.nan)

WANTED: Final = f'{{"at": SECONDS, "keypoints": [[X, Y, CONFIDENCE], ...]}} of {len(JOINTS)}, 17 or 33 points'


class Sighting(NamedTuple):
    """A body at a time."""

    at: float
    """Seconds, by the clock of the lines."""

    joints: Poses
    """Shape (15, 2), NaN where a joint is not seen."""


def read_sightings(lines: BinaryIO, name: str, confidence: float = LEAST_CONFIDENCE) -> Iterator[Sighting]:
    """The bodies of a stream, as soon as their line is there; empty lines are passed over.

    Args:
        lines: JSON lines.
        name: of the stream, for errors.
        confidence: points below it are not seen.

    Raises:
        DataError: a line is something else, or earlier than the one before; it is named.
    """
    number, before = 0, -math.inf
    while line := lines.readline(LONGEST_LINE):
        number += 1
        if not line.strip():
            continue
        try:
            sighting = parse(line, confidence)
            if sighting.at <= before:
                raise ValueError(f"at = {sighting.at} is not after {before}; give one body, in the order of time")
        except ValueError as error:
            raise DataError(f"{name}, line {number}: {error}") from error
        before = sighting.at
        yield sighting


def parse(line: bytes, confidence: float = LEAST_CONFIDENCE) -> Sighting:
    """The body of a line; `null` for a point, and null or an empty list for all of them, is what is not seen.

    Raises:
        ValueError: it is something else.
    """
    try:
        entry = json.loads(line)
        if not isinstance(entry, dict):
            raise ValueError("is no object")
        at, points = _number(entry["at"]), _list(entry["keypoints"]) or [None] * len(JOINTS)
        keypoints = np.array([_point(point, confidence) for point in points], np.float64)
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as error:
        problem = "is longer than 64 KiB" if len(line) >= LONGEST_LINE else _reason(error)
        raise ValueError(f"{problem}; give {WANTED}") from error
    if not abs(at) <= LATEST:
        raise ValueError(f"at = {at:g} is no time in seconds")
    if (np.abs(keypoints) > FARTHEST).any():
        raise ValueError(f"a point is farther than {FARTHEST:g} away; give pixels, and null for what is not seen")
    return Sighting(at, joints_of(keypoints.astype(np.float32)))


def joints_of(keypoints: Poses) -> Poses:
    """The joints of JHMDB, (15, 2), of the points of a known layout, (15 | 17 | 33, 2).

    Raises:
        ValueError: there are more or fewer points.
    """
    if len(keypoints) == len(JOINTS):
        return keypoints
    if len(keypoints) == COCO_POINTS:
        return _from_coco(keypoints)
    if len(keypoints) == BLAZEPOSE_POINTS:
        return _from_coco(keypoints[list(COCO_OF_BLAZEPOSE)])
    raise ValueError(f"has {len(keypoints)} keypoints; give {len(JOINTS)} (JHMDB), 17 (COCO) or 33 (BlazePose)")


def _from_coco(points: Poses) -> Poses:
    """COCO has left before right, and neither neck nor belly, which are put on the line from the hips upwards."""
    shoulders, hips = points[5:7].mean(axis=0), points[11:13].mean(axis=0)
    neck, belly = (hips + share * (shoulders - hips) for share in (NECK, BELLY))
    face = points[:5][~np.isnan(points[:5, 0])]
    limbs = points[[6, 5, 12, 11, 8, 7, 14, 13, 10, 9, 16, 15]]
    head = [
        np.where(np.isnan(neck), shoulders, neck),
        np.where(np.isnan(belly), hips, belly),
        face.mean(axis=0) if len(face) else np.full(2, np.nan),
    ]
    return np.concatenate([head, limbs])


def _point(point: object, confidence: float) -> tuple[float, float]:
    if point is None:
        return UNSEEN
    if not isinstance(point, list) or len(point) not in (2, 3):
        raise ValueError(f"{point!r:.40} is no point")
    x, y, sure = (math.nan if value is None else _number(value) for value in (*point, 1.0)[:3])
    return UNSEEN if math.isnan(x) or math.isnan(y) or not sure >= confidence else (x, y)


def _list(value: object) -> list[object]:
    if value is not None and not isinstance(value, list):
        raise ValueError(f"{value!r:.40} is no list of points")
    return value or []


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f"{value!r:.40} is no number")
    return float(value)


def _reason(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"is no JSON ({error.msg} at character {error.pos + 1})"
    return f"has no {error}" if isinstance(error, KeyError) else str(error)
