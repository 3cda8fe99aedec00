"""From blocks to what is said: a trigger word and then letters; keywords at any time."""

from itertools import pairwise
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.audio import AudioBlock, Pcm16
from edge.endpoint import EndpointConfig
from edge.events import Event, Keyword, Partial, Status, Transcript, Trigger
from edge.model import StreamingModel
from edge.pipeline import Pipeline
from edge.spotter import Spotter
from edge.transcriber import TAIL, Transcriber
from edge.understanding.meaning import Understanding
from tests.pipeline.letters import PAUSE, SOUND, joined, spoken
from tests.pipeline.test_pipeline import THRESHOLDS, blocks
from tests.pipeline.tones import HERTZ, tone
from tests.pipeline.tones import make_bundle as make_tones

pytestmark = pytest.mark.runtime

LOW, HIGH = (tone(hertz, 0.3) for hertz in HERTZ)
ORDER = joined(1.0, LOW, spoken("go on"), 1.5)
EVERYTHING = joined(
    0.5, LOW, spoken("turn"), HIGH, spoken("stop now"), 1.2, spoken("stop"), 0.6, LOW, 0.2, spoken("on")
)

T = TypeVar("T", bound=Event)


@pytest.fixture
def pipeline(tones: StreamingModel, letters: StreamingModel) -> Pipeline:
    return make(tones, letters)


def make(tones: StreamingModel, letters: StreamingModel) -> Pipeline:
    spotter = Spotter(letters, {"stop": 0.5, "smoke alarm": 0.5}, {"smoke alarm": "fire"})
    return Pipeline(tones, THRESHOLDS, Transcriber(letters), spotter)


@pytest.fixture(scope="module")
def usual(tones: StreamingModel, letters: StreamingModel) -> list[Event]:
    events = listen(make(tones, letters), *blocks(EVERYTHING))
    assert {event.type for event in events} == {"trigger", "partial", "transcript", "keyword"}
    return events


def only(kind: type[T], events: list[Event]) -> list[T]:
    return [event for event in events if isinstance(event, kind)]


def listen(pipeline: Pipeline, *stream: AudioBlock) -> list[Event]:
    return list(pipeline.run(stream))


def test_what_is_said_after_a_trigger_word_is_written_down(pipeline: Pipeline) -> None:
    trigger, *partials, transcript = listen(pipeline, *blocks(ORDER))
    assert isinstance(trigger, Trigger)
    assert [event.text for event in only(Partial, partials)] == ["g", "go", "go o", "go on"]
    assert isinstance(transcript, Transcript)
    assert transcript.text == "go on"
    said_until = 1.3 + 5 * (SOUND + PAUSE) - PAUSE
    assert said_until + 0.9 < transcript.at < said_until + 1.15
    assert 1.2 < transcript.words[0].start < transcript.words[-1].end < said_until + 0.05


@pytest.mark.parametrize("rest", [1.5, 0.0])
def test_what_was_written_down_is_followed_by_its_meaning(
    tones: StreamingModel, letters: StreamingModel, rest: float
) -> None:
    understanding = Understanding()
    pipeline = Pipeline(tones, THRESHOLDS, Transcriber(letters), understanding=understanding)
    *_, transcript, meaning = listen(pipeline, *blocks(joined(1.0, LOW, spoken("go on"), rest)))
    assert isinstance(transcript, Transcript)
    assert [meaning] == understanding.feed(transcript)


def test_nothing_is_written_down_without_a_trigger_word(pipeline: Pipeline) -> None:
    assert listen(pipeline, *blocks(joined(1.0, spoken("go on"), 2.0))) == []


def test_an_utterance_in_which_nothing_is_said_ends_empty(pipeline: Pipeline) -> None:
    patience = EndpointConfig().nothing_seconds
    trigger, transcript = listen(pipeline, *blocks(joined(1.0, LOW, patience + 1)))
    assert isinstance(transcript, Transcript)
    assert (transcript.text, transcript.words) == ("", ())
    assert transcript.at == pytest.approx(trigger.at + patience, abs=0.3)


