"""A session over a recording: nothing is lost or told twice when the models are exchanged in the middle of it."""

import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from edge.audio import SAMPLE_RATE, Pcm16
from edge.capture import open_source
from edge.capture.native import NativeBlock
from edge.capture.reopening import Reopening
from edge.capture.source import Options, Source
from edge.controls import Controls, Mute, Refusal, Tune, Wish
from edge.endpoint import EndpointConfig
from edge.errors import ConfigError, DataError, DeviceError, HarkError
from edge.events import Event, Status, Transcript, Trigger
from edge.model import StreamingModel
from edge.pipeline import Pipeline
from edge.service import Heard, LevelWatch, Memory, Reload, Session, Signals
from edge.transcriber import Transcriber, TranscriberConfig
from tests.cli.conftest import write_wav
from tests.pipeline import letters, tones
from tests.pipeline.letters import joined, spoken

pytestmark = pytest.mark.runtime

LOW, HIGH = tones.HERTZ
BLOCK = 1280


@dataclass(frozen=True)
class Listener:
    pipeline: Pipeline
    transcribes: bool
    levels: LevelWatch = field(default_factory=LevelWatch)
    budget: float = 0.5

    def thresholds_at(self, budget: float) -> dict[str, float]:
        if budget < 0.2:
            raise ConfigError("the budget is below what was measured")
        return dict.fromkeys(tones.LABELS, 0.6 if budget < 5 else 0.999)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> tuple[StreamingModel, StreamingModel]:
    folder: Path = tmp_path_factory.mktemp("models")
    bundles = tones.make_bundle(folder / "tones"), letters.make_bundle(folder / "letters")
    return StreamingModel.load(bundles[0]), StreamingModel.load(bundles[1])


@pytest.fixture
def listener(models: tuple[StreamingModel, StreamingModel]) -> Listener:
    return Listener(Pipeline(models[0], dict.fromkeys(tones.LABELS, 0.6)), transcribes=False)


@pytest.fixture
def writer(models: tuple[StreamingModel, StreamingModel]) -> Callable[[], Listener]:
    def make() -> Listener:
        transcriber = Transcriber(models[1], [], TranscriberConfig(endpoint=EndpointConfig()))
        return Listener(Pipeline(models[0], dict.fromkeys(tones.LABELS, 0.6), transcriber), transcribes=True)

    return make


@pytest.fixture
def sound(tmp_path: Path) -> Callable[[Pcm16], Reopening]:
    def source(samples: Pcm16) -> Reopening:
        file = write_wav(tmp_path / "sound.wav", samples)
        return Reopening(lambda: open_source(str(file), block=BLOCK))

    return source


def listen(source: Reopening, first: Listener, reload: Reload[Listener], hang_up_at: Sequence[int] = ()) -> list[Heard]:
    """All that is heard, with a SIGHUP before some of the blocks; each reload is given the time that it takes."""
    heard = []
    with Signals(reloads=True) as signals, source:
        for one in Session(first, reload, signals).run(source):
            heard.append(one)
            while reload.busy:
                time.sleep(0.001)
            if len(heard) in hang_up_at:
                os.kill(os.getpid(), signal.SIGHUP)
    return heard


def events(heard: Sequence[Heard]) -> list[Event]:
    return [event for one in heard for event in one.events]


def never() -> Listener:
    raise AssertionError("no reload was wished for")


def said(heard: Sequence[Heard]) -> list[str]:
    return [event.text for event in events(heard) if isinstance(event, Transcript)]


def test_without_wishes_it_is_the_pipeline(listener: Listener, sound: Callable[[Pcm16], Reopening]) -> None:
    samples = tones.recording((1.0, "low tone"), (2.5, "high tone"))
    heard = listen(sound(samples), listener, Reload(never))
    assert [event.name for event in events(heard) if isinstance(event, Trigger)] == ["low tone", "high tone"]
    assert np.array_equal(np.concatenate([one.block.samples for one in heard]), samples)


