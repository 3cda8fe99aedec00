"""From blocks to events, with a network whose words are tones."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge.audio import AudioBlock, Pcm16
from edge.errors import ConfigError
from edge.events import Event, Status, Trigger
from edge.model import StreamingModel, verify_golden
from edge.pipeline import Pipeline, thresholds_for
from tests.pipeline.tones import LABELS, recording

pytestmark = pytest.mark.runtime

THRESHOLDS = dict.fromkeys(LABELS, 0.6)
WORDS = ((1.0, "low tone"), (2.5, "high tone"), (4.0, "low tone"))
SOUND = recording(*WORDS)


def blocks(samples: Pcm16, *cuts: int, start: int = 0) -> list[AudioBlock]:
    edges = [0, *sorted(cuts), len(samples)]
    return [AudioBlock(samples[first:last], start + first) for first, last in pairwise(edges)]


def listen(model: StreamingModel, *stream: AudioBlock, thresholds: dict[str, float] | None = None) -> list[Event]:
    return list(Pipeline(model, THRESHOLDS if thresholds is None else thresholds).run(stream))


def test_the_runtime_computes_what_the_fixture_was_made_with(tones: StreamingModel) -> None:
    assert max(verify_golden(tones).values()) == 0


def test_words_are_heard_where_they_were_said(tones: StreamingModel) -> None:
    events = [event for event in listen(tones, *blocks(SOUND)) if isinstance(event, Trigger)]
    assert [event.name for event in events] == [name for _, name in WORDS]
    for event, (start, _) in zip(events, WORDS, strict=True):
        assert start < event.at < start + 0.3
        assert event.began < event.ended < event.at
        assert 0.6 <= event.score <= 1
        assert event.model == tones.bundle.model_id


def test_a_word_at_the_very_end_is_heard_out(tones: StreamingModel) -> None:
    whole = [event for event in listen(tones, *blocks(SOUND)) if isinstance(event, Trigger)]
    cut = SOUND[: round((whole[-1].at - 0.01) * 16_000)]
    heard = [event for event in listen(tones, *blocks(cut)) if isinstance(event, Trigger)]
    assert [event.name for event in heard] == [event.name for event in whole]
    assert heard[-1].at == whole[-1].at
    pipeline = Pipeline(tones, THRESHOLDS)
    assert pipeline.feed(AudioBlock(cut, 0)) == whole[:-1]
    # A microphone that is closed in the middle of a word has not heard it.
    assert pipeline.pause() == []


def test_only_enabled_words_are_heard(tones: StreamingModel) -> None:
    events = listen(tones, *blocks(SOUND), thresholds={"high tone": 0.6})
    assert [event.name for event in events if isinstance(event, Trigger)] == ["high tone"]
    assert listen(tones, *blocks(SOUND), thresholds={}) == []


@pytest.mark.parametrize("size", [1, 160, 1000, 1280, 16_000])
def test_block_size_does_not_matter(tones: StreamingModel, size: int) -> None:
    sound = SOUND[: 2 * 16_000]
    assert listen(tones, *blocks(sound, *range(size, len(sound), size))) == listen(tones, *blocks(sound))


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, len(SOUND)), max_size=40))
def test_cuts_do_not_matter(tones: StreamingModel, cuts: list[int]) -> None:
    assert listen(tones, *blocks(SOUND, *cuts)) == listen(tones, *blocks(SOUND))


def test_streams_of_one_model_do_not_disturb_each_other(tones: StreamingModel) -> None:
    loud, quiet = Pipeline(tones, THRESHOLDS), Pipeline(tones, THRESHOLDS)
    silence = np.zeros(1280, np.int16)
    heard: list[Event] = []
    for block in blocks(SOUND, *range(1280, len(SOUND), 1280)):
        heard += loud.feed(block)
        assert quiet.feed(AudioBlock(silence[: len(block.samples)], block.start)) == []
    assert heard == listen(tones, *blocks(SOUND))


def test_scores_of_the_last_block_can_be_watched(tones: StreamingModel) -> None:
    pipeline = Pipeline(tones, THRESHOLDS)
    assert pipeline.scores.shape == (0, 2)
    pipeline.feed(AudioBlock(SOUND, 0))
    # A step of three windows of 400 samples, hop 160, and then one more every 480.
    assert pipeline.scores.shape == ((len(SOUND) - 720) // 480 + 1, 2)
    assert ((pipeline.scores >= 0) & (pipeline.scores <= 1)).all()
    pipeline.feed(AudioBlock(SOUND[:0], len(SOUND)))
    assert pipeline.scores.shape == (0, 2)


class TestGap:
    """Samples that were lost between two blocks: the second begins later than the first ended."""

    LOST = 7_777
    CUT = 2 * 16_000

    def stream(self) -> list[AudioBlock]:
        first, second = SOUND[: self.CUT], SOUND[self.CUT :]
        return [AudioBlock(first, 0), *blocks(second, *range(1280, len(second), 1280), start=self.CUT + self.LOST)]

    def test_it_is_said_once_with_its_length_and_place(self, tones: StreamingModel) -> None:
        statuses = [event for event in listen(tones, *self.stream()) if isinstance(event, Status)]
        assert [(status.what, status.lost_samples) for status in statuses] == [("overflow", self.LOST)]
        assert statuses[0].at == (self.CUT + self.LOST) / 16_000

    def test_the_clock_moves_on_by_it(self, tones: StreamingModel) -> None:
        without = [event for event in listen(tones, *blocks(SOUND)) if isinstance(event, Trigger)]
        shifted = [event for event in listen(tones, *self.stream()) if isinstance(event, Trigger)]
        assert [event.name for event in shifted] == [event.name for event in without]
        for before, after, (start, _) in zip(without, shifted, WORDS, strict=True):
            moved = self.LOST / 16_000 if start * 16_000 > self.CUT else 0
            # The grid of windows begins anew at the gap, so a step may lie up to 30 ms elsewhere.
            assert after.at == pytest.approx(before.at + moved, abs=0.03)

    def test_a_stream_that_begins_late_has_lost_its_beginning(self, tones: StreamingModel) -> None:
        events = listen(tones, AudioBlock(SOUND, 160))
        assert isinstance(events[0], Status)
        assert events[0].lost_samples == 160

    def test_a_word_across_it_is_not_made_up(self, tones: StreamingModel) -> None:
        """What lies before and after a gap never shares a window."""
        halves = [AudioBlock(SOUND[:16_100], 0), AudioBlock(SOUND[20_800:32_000], 80_000)]
        assert [event for event in listen(tones, *halves) if isinstance(event, Trigger)] == []


def test_thresholds_come_from_the_curves(tones: StreamingModel) -> None:
    assert thresholds_for(tones, LABELS, 0.5) == {"low tone": 0.6, "high tone": 0.6}
    assert thresholds_for(tones, ["low tone"], 2.0) == {"low tone": 0.3}
    with pytest.raises(ConfigError, match=r"false_accepts_per_hour = 0\.05 is below"):
        thresholds_for(tones, LABELS, 0.05)


def test_a_word_that_the_network_does_not_know_is_not_waited_for(tones: StreamingModel) -> None:
    known = "'Low Tone' is none of the words of the model: low tone, high tone"
    with pytest.raises(ConfigError, match=known):
        thresholds_for(tones, ["Low Tone"], 0.5)
    with pytest.raises(ConfigError, match=known):
        Pipeline(tones, {"Low Tone": 0.5})