def test_the_next_utterance_begins_with_the_next_word(pipeline: Pipeline) -> None:
    sound = joined(1.0, LOW, spoken("go"), 1.2, spoken("stay"), 1.0, HIGH, spoken("run"), 1.2)
    assert [event.text for event in only(Transcript, listen(pipeline, *blocks(sound)))] == ["go", "run"]


class TestBargeIn:
    """A trigger word in the middle of an utterance."""

    SOUND = joined(1.0, LOW, spoken("turn"), HIGH, spoken("run"), 1.5)

    def test_it_begins_anew(self, pipeline: Pipeline) -> None:
        events = listen(pipeline, *blocks(self.SOUND))
        assert [event.name for event in only(Trigger, events)] == ["low tone", "high tone"]
        assert [event.text for event in only(Transcript, events)] == ["run"]

    def test_no_text_is_told_before_its_trigger_word(self, pipeline: Pipeline) -> None:
        events = listen(pipeline, *blocks(self.SOUND))
        second = events.index(only(Trigger, events)[1])
        assert {event.text[0] for event in only(Partial, events[:second])} == {"t"}
        assert {event.text[0] for event in only(Partial, events[second:])} == {"r"}
        assert [event.at for event in events] == sorted(event.at for event in events)


class TestCatchingUp:
    """A trigger word that is known only half a second after it was said, while the text has already begun."""

    SOUND = joined(1.0, LOW, 0.4, spoken("go"), LOW, 1.5)

    @pytest.fixture
    def slow(self, tmp_path: Path) -> StreamingModel:
        manifest = make_tones(tmp_path / "slow") / "manifest.json"
        manifest.write_text(manifest.read_text().replace('"timing_seconds": 2.0', '"timing_seconds": 30.0'))
        return StreamingModel.load(manifest.parent)

    def test_what_was_said_meanwhile_is_heard_and_told_after_it(
        self, slow: StreamingModel, letters: StreamingModel
    ) -> None:
        events = listen(make(slow, letters), *blocks(self.SOUND))
        second = events.index(only(Trigger, events)[1])
        assert [event.text for event in only(Partial, events[second:])] == ["g", "go"]
        assert {event.at for event in events[second : second + 3]} == {events[second].at}
        assert [event.text for event in only(Transcript, events)] == ["go"]

    @pytest.mark.parametrize("size", [160, 1000, 16_000])
    def test_block_size_does_not_matter(self, slow: StreamingModel, letters: StreamingModel, size: int) -> None:
        cut = listen(make(slow, letters), *blocks(self.SOUND, *range(size, len(self.SOUND), size)))
        assert cut == listen(make(slow, letters), *blocks(self.SOUND))


class TestKeywords:
    def test_they_are_heard_without_a_trigger_word(self, pipeline: Pipeline) -> None:
        (event,) = listen(pipeline, *blocks(joined(1.0, spoken("smoke alarm"), 1.0)))
        assert isinstance(event, Keyword)
        assert event.name == "fire"
        assert 0.5 <= event.score <= 1
        said_until = 1.0 + 11 * (SOUND + PAUSE) - PAUSE
        assert event.began == pytest.approx(1.0, abs=0.06)
        assert event.ended == pytest.approx(said_until, abs=0.06)
        assert event.ended < event.at < said_until + 0.5

    def test_they_are_heard_while_something_is_written_down(self, pipeline: Pipeline) -> None:
        events = listen(pipeline, *blocks(joined(1.0, LOW, spoken("please stop now"), 1.5)))
        assert [event.name for event in only(Keyword, events)] == ["stop"]
        assert [event.text for event in only(Transcript, events)] == ["please stop now"]

    def test_they_need_no_transcripts(self, tones: StreamingModel, letters: StreamingModel) -> None:
        pipeline = Pipeline(tones, THRESHOLDS, spotter=Spotter(letters, {"stop": 0.5}))
        events = listen(pipeline, *blocks(joined(1.0, LOW, spoken("stop"), 1.0)))
        assert [event.type for event in events] == ["trigger", "keyword"]