def test_what_a_source_that_fails_has_cut_off_is_told(writer: Callable[[], Listener], tmp_path: Path) -> None:
    order = joined(1.0, tones.tone(LOW, 0.3), spoken("turn on the light"))
    file = write_wav(tmp_path / "sound.wav", order)
    heard: list[Heard] = []
    with Signals(reloads=False) as signals:
        source = Reopening(lambda: open_source(f"exec:sh -c 'tail -c +45 {file}; exit 3'", block=BLOCK))
        with source, pytest.raises(DeviceError, match="exit code 3"):
            heard.extend(Session(writer(), Reload(never), signals).run(source))
    assert said(heard) == ["turn on the light"]


@pytest.mark.parametrize("block", range(10, 24))
def test_a_word_is_heard_once_wherever_in_it_the_models_are_exchanged(
    block: int, models: tuple[StreamingModel, StreamingModel], sound: Callable[[Pcm16], Reopening]
) -> None:
    def make() -> Listener:
        return Listener(Pipeline(models[0], dict.fromkeys(tones.LABELS, 0.6)), transcribes=False)

    samples = tones.recording((1.0, "low tone"), (2.5, "high tone"), seconds=3.5)
    usual = events(listen(sound(samples), make(), Reload(never)))
    status, *others = sorted(
        events(listen(sound(samples), make(), Reload(make), [block])), key=lambda event: event.type
    )
    assert isinstance(status, Status)
    # Whether it is ready at once or a block later is the thread's luck.
    assert (status.what, round(status.at * SAMPLE_RATE / BLOCK) - block in (1, 2)) == ("reloaded", True)
    assert [event.type for event in others] == [event.type for event in usual]
    assert [event.at for event in others] == pytest.approx([event.at for event in usual])


def test_what_is_being_written_down_is_written_down_to_its_end(
    writer: Callable[[], Listener], sound: Callable[[Pcm16], Reopening]
) -> None:
    order = joined(1.0, tones.tone(LOW, 0.3), spoken("turn on the light"), 2.0, tones.tone(HIGH, 0.3), spoken("stop"))
    heard = listen(sound(order), writer(), Reload(writer), [20])
    assert said(heard) == ["turn on the light", "stop"]
    kinds = [event.what if isinstance(event, Status) else event.type for event in events(heard)]
    assert [kind for kind in kinds if kind != "partial"] == [
        "trigger", "transcript", "reloaded", "trigger", "transcript",
    ]  # fmt: skip


def test_what_was_written_down_already_is_not_written_down_again(
    writer: Callable[[], Listener], sound: Callable[[Pcm16], Reopening]
) -> None:
    """The new one hears the trigger word of a short order again: it is exchanged just after that order's end."""
    order = joined(1.0, tones.tone(LOW, 0.3), spoken("on"), 8.0)
    assert told(listen(sound(order), writer(), Reload(writer), [20])) == ["trigger", "transcript", "reloaded"]


class Unplugged(Source):
    """A microphone that gives some sound, and is gone."""

    paced = reopens = True

    def __init__(self, samples: Pcm16, error: HarkError) -> None:
        super().__init__("microphone", rate=SAMPLE_RATE, options=Options(block=BLOCK))
        self._samples, self._error = samples, error

    def _native_blocks(self) -> Iterator[NativeBlock]:
        yield NativeBlock(self._samples[:, None], 0)
        raise self._error

    def _release(self) -> None:
        """There is nothing to let go of."""


