"""Poses at one rate, from a body that is seen now and then."""

import sys
import tracemalloc

import numpy as np
import pytest

from edge.sensors.keypoints import Sighting
from edge.sensors.pose import Poses
from edge.sensors.steady import GAP_SECONDS, SteadyPoses

pytestmark = pytest.mark.runtime


def body(x: float = 0.0, missing: tuple[int, ...] = ()) -> Poses:
    joints = np.stack([np.arange(15) + x, np.arange(15)], axis=1).astype(np.float32)
    joints[list(missing)] = np.nan
    return joints


def poses_of(*sightings: Sighting) -> Poses:
    steady = SteadyPoses()
    return np.concatenate([steady.feed(sighting)[-1] for sighting in sightings])


@pytest.mark.parametrize("rate", [10, 15, 25, 30, 50, 60, 120])
def test_a_camera_of_any_rate_gives_thirty_poses_a_second(rate: int) -> None:
    poses = poses_of(*(Sighting(100 + n / rate, body(x=n / rate)) for n in range(2 * rate + 1)))
    assert abs(len(poses) - 61) <= 1
    np.testing.assert_allclose(poses[:, 0, 0], np.arange(len(poses)) / 30, atol=1e-4)


def test_a_video_of_thirty_frames_a_second_is_taken_as_it_is() -> None:
    frames = np.random.default_rng(0).normal(size=(40, 15, 2)).astype(np.float32)
    poses = poses_of(*(Sighting(n / 30, frame) for n, frame in enumerate(frames)))
    np.testing.assert_allclose(poses, frames, atol=1e-5)


def test_a_joint_stays_for_half_a_second_and_is_then_in_the_middle() -> None:
    times = np.arange(0, 1, 0.1)
    steady = SteadyPoses()
    at = {round(time, 1): steady.feed(Sighting(time, body(missing=() if time == 0 else (14,))))[-1] for time in times}
    assert tuple(at[0.5][-1, 14]) == (14, 14)
    np.testing.assert_allclose(at[0.7][-1, 14], [6.5, 6.5])


def test_a_joint_that_was_never_seen_is_in_the_middle() -> None:
    np.testing.assert_allclose(poses_of(Sighting(0.0, body(missing=(0, 14))))[0, [0, 14]], 7.0)


def test_a_body_of_too_few_joints_is_not_there() -> None:
    assert not len(poses_of(Sighting(0.0, body(missing=tuple(range(11))))))
    assert len(poses_of(Sighting(0.0, body(missing=tuple(range(10))))))


def test_a_body_on_one_spot_is_not_there() -> None:
    assert not len(poses_of(Sighting(0.0, np.full((15, 2), 5, np.float32))))


def test_who_was_away_for_long_is_somebody_else() -> None:
    steady = SteadyPoses()
    told = [steady.feed(Sighting(at, body()))[0] for at in (0.0, 0.1, 0.1 + GAP_SECONDS, 0.11 + 2 * GAP_SECONDS)]
    assert told == [True, False, False, True]


def test_a_new_body_takes_nothing_over_from_the_last_one() -> None:
    steady = SteadyPoses()
    steady.feed(Sighting(0.0, body(x=100)))
    *_, poses = steady.feed(Sighting(9.0, body(missing=(14,))))
    np.testing.assert_allclose(poses[0, 14], 6.5)


def test_memory_does_not_grow() -> None:
    steady = SteadyPoses()

    def run(start: int) -> int:
        for n in range(start, start + 600):
            steady.feed(Sighting(n / 25, body(missing=(n % 15,))))
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    try:
        first = run(0)
        assert run(600) - first < 4096 + sys.getsizeof(first)
    finally:
        tracemalloc.stop()