class TestCuts:
    @pytest.mark.parametrize("size", [160, 1000, 1280, 16_000])
    def test_block_size_does_not_matter(self, pipeline: Pipeline, usual: list[Event], size: int) -> None:
        assert listen(pipeline, *blocks(EVERYTHING, *range(size, len(EVERYTHING), size))) == usual

    def test_single_samples_do_not_matter(self, tones: StreamingModel, letters: StreamingModel) -> None:
        sound = joined(0.3, LOW, spoken("stop"))
        cut = listen(make(tones, letters), *blocks(sound, *range(1, len(sound))))
        assert cut == listen(make(tones, letters), *blocks(sound))
        assert {event.type for event in cut} == {"trigger", "partial", "transcript", "keyword"}

    @settings(max_examples=12, deadline=None)
    @given(cuts=st.lists(st.integers(0, len(EVERYTHING)), max_size=40))
    def test_cuts_do_not_matter(
        self, tones: StreamingModel, letters: StreamingModel, usual: list[Event], cuts: list[int]
    ) -> None:
        assert listen(make(tones, letters), *blocks(EVERYTHING, *cuts)) == usual


class TestGap:
    """Samples that were lost in the middle of an utterance."""

    LOST = 7_777
    FIRST, SECOND = joined(1.0, LOW, spoken("go")), joined(0.1, spoken("on"), 1.5)

    def stream(self, size: int = 1280) -> list[AudioBlock]:
        start = len(self.FIRST) + self.LOST
        cuts = range(size, len(self.SECOND), size)
        return [AudioBlock(self.FIRST, 0), *blocks(self.SECOND, *cuts, start=start)]

    def test_the_utterance_goes_on(self, pipeline: Pipeline) -> None:
        events = listen(pipeline, *self.stream())
        assert [event.lost_samples for event in only(Status, events)] == [self.LOST]
        (transcript,) = only(Transcript, events)
        assert transcript.text == "goon"
        spoken_again = (len(self.FIRST) + self.LOST) / 16_000 + 0.1
        assert transcript.words[0].end == pytest.approx(spoken_again + 2 * (SOUND + PAUSE) - PAUSE, abs=0.09)

    def test_after_a_long_one_the_utterance_is_over(self, pipeline: Pipeline) -> None:
        """A microphone that comes back after hours hears what was not said to it."""
        hour = 3600 * 16_000
        said = [self.FIRST, joined(spoken("go"), 0.1)]
        later = [AudioBlock(self.SECOND, hour), *blocks(joined(1.0, LOW, spoken("stop"), 1.5), start=2 * hour)]
        events = listen(pipeline, *blocks(joined(*said)), *later)
        first, second = only(Transcript, events)
        assert (first.text, second.text) == ("gogo", "stop")
        assert first.at < 60
        assert [event.type for event in events if 60 < event.at < 7200] == ["status"]

    def test_cuts_do_not_matter_after_it(self, tones: StreamingModel, letters: StreamingModel) -> None:
        usual = listen(make(tones, letters), *self.stream())
        assert listen(make(tones, letters), *self.stream(160)) == usual
        assert listen(make(tones, letters), *self.stream(10**6)) == usual

    def test_keywords_keep_their_times(self, pipeline: Pipeline) -> None:
        first, second = joined(1.0), joined(0.2, spoken("stop"), 1.0)
        events = listen(pipeline, AudioBlock(first, 0), AudioBlock(second, len(first) + self.LOST))
        (keyword,) = only(Keyword, events)
        assert keyword.began == pytest.approx(1.2 + self.LOST / 16_000, abs=0.06)

    @pytest.mark.parametrize("closed", [True, False], ids=["a microphone that was closed", "one that was lost"])
    def test_halves_of_a_keyword_that_lie_far_apart_are_none(self, pipeline: Pipeline, closed: bool) -> None:
        heard = pipeline.feed(AudioBlock(joined(1.0, spoken("smoke")), 0))
        heard += pipeline.pause() if closed else []
        heard += pipeline.feed(AudioBlock(joined(spoken(" alarm"), 1.0), 3600 * 16_000))
        assert only(Keyword, [*heard, *pipeline.finish()]) == []

    def test_what_comes_after_a_pause_is_heard_as_by_a_fresh_listener(
        self, tones: StreamingModel, letters: StreamingModel
    ) -> None:
        hour, listener, fresh = 3600 * 16_000, make(tones, letters), make(tones, letters)
        listener.feed(AudioBlock(joined(1.0, LOW, spoken("stop"), 0.4), 0))
        listener.pause()
        sound = joined(0.1, spoken("stop"), 0.5, HIGH, 0.5)
        later, anew = listener.feed(AudioBlock(sound, hour)), fresh.feed(AudioBlock(sound, 0))
        assert np.array_equal(listener.scores, fresh.scores)
        assert [event.type for event in later] == [event.type for event in anew]
        assert [event.at - 3600 for event in later] == pytest.approx([event.at for event in anew])

    def test_a_trigger_word_right_after_it_begins_an_utterance(self, pipeline: Pipeline) -> None:
        second = joined(0.05, LOW, spoken("go"), 1.5)
        events = listen(pipeline, AudioBlock(self.FIRST[:16_000], 0), AudioBlock(second, 16_000 + self.LOST))
        assert [event.text for event in only(Transcript, events)] == ["go"]


