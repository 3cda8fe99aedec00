"""Accepts are counted by the device's own rules, at every level."""

import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from edge.audio import SAMPLE_RATE, AudioBlock, Pcm16
from edge.errors import OutputError
from edge.events import Trigger
from edge.model import StreamingModel
from edge.pipeline import Pipeline
from edge.tuning import LEVELS, AcceptCounter, Miner, Peak, best_score
from tests.pipeline.tones import LABELS, recording, tone

pytestmark = pytest.mark.runtime

WORDS = ((0.1, "low tone"), (1.0, "high tone"), (2.0, "low tone"), (2.6, "low tone"), (4.0, "high tone"))


def fading() -> Pcm16:
    """Tones, of which each is fainter than the one before, so that they reach other levels."""
    samples = recording(*WORDS, seconds=6.0).astype(np.float32)
    for n, (at, _) in enumerate(WORDS):
        first = round(at * SAMPLE_RATE)
        samples[first : first + 4800] *= 0.2**n
    return samples.astype(np.int16)


def cut(samples: Pcm16, size: int) -> Iterator[AudioBlock]:
    for first in range(0, len(samples), size):
        yield AudioBlock(samples[first : first + size], first)


def counted(model: StreamingModel, blocks: Iterator[AudioBlock]) -> AcceptCounter:
    counter = AcceptCounter(model, LABELS)
    for block in blocks:
        counter.feed(block)
    return counter


@pytest.mark.parametrize("size", [320, 1280, 16_000, 96_000])
def test_each_level_counts_what_a_listener_with_that_threshold_reports(tones: StreamingModel, size: int) -> None:
    counter = counted(tones, cut(fading(), size))
    assert counter.hours == pytest.approx(6 / 3600)
    for level in range(0, len(LEVELS), 7):
        pipeline = Pipeline(tones, dict.fromkeys(LABELS, float(LEVELS[level])))
        events = [e for e in pipeline.feed(AudioBlock(fading(), 0)) if isinstance(e, Trigger)]
        for word in LABELS:
            assert counter.counts[word][level] == sum(event.name == word for event in events)


def test_what_is_said_at_the_very_end_counts(tones: StreamingModel) -> None:
    called = recording((1.0, "low tone"), seconds=3.0)[:16_900]
    counter = counted(tones, cut(called, 1280))
    assert not counter.counts["low tone"][60]
    counter.finish()
    assert counter.counts["low tone"][60] == 1
    assert [peak.word for peak in counter.peaks] == ["low tone"]
    assert counter.hours == pytest.approx(16_900 / 16_000 / 3600)


def test_lost_samples_part_the_steps_as_they_do_on_the_device(tones: StreamingModel) -> None:
    samples = fading()
    blocks = [AudioBlock(samples[:40_000], 0), AudioBlock(samples[50_001:], 50_001)]
    counter = counted(tones, iter(blocks))
    pipeline = Pipeline(tones, dict.fromkeys(LABELS, float(LEVELS[60])))
    events = [e for block in blocks for e in pipeline.feed(block) if isinstance(e, Trigger)]
    assert sum(int(counter.counts[word][60]) for word in LABELS) == len(events)
    assert [peak.word for peak in counter.peaks if peak.level >= LEVELS[60]] == [event.name for event in events]
    assert counter.hours == pytest.approx((6 - 10_001 / SAMPLE_RATE) / 3600)


def test_streams_add_up_but_do_not_touch(tones: StreamingModel) -> None:
    one = counted(tones, cut(fading(), 16_000))
    both = counted(tones, cut(fading(), 16_000))
    both.begin()
    for block in cut(fading(), 16_000):
        both.feed(block)
    assert both.hours == 2 * one.hours
    assert all((both.counts[word] == 2 * one.counts[word]).all() for word in LABELS)
    assert both.peaks == one.peaks


def test_peaks_say_how_high_and_when(tones: StreamingModel) -> None:
    peaks = counted(tones, cut(recording((2.0, "high tone"), seconds=4.0), 1280)).peaks
    (peak,) = [peak for peak in peaks if peak.level > 0.5]
    assert peak.word == "high tone"
    assert 2.0 < peak.at < 2.5


def test_a_recording_of_a_word_is_scored_to_its_very_end(tones: StreamingModel) -> None:
    samples = recording((0.7, "low tone"), seconds=1.0)
    loud = best_score(tones, "low tone", [AudioBlock(samples, 0)])
    assert loud > 0.8
    assert best_score(tones, "low tone", list(cut(samples, 999))) == loud
    assert best_score(tones, "high tone", [AudioBlock(samples, 0)]) < 0.3


def test_mined_clips_hold_the_sound_that_was_accepted(tones: StreamingModel, tmp_path: Path) -> None:
    counter, miner = AcceptCounter(tones, LABELS), Miner()
    miner.begin("/somewhere/day one.flac")
    for block in cut(recording((3.0, "low tone"), (6.6, "high tone"), seconds=7.0), 16_000):
        counter.feed(block)
        miner.feed(block, counter.peaks)
    miner.finish(counter.peaks)
    assert miner.save(tmp_path / "new" / "mined") == len(counter.peaks) == 2
    first, second = sorted((tmp_path / "new" / "mined").iterdir(), reverse=True)
    assert first.name.startswith("low_tone-day one-3.")
    with wave.open(str(first)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (SAMPLE_RATE, 1, 2)
        kept = np.frombuffer(file.readframes(file.getnframes()), np.int16)
    assert len(kept) == 2.5 * SAMPLE_RATE
    begin = 3.0 * SAMPLE_RATE - (counter.peaks[0].at - 2.0) * SAMPLE_RATE
    np.testing.assert_array_equal(kept[round(begin) : round(begin) + 4800], tone(500, 0.3))
    with wave.open(str(second)) as file:
        assert 2.0 * SAMPLE_RATE < file.getnframes() < 2.5 * SAMPLE_RATE


def test_only_the_worst_are_kept(tmp_path: Path) -> None:
    miner = Miner()
    rng = np.random.default_rng(2)
    peaks = [Peak("word", second + 0.5, float(level)) for second, level in enumerate(rng.uniform(0, 1, 260))]
    for second in range(262):
        miner.feed(AudioBlock(np.zeros(SAMPLE_RATE, np.int16), second * SAMPLE_RATE), peaks)
    assert miner.save(tmp_path) == 200
    kept = {float(path.stem.split("-")[-1]) for path in tmp_path.iterdir()}
    assert min(kept) == pytest.approx(sorted(peak.level for peak in peaks)[60], abs=1e-3)


def test_a_folder_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="name another folder for --keep"):
        Miner().save(tmp_path / "file" / "mined")
