"""Augmentation of log energies."""

import numpy as np
import pytest

from train import spectral


def bump(centre: int) -> spectral.Energies:
    frames = np.full((50, 40), -10, np.float32)
    frames[20:30, centre] = 0
    return frames


def test_a_shorter_vocal_tract_moves_formants_up() -> None:
    warped = spectral.warp_bands(bump(20), 1.2)
    assert int(warped[25].argmax()) == 24
    np.testing.assert_allclose(spectral.warp_bands(bump(20), 1.0), bump(20))


def test_bands_can_be_stretched_unevenly() -> None:
    warped = spectral.warp_bands(bump(20), [1.0, 1.0, 1.4])
    assert int(warped[25].argmax()) == 20
    assert int(spectral.warp_bands(bump(35), [1.0, 1.0, 1.4])[25].argmax()) > 36


def test_a_speed_that_varies_covers_its_mean() -> None:
    np.testing.assert_allclose(spectral.uneven(1.5, 5), [0, 1.5, 3, 4.5, 6])
    positions = spectral.uneven([1.0, 2.0], 101)
    assert positions[0] == 0
    assert positions[-1] == pytest.approx(149.5)
    assert (np.diff(np.diff(positions)) > 0).all()


def test_a_faster_tempo_brings_sounds_forward_and_keeps_the_pitch() -> None:
    warped = spectral.at(bump(20), spectral.uneven(1.25, 50))
    assert warped.shape == (50, 40)
    assert int(warped[:, 20].argmax()) == 16
    np.testing.assert_array_equal(warped[-1], bump(20)[-1])


def test_another_pace_ends_where_the_sound_ends() -> None:
    for seed in range(30):
        positions = spectral.another_pace(200, np.random.default_rng(seed))
        assert 140 < len(positions) < 290
        assert 198 < positions[-1] < 200
        assert (np.diff(positions) > 0.5).all()


def test_powers_add_up_at_the_wanted_ratio() -> None:
    both = spectral.add_energies(bump(5), bump(30), 10.0)
    assert both[25, 5] == pytest.approx(0, abs=1e-3)
    assert both[25, 30] == pytest.approx(-10 * np.log(10) / 10, abs=0.01)


def test_hiding_touches_a_stretch_of_times_and_bands_only() -> None:
    rng = np.random.default_rng(0)
    frames = rng.standard_normal((60, 40)).astype(np.float32)
    hidden = frames.copy()
    spectral.hide(hidden, rng)
    changed = hidden != frames
    assert 0 < changed.mean() < 0.5
    assert (~changed).any(axis=0).sum() >= 32


def test_every_time_and_band_is_hidden_some_time() -> None:
    rng = np.random.default_rng(0)
    for shape in ((30, 20), (12, 8)):
        hidden = np.zeros(shape, bool)
        for _ in range(300):
            frames = rng.standard_normal(shape).astype(np.float32)
            kept = frames.copy()
            spectral.hide(frames, rng)
            hidden |= frames != kept
        assert hidden[-1].all()
        assert hidden[:, -1].all()


def test_another_line_colours_all_times_alike_and_smoothly() -> None:
    sound = np.random.default_rng(1).standard_normal((50, 40)).astype(np.float32)
    curves = spectral.another_line(sound, np.random.default_rng(0)) - sound
    np.testing.assert_allclose(curves, np.broadcast_to(curves[0], curves.shape), atol=1e-5)
    assert 1 < np.ptp(curves[0]) <= 16 * spectral.DECIBEL + 1e-5
    assert np.abs(np.diff(curves[0])).max() < 16 * spectral.DECIBEL / 7


def test_a_telephone_leaves_the_lower_bands_as_they_are_and_no_trace_of_speech_above() -> None:
    speech = np.random.default_rng(0).uniform(-5, 5, (50, 40)).astype(np.float32)
    for seed in range(20):
        narrow = spectral.narrowed(speech, np.random.default_rng(seed))
        cut = np.flatnonzero((narrow != speech).any(axis=0))
        assert 27 <= cut[0] <= 33
        np.testing.assert_array_equal(cut, np.arange(cut[0], 40))
        assert narrow[:, cut].max() <= -50 * spectral.DECIBEL
        spoken = np.corrcoef(narrow[:, cut].mean(axis=1), speech[:, cut].mean(axis=1))[0, 1]
        assert abs(spoken) < 0.5
