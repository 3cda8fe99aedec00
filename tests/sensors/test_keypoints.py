"""Lines of keypoints: three layouts, and whatever else may come."""

import io
import json
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.errors import DataError
from edge.sensors.keypoints import Sighting, parse, read_sightings
from edge.sensors.pose import JOINTS

pytestmark = pytest.mark.runtime

COCO = {
    "nose": (50, 10),
    "left eye": (52, 8),
    "right eye": (48, 8),
    "left ear": (54, 9),
    "right ear": (46, 9),
    "left shoulder": (60, 20),
    "right shoulder": (40, 20),
    "left elbow": (65, 40),
    "right elbow": (35, 40),
    "left wrist": (66, 60),
    "right wrist": (34, 60),
    "left hip": (56, 70),
    "right hip": (44, 70),
    "left knee": (57, 95),
    "right knee": (43, 95),
    "left ankle": (58, 120),
    "right ankle": (42, 120),
}
"""Somebody who faces the camera, so that his left is on the right of the picture."""


def line(points: object, at: object = 1.0) -> bytes:
    return json.dumps({"at": at, "keypoints": points}).encode() + b"\n"


def sightings(*lines: bytes) -> list[Sighting]:
    return list(read_sightings(io.BytesIO(b"".join(lines)), "poses.jsonl"))


def test_each_point_of_coco_becomes_the_joint_of_its_name() -> None:
    at, joints = parse(line([[*point, 0.9] for point in COCO.values()], at=12.5))
    assert at == 12.5
    for name in JOINTS[3:]:
        assert tuple(joints[JOINTS.index(name)]) == COCO[name]


def test_neck_belly_and_face_lie_between_the_points_that_coco_has() -> None:
    neck, belly, face = parse(line(list(COCO.values()))).joints[:3]
    assert neck[0] == belly[0] == face[0] == 50
    assert face[1] == pytest.approx(8.8)
    assert 10 < neck[1] < 20
    assert 50 < belly[1] < 70


def test_blazepose_gives_what_coco_gives() -> None:
    points: list[object] = [[0, 0, 0.9]] * 33
    for index, point in zip((0, 2, 5, 7, 8, *range(11, 17), *range(23, 29)), COCO.values(), strict=True):
        points[index] = [*point, 0.9]
    np.testing.assert_array_equal(parse(line(points)).joints, parse(line(list(COCO.values()))).joints)


@pytest.mark.parametrize("point", [None, [1, 2, 0.1], [1, 2, 0], [float("nan"), 2, 1], [None, 2], [1, 2, float("nan")]])
def test_what_is_not_seen_is_missing(point: object) -> None:
    points = [list(place) for place in COCO.values()]
    joints = parse(line([*points[:9], point, *points[10:]])).joints
    assert np.isnan(joints[JOINTS.index("left wrist")]).all()
    assert np.isnan(joints).sum() == 2


def test_without_hips_the_neck_is_between_the_shoulders() -> None:
    points: list[object] = [list(place) for place in COCO.values()]
    points[11] = None
    neck, belly, _ = parse(line(points)).joints[:3]
    assert tuple(neck) == (50, 20)
    assert np.isnan(belly).all()


@pytest.mark.parametrize("points", [None, [], [None] * 15, [None] * 17, [[1, 2, 0.0]] * 33])
def test_nobody_is_there(points: object) -> None:
    assert np.isnan(parse(line(points)).joints).all()


@pytest.mark.parametrize(
    ("bad", "cause"),
    [
        (b"hello\n", "is no JSON"),
        (b"[1, 2]\n", "is no object; give {"),
        (b"[1]\n", "is no object"),
        (b"7\n", "is no object"),
        (line(0, 2.0), "0 is no list of points"),
        (line("", 2.0), "'' is no list of points"),
        (line({"nose": [1, 2]}, 2.0), "is no list of points"),
        (b'{"keypoints": []}\n', "has no 'at'"),
        (b'{"at": 2}\n', "has no 'keypoints'"),
        (line([[1, 2]] * 16, 2.0), "has 16 keypoints"),
        (line([[1, 2]] * 14 + [[1]], 2.0), "[1] is no point"),
        (line([[1, 2]] * 14 + [[1, "2"]], 2.0), "'2' is no number"),
        (line([[1, 2]] * 14 + [[True, 2]], 2.0), "True is no number"),
        (line([[1, 2]] * 14 + [[float("inf"), 2]], 2.0), "farther than"),
        (line([[1, 2]] * 14 + [[float("inf"), float("-inf")]], 2.0), "farther than"),
        (line([[1, 2]] * 14 + [[1e300, 2]], 2.0), "farther than"),
        (line([[1, 2]] * 14 + [[10**400, 2]], 2.0), "too large"),
        (line(None, float("nan")), "no time"),
        (line(None, float("inf")), "no time"),
        (line(None, 1.7e12), "no time"),
        (line(None, "2"), "'2' is no number"),
        (line(None, 1.0), "not after 1.0"),
        (line(None, 0.5), "not after 1.0"),
        (b"[" * 2000 + b"\n", "recursion"),
        (b'{"at": 2, "keypoints": [' + b" " * 70_000 + b"]}\n", "longer than 64 KiB"),
        (b'{"at": 2, "keypoints": "\xff"}\n', "decode"),
    ],
)
def test_a_line_that_cannot_be_is_named_with_its_number(bad: bytes, cause: str) -> None:
    with pytest.raises(DataError, match=r"^poses\.jsonl, line 3: ") as caught:
        sightings(line(None, 1.0), b"\n", bad)
    assert cause in str(caught.value)
    assert "\n" not in str(caught.value)


@settings(deadline=None)
@given(st.binary(max_size=80) | st.text(max_size=80).map(str.encode))
def test_no_line_does_worse_than_an_error(raw: bytes) -> None:
    with suppress(DataError):
        assert all(one.joints.shape == (15, 2) for one in sightings(raw))
