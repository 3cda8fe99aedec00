"""Silence and noise that lasts is told once, however the sound is cut into blocks."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.audio import SAMPLE_RATE, AudioBlock, Pcm16
from edge.config import Lasting
from edge.service import LevelWatch

pytestmark = pytest.mark.runtime

SILENCE, NOISE = Lasting("silence", 5.0, -50.0), Lasting("noise", 3.0, -30.0)


def sound(*parts: tuple[float, float], offset: int = 0) -> Pcm16:
    """Parts that last some seconds at a level in dBFS, as a square wave."""
    levels = [np.full(round(length * SAMPLE_RATE), 32768 * 10 ** (dbfs / 20)) for length, dbfs in parts]
    samples = np.concatenate(levels)
    wave: Pcm16 = (samples * np.resize([1, -1], len(samples)) + offset).astype(np.int16)
    return wave


def told(samples: Pcm16, block: int = 1280, *wanted: Lasting, gap_at: int = 1 << 40) -> list[tuple[str, float]]:
    watch = LevelWatch(wanted or (SILENCE, NOISE))
    blocks = [
        AudioBlock(samples[start : start + block], start + (SAMPLE_RATE if start >= gap_at else 0))
        for start in range(0, len(samples), block)
    ]
    return [(one.name, one.at) for each in blocks for one in watch.feed(each)]


def test_each_is_told_once_and_again_after_it_was_over() -> None:
    samples = sound((20, -60), (10, -20), (5, -40), (8, -60))
    assert told(samples) == [("silence", 5.0), ("noise", 23.0), ("silence", 40.0)]


def test_what_is_too_short_is_not_told() -> None:
    assert told(sound((4, -60), (2, -20), (4, -60), (60, -40))) == []


def test_a_click_ends_no_silence_and_a_pause_no_noise() -> None:
    assert told(sound((2.5, -70), (0.002, -30), (3.5, -70)))[0] == ("silence", 5.0)
    beeps = [part for _ in range(8) for part in ((0.5, -20), (0.5, -80))]
    assert told(sound(*beeps))[0] == ("noise", 3.0)


def test_an_offset_of_the_microphone_is_no_noise() -> None:
    assert told(sound((6, -70), offset=3000)) == [("silence", 5.0)]


def test_all_zeros_are_silence() -> None:
    assert told(np.zeros(6 * SAMPLE_RATE, np.int16)) == [("silence", 5.0)]


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 50_000))
def test_it_is_the_same_at_any_block_size(block: int) -> None:
    samples = sound((7.3, -60), (5.1, -20), (6.2, -60))
    assert told(samples, max(block, 100)) == told(samples)


def test_what_was_lost_is_neither() -> None:
    samples = sound((9, -60))
    assert told(samples, gap_at=4 * SAMPLE_RATE) == [("silence", 10.0)]


def test_nobody_is_told_who_does_not_ask() -> None:
    assert LevelWatch().feed(AudioBlock(sound((60, -60)), 0)) == []


def test_what_lasts_is_not_told_again_by_who_comes_after() -> None:
    first, second = LevelWatch([SILENCE]), LevelWatch([NOISE, SILENCE])
    block = AudioBlock(sound((6, -60)), 0)
    assert [one.name for one in first.feed(block)] == ["silence"]
    second.succeed(first)
    assert second.feed(AudioBlock(sound((20, -60)), block.end)) == []