class TestEnd:
    """A stream that ends in the middle of something."""

    def end(self, pipeline: Pipeline, sound: Pcm16) -> list[Event]:
        pipeline.feed(AudioBlock(sound, 0))
        return pipeline.finish()

    def test_an_utterance_is_written_down_to_its_last_letter(self, pipeline: Pipeline) -> None:
        sound = joined(1.0, LOW, spoken("go on"))[: -round(PAUSE * 16_000)]
        *_, transcript = self.end(pipeline, sound)
        assert isinstance(transcript, Transcript)
        assert transcript.text == "go on"
        assert len(sound) / 16_000 < transcript.at <= (len(sound) + TAIL) / 16_000

    def test_a_keyword_is_heard_out(self, pipeline: Pipeline) -> None:
        (keyword,) = self.end(pipeline, joined(1.0, spoken("stop")))
        assert isinstance(keyword, Keyword)

    def test_a_microphone_that_is_closed_completes_no_keyword(self, pipeline: Pipeline) -> None:
        assert pipeline.feed(AudioBlock(joined(1.0, spoken("stop")), 0)) == []
        assert pipeline.pause() == []
        assert pipeline.finish() == []

    def test_half_a_trigger_word_and_no_more_sound_are_none(self, tones: StreamingModel) -> None:
        half = joined(1.0, LOW)[:17_200]
        heard_out, cut_off = Pipeline(tones, THRESHOLDS), Pipeline(tones, THRESHOLDS)
        assert [event.type for event in self.end(heard_out, half)] == ["trigger"]
        assert cut_off.feed(AudioBlock(half, 0)) == []
        assert cut_off.cut_off() == []
        assert cut_off.finish() == []

    def test_there_may_be_nothing_more_to_say(self, pipeline: Pipeline) -> None:
        assert self.end(pipeline, ORDER) == []


def test_streams_of_one_model_do_not_disturb_each_other(tones: StreamingModel, letters: StreamingModel) -> None:
    first, second = make(tones, letters), make(tones, letters)
    other = joined(0.3, HIGH, spoken("run"), 1.0)
    heard: list[Event] = []
    for start, end in pairwise(range(0, len(ORDER), 1280)):
        heard += first.feed(AudioBlock(ORDER[start:end], start))
        second.feed(AudioBlock(other[start:end], start))
    assert heard == listen(make(tones, letters), *blocks(ORDER))