def test_what_is_being_said_is_told_when_the_microphone_goes_and_models_can_be_exchanged(
    writer: Callable[[], Listener], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edge.capture.reopening.rescan", lambda: None)
    first = Unplugged(joined(1.0, tones.tone(LOW, 0.3), spoken("turn on the light")), DeviceError("it is gone"))
    second = Unplugged(joined(0.5), DataError("the end"))
    heard: list[Heard] = []
    reload = Reload(writer)

    def make() -> Source:
        if not heard:
            return first
        while "reloaded" not in told(heard):
            time.sleep(0.01)
        return second

    with Signals(reloads=True) as signals, Reopening(make) as source, suppress(DataError):
        for one in Session(writer(), reload, signals).run(source):
            heard.append(one)
            if "device-lost" in told([one]):
                os.kill(os.getpid(), signal.SIGHUP)
    assert said(heard) == ["turn on the light"]
    assert told(heard)[:4] == ["trigger", "device-lost", "transcript", "reloaded"]
    assert "device-back" in told(heard)


def test_what_cannot_be_read_changes_nothing(listener: Listener, sound: Callable[[Pcm16], Reopening]) -> None:
    def fail() -> Listener:
        raise ConfigError("hark.toml, line 3: trigger.model is unknown")

    samples = tones.recording((1.0, "low tone"), (2.5, "high tone"))
    *before, status, last = events(listen(sound(samples), listener, Reload(fail), [20]))
    words = [event for event in (*before, last) if isinstance(event, Trigger)]
    assert [word.name for word in words] == ["low tone", "high tone"]
    assert isinstance(status, Status)
    assert status.what == "reload-failed"
    assert status.detail == "nothing was changed: hark.toml, line 3: trigger.model is unknown"


def test_a_fault_of_our_own_is_no_reason_to_stop_listening(
    listener: Listener, sound: Callable[[Pcm16], Reopening]
) -> None:
    def fail() -> Listener:
        raise ZeroDivisionError("by zero")

    heard = listen(sound(tones.recording()), listener, Reload(fail), [20])
    (status,) = events(heard)
    assert isinstance(status, Status)
    assert "fault of hark itself (ZeroDivisionError: by zero)" in (status.detail or "")


def test_a_stop_lets_what_was_being_said_out(
    writer: Callable[[], Listener], sound: Callable[[Pcm16], Reopening]
) -> None:
    order = joined(1.0, tones.tone(LOW, 0.3), spoken("turn on the light"), 5.0)
    stop_at = round((1.3 + len(spoken("turn on the light")) / SAMPLE_RATE) * SAMPLE_RATE / BLOCK) + 2
    heard = []
    with Signals(reloads=True) as signals, sound(order) as source:
        for one in Session(writer(), Reload(never), signals).run(source):
            heard.append(one)
            if len(heard) == stop_at:
                os.kill(os.getpid(), signal.SIGTERM)
    assert said(heard) == ["turn on the light"]
    assert [len(one.block.samples) for one in heard[stop_at:]] == [0]


def test_digital_silence_of_a_recording_is_nobodys_fault(
    listener: Listener, sound: Callable[[Pcm16], Reopening]
) -> None:
    assert events(listen(sound(np.zeros(40 * SAMPLE_RATE, np.int16)), listener, Reload(never))) == []


def asked(
    source: Reopening, first: Listener, wishes: dict[int, Wish], reload: Reload[Listener] | None = None
) -> tuple[list[Heard], Controls]:
    """All that is heard, with wishes after some of the blocks, and a reload two blocks after the first of them."""
    heard, controls = [], Controls()
    with Signals(reloads=True, controls=controls) as signals, source:
        for one in Session(first, reload or Reload(never), signals).run(source):
            heard.append(one)
            if len(heard) in wishes:
                controls.ask(wishes[len(heard)])
            if reload and len(heard) == min(wishes) + 2:
                os.kill(os.getpid(), signal.SIGHUP)
            while reload and reload.busy:
                time.sleep(0.001)
    return heard, controls


def told(heard: Sequence[Heard]) -> list[str]:
    kinds = [event.what if isinstance(event, Status) else event.type for event in events(heard)]
    return [kind for kind in kinds if kind != "partial"]


@pytest.mark.parametrize("reloaded", [False, True])
def test_nothing_is_heard_while_it_is_muted_and_nothing_counts_as_lost(
    listener: Listener, models: tuple[StreamingModel, StreamingModel], sound: Callable[[Pcm16], Reopening],
    *, reloaded: bool,
) -> None:  # fmt: skip
    def make() -> Listener:
        return Listener(Pipeline(models[0], dict.fromkeys(tones.LABELS, 0.6)), transcribes=False)

    samples = tones.recording((1.0, "low tone"), (2.5, "high tone"), (4.0, "low tone"), seconds=5.0)
    reload = Reload(make) if reloaded else None
    heard, controls = asked(sound(samples), listener, {25: Mute(True), 42: Mute(False)}, reload)
    assert told(heard) == ["trigger", "muted", *["reloaded"] * reloaded, "unmuted", "trigger"]
    last = events(heard)[-1]
    assert isinstance(last, Trigger)
    assert last.at == pytest.approx(4.1, abs=0.1)
    assert {len(one.block.samples) for one in heard[26:42]} == {0}
    assert not controls.muted


def test_what_is_being_said_is_told_up_to_the_mute(
    writer: Callable[[], Listener], sound: Callable[[Pcm16], Reopening]
) -> None:
    order = joined(1.0, tones.tone(LOW, 0.3), spoken("turn on the light"), 3.0)
    end = round((1.3 + len(spoken("turn on the light")) / SAMPLE_RATE) * SAMPLE_RATE / BLOCK) + 2
    heard, controls = asked(sound(order), writer(), {end: Mute(True)})
    assert told(heard) == ["trigger", "transcript", "muted"]
    assert said(heard) == ["turn on the light"]
    assert controls.muted


def test_sensitivity_is_tuned_between_two_blocks(listener: Listener, sound: Callable[[Pcm16], Reopening]) -> None:
    samples = tones.recording((1.0, "low tone"), (2.5, "high tone"))
    heard, controls = asked(sound(samples), listener, {25: Tune(9.0), 26: Tune(0.1), 27: Refusal("no such command")})
    assert told(heard)[:4] == ["trigger", "sensitivity", "sensitivity-refused", "command-refused"]
    assert controls.budget == 9.0
    # The listener of this test answers a large budget with thresholds that nothing reaches.
    assert told(heard)[4:] == []


@pytest.mark.parametrize(("budget", "kept"), [(0.5, 9.0), (1.0, 1.0)])
def test_a_reload_keeps_the_sensitivity_unless_another_is_configured(
    budget: float,
    kept: float,
    listener: Listener,
    models: tuple[StreamingModel, StreamingModel],
    sound: Callable[[Pcm16], Reopening],
) -> None:
    def make() -> Listener:
        return Listener(Pipeline(models[0], dict.fromkeys(tones.LABELS, 0.6)), transcribes=False, budget=budget)

    samples = tones.recording((1.0, "low tone"), (2.5, "high tone"), seconds=4.0)
    heard, controls = asked(sound(samples), listener, {20: Tune(9.0)}, Reload(make))
    assert controls.budget == kept
    # The listener of this test answers a large budget with thresholds that nothing reaches.
    assert told(heard).count("trigger") == (1 if kept == 9.0 else 2)


def left_by(spec: str, folder: Path, first: Listener) -> Controls:
    """How the next start finds the controls after a source that fails."""
    state, controls = {"STATE_DIRECTORY": str(folder)}, Controls()
    with Signals(reloads=False, controls=controls) as signals, Memory(controls, first.budget, state) as memory:
        source = Reopening(lambda: open_source(spec, block=BLOCK), muted=controls.muted)
        with source, suppress(DeviceError):
            for one in Session(first, Reload(never), signals).run(source):
                assert memory.news(first.budget, one.block.end) == []
    after = Controls()
    Memory(after, first.budget, state)
    return after


def test_a_mute_that_ends_the_recorder_holds_at_the_next_start(listener: Listener, tmp_path: Path) -> None:
    """As `systemctl kill -s USR1 hark` does, without --kill-whom=main."""
    assert left_by("exec:sh -c 'kill -USR1 $PPID $$'", tmp_path, listener).muted


def test_a_remembered_sensitivity_outlives_a_recorder_that_gives_nothing(listener: Listener, tmp_path: Path) -> None:
    left = f'{{"muted": false, "budget": 2.5, "configured": {listener.budget}}}'
    (tmp_path / "controls.json").write_text(left)
    assert left_by("exec:false", tmp_path, listener).drain() == [Tune(2.5)]
