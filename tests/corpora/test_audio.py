from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from edge.errors import DataError
from tests.corpora.conftest import Record
from train.corpora.audio import duration, load
from train.corpora.manifest import Clip


def test_sixteen_bit_samples_arrive_unchanged(tmp_path: Path) -> None:
    samples = np.array([-32768, -1, 0, 1, 12345, 32767], np.int16)
    soundfile.write(tmp_path / "a.flac", samples, 16_000)
    loaded = load(tmp_path / "a.flac")
    assert loaded.dtype == np.int16
    np.testing.assert_array_equal(loaded, samples)


def test_a_clip_is_loaded_by_its_path(tmp_path: Path, record: Record) -> None:
    path = record(tmp_path / "a.wav")
    clip = Clip(path, "noise", "tone", "", "", 0.1, "CC0", True, "made")
    np.testing.assert_array_equal(load(clip), load(path))


@pytest.mark.parametrize("rate", [8_000, 11_025, 22_050, 44_100, 48_000])
def test_other_rates_are_resampled(tmp_path: Path, record: Record, rate: int) -> None:
    samples = load(record(tmp_path / "a.wav", seconds=1.0, rate=rate))
    assert len(samples) == 16_000
    assert np.argmax(np.abs(np.fft.rfft(samples))) == 440


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW"])
def test_every_sample_format_keeps_its_loudness(tmp_path: Path, record: Record, subtype: str) -> None:
    """Read as integers, a float file would be silence."""
    samples = load(record(tmp_path / "a.wav", seconds=1.0, subtype=subtype))
    assert np.abs(samples).max() == pytest.approx(0.5 * 32768, rel=0.03)


def test_channels_are_averaged(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", np.array([[1000, 3000], [-400, 0]], np.int16), 16_000)
    assert load(tmp_path / "a.wav").tolist() == [2000, -200]


def test_samples_beyond_full_scale_are_clipped(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", np.array([1.5, -1.5, 1.0]), 16_000, subtype="FLOAT")
    assert load(tmp_path / "a.wav").tolist() == [32767, -32768, 32767]


def test_an_empty_recording_is_empty(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", np.zeros(0), 44_100)
    assert load(tmp_path / "a.wav").shape == (0,)


def test_duration_comes_from_the_header(tmp_path: Path, record: Record) -> None:
    assert duration(record(tmp_path / "a.flac", seconds=0.25, rate=8_000)) == 0.25


@pytest.mark.parametrize("read", [load, duration])
def test_what_is_not_audio_is_named(tmp_path: Path, read: Callable[[Path], object]) -> None:
    path = tmp_path / "a.wav"
    path.write_text("not audio at all")
    with pytest.raises(DataError, match=r"a\.wav cannot be read as audio"):
        read(path)


@pytest.mark.parametrize("read", [load, duration])
def test_a_missing_recording_is_named(tmp_path: Path, read: Callable[[Path], object]) -> None:
    with pytest.raises(DataError, match=r"gone\.wav cannot be read"):
        read(tmp_path / "gone.wav")


def test_samples_that_are_no_numbers_are_refused(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "nan.wav", np.full(160, np.nan, np.float32), 16000, subtype="FLOAT")
    with pytest.raises(DataError, match=r"nan\.wav has samples that are no numbers"):
        load(tmp_path / "nan.wav")
