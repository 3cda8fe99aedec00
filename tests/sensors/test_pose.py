"""Frames of a body: what they depend on, and what they do not."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.sensors.pose import BANDS, BONES, JOINTS, LIMIT, MIRRORED, SIZE_FRAMES, BodyFrames, Poses, mirror

pytestmark = pytest.mark.runtime


def walk(frames: int = 20, seed: int = 0) -> Poses:
    """Somebody whose joints wander."""
    rng = np.random.default_rng(seed)
    start = rng.normal(0, 1, (len(JOINTS), 2))
    return np.asarray(start + rng.normal(0, 0.05, (frames, len(JOINTS), 2)).cumsum(axis=0), np.float32)


@settings(deadline=None)
@given(cuts=st.lists(st.integers(0, 20), max_size=5))
def test_frames_do_not_depend_on_how_poses_are_cut(cuts: list[int]) -> None:
    body = BodyFrames()
    parts = [body.feed(part) for part in np.split(walk(), sorted(cuts))]
    # Older versions of NumPy round the last lane of a vector otherwise.
    np.testing.assert_allclose(np.concatenate(parts), BodyFrames().feed(walk()), rtol=0, atol=1e-6)


def test_somebody_who_comes_nearer_has_the_old_size_no_longer() -> None:
    still = np.repeat(walk(1), 6 * SIZE_FRAMES, axis=0)
    nearer = still * np.where(np.arange(len(still)) < SIZE_FRAMES, 1, 2)[:, None, None].astype(np.float32)
    np.testing.assert_allclose(BodyFrames().feed(nearer)[-1], BodyFrames().feed(still)[-1], rtol=0.02, atol=0.02)


def test_bodies_side_by_side_do_not_touch() -> None:
    together = BodyFrames().feed(np.stack([walk(seed=1), walk(seed=2)], axis=1))
    assert together.shape == (20, 2, BANDS)
    for side, seed in enumerate((1, 2)):
        np.testing.assert_allclose(together[:, side], BodyFrames().feed(walk(seed=seed)), atol=1e-5)


def test_a_frame_does_not_look_ahead() -> None:
    other = walk()
    other[10:] += 1
    np.testing.assert_array_equal(BodyFrames().feed(other)[:10], BodyFrames().feed(walk())[:10])


@pytest.mark.parametrize("scale", [0.01, 250.0])
def test_neither_place_nor_distance_from_the_camera_count(scale: float) -> None:
    moved = (walk() + np.float32(3)) * np.float32(scale)
    np.testing.assert_allclose(BodyFrames().feed(moved), BodyFrames().feed(walk()), atol=2e-3)


def test_a_mirror_exchanges_right_and_left_and_nothing_else() -> None:
    poses, seen = walk(), mirror(walk())
    np.testing.assert_array_equal(mirror(seen), poses)
    right = JOINTS.index("right wrist")
    np.testing.assert_array_equal(seen[:, right, 0], -poses[:, JOINTS.index("left wrist"), 0])
    for joint, other in enumerate(MIRRORED):
        assert JOINTS[other].split()[-1] == JOINTS[joint].split()[-1]
        assert (JOINTS[other] == JOINTS[joint]) == (" " not in JOINTS[joint])
    assert {frozenset((MIRRORED[a], MIRRORED[b])) for a, b in BONES} == {frozenset(bone) for bone in BONES}


def test_the_frames_of_a_mirror_image_are_the_same_numbers_at_other_places() -> None:
    frames, mirrored = BodyFrames().feed(walk()), BodyFrames().feed(mirror(walk()))
    np.testing.assert_allclose(np.sort(np.abs(frames)[:, :30]), np.sort(np.abs(mirrored)[:, :30]), atol=1e-5)
    np.testing.assert_allclose(np.sort(frames[:, 30:135]), np.sort(mirrored[:, 30:135]), atol=1e-5)


def test_a_body_of_one_point_gives_numbers_within_the_limit() -> None:
    frames = BodyFrames().feed(np.concatenate([np.zeros((3, 15, 2)), 1e6 * walk()]).astype(np.float32))
    assert np.isfinite(frames).all()
    assert np.abs(frames).max() <= LIMIT
