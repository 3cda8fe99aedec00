"""Conversion to 16 kHz mono: exact where it can be, in step with the input, the same however it is cut."""

from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.audio import SAMPLE_RATE, AudioBlock, Pcm16
from edge.capture.native import Channel, Frames, NativeBlock
from edge.capture.resample import convert, cut

RANDOM = np.random.default_rng(7)


def noise(count: int, channels: int = 1) -> npt.NDArray[np.int16]:
    return RANDOM.integers(-9000, 9000, (count, channels)).astype(np.int16)


def portions(frames: Frames, cuts: list[int]) -> list[NativeBlock]:
    edges = sorted({0, len(frames), *(c for c in cuts if c < len(frames))})
    return [NativeBlock(frames[a:b], a) for a, b in pairwise(edges)]


def samples(blocks: list[AudioBlock]) -> Pcm16:
    return np.concatenate([block.samples for block in blocks])


def whole(frames: Frames, rate: int, channel: Channel = "mix") -> Pcm16:
    return samples(list(convert([NativeBlock(frames, 0)], rate, channel)))


def test_int16_at_16_khz_passes_unchanged() -> None:
    every = np.arange(-32768, 32768).astype(np.int16).reshape(-1, 1)
    np.testing.assert_array_equal(whole(every, SAMPLE_RATE), every[:, 0])


def test_a_channel_is_taken_and_all_are_mixed() -> None:
    frames = noise(100, 6)
    np.testing.assert_array_equal(whole(frames, SAMPLE_RATE, 4), frames[:, 4])
    np.testing.assert_allclose(whole(frames, SAMPLE_RATE), frames.mean(axis=1), atol=0.5001)


def test_floats_beyond_full_scale_and_no_numbers_are_tamed() -> None:
    frames = np.array([[1.0], [-1.0], [3e38], [-np.inf], [np.inf], [np.nan], [0.5]], np.float32)
    expected = [32767, -32768, 32767, -32768, 32767, 0, 16384]
    assert whole(frames, SAMPLE_RATE).tolist() == expected


def test_one_damaged_float_does_not_spread() -> None:
    frames = (noise(48_000) / 32768).astype(np.float32)
    damaged = frames.copy()
    damaged[24_000] = np.nan
    differs = np.flatnonzero(whole(frames, 48_000) != whole(damaged, 48_000))
    assert abs(differs - 8000).max() < 400


@pytest.mark.parametrize("rate", [8000, 11_025, 22_050, 44_100, 48_000, 96_000])
def test_a_tone_keeps_its_frequency_phase_and_length(rate: int) -> None:
    def tone(at: int) -> npt.NDArray[np.float64]:
        return 0.5 * np.sin(2 * np.pi * 1000 * np.arange(at) / at)

    resampled = whole(tone(rate).astype(np.float32).reshape(-1, 1), rate) / 32768
    assert len(resampled) == SAMPLE_RATE
    middle = slice(800, -800)  # the tone begins and ends in a step, which rings
    np.testing.assert_allclose(resampled[middle], tone(SAMPLE_RATE)[middle], atol=1e-4)


def test_what_16_khz_cannot_hold_is_filtered_out() -> None:
    tone = (0.5 * np.sin(2 * np.pi * 11_000 * np.arange(48_000) / 48_000)).astype(np.float32).reshape(-1, 1)
    assert np.abs(whole(tone, 48_000)[800:-800]).max() <= 1


@settings(deadline=None, max_examples=40)
@given(
    rate=st.sampled_from([SAMPLE_RATE, 8000, 44_100, 48_000, 16_001]),
    cuts=st.lists(st.integers(1, 6000), max_size=30),
    size=st.sampled_from([1, 160, 1000, 1280, 16_000]),
)
def test_the_samples_do_not_depend_on_how_they_are_cut(rate: int, cuts: list[int], size: int) -> None:
    frames = noise(6000, 2)
    blocks = list(cut(convert(portions(frames, cuts), rate, "mix"), size))
    np.testing.assert_array_equal(samples(blocks), whole(frames, rate))
    assert [len(block.samples) for block in blocks[:-1]] == [size] * (len(blocks) - 1)
    assert [block.start for block in blocks] == [i * size for i in range(len(blocks))]


@pytest.mark.parametrize("rate", [SAMPLE_RATE, 8000, 44_100, 48_000])
def test_a_gap_lasts_as_long_after_resampling(rate: int) -> None:
    frames = noise(rate)
    native = [NativeBlock(frames[: rate // 4], 0), NativeBlock(frames[rate // 2 :], rate // 2)]
    blocks = list(cut(convert(native, rate, "mix"), 1280))
    gaps = [(a.end, b.start) for a, b in pairwise(blocks) if a.end != b.start]
    assert gaps == [(SAMPLE_RATE // 4, SAMPLE_RATE // 2)]
    assert blocks[-1].end == SAMPLE_RATE
    after = samples([block for block in blocks if block.start >= SAMPLE_RATE // 2])
    np.testing.assert_array_equal(after, whole(frames[rate // 2 :], rate))


@given(gaps=st.lists(st.tuples(st.integers(0, 50), st.integers(0, 5)), max_size=20))
@settings(deadline=None)
def test_the_clock_never_goes_back_nor_drifts(gaps: list[tuple[int, int]]) -> None:
    native, clock = [], 0
    for count, lost in gaps:
        native.append(NativeBlock(noise(count), clock + lost))
        clock += lost + count
    end = 0
    for block in cut(convert(native, 48_000, "mix"), 7):
        assert block.start >= end
        end = block.end
    assert end <= clock / 3 + len(gaps) + 1
