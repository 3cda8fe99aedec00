"""The clock of a stream whose microphone comes and goes, over sources that end when they are told to."""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import count

import numpy as np
import pytest

from edge.audio import SAMPLE_RATE, AudioBlock
from edge.capture.devices import close_apart, portaudio, rescan
from edge.capture.native import NativeBlock
from edge.capture.reopening import HUNG_SECONDS, LONGEST_PAUSE_SECONDS, Reopening
from edge.capture.source import Options, Source
from edge.errors import DataError, DeviceError, HarkError
from edge.events import Status

pytestmark = pytest.mark.runtime

BLOCK = 1600


class Clock:
    """Time passes only when somebody says so."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


class Tape(Source):
    """A microphone that gives some blocks, each 0.1 s after the one before, and is then gone."""

    paced = reopens = True

    def __init__(self, clock: Clock, blocks: int, error: HarkError | None = None) -> None:
        super().__init__("tape", rate=SAMPLE_RATE, options=Options(block=BLOCK))
        self._clock, self._count, self._error = clock, blocks, error or DeviceError("tape is gone")
        self.closed = False

    def _native_blocks(self) -> Iterator[NativeBlock]:
        for index in range(self._count):
            self._clock.now += 0.1
            yield NativeBlock(np.full((BLOCK, 1), index, np.int16), index * BLOCK)
        raise self._error

    def _release(self) -> None:
        self.closed = True


class PipeTape(Tape):
    """The same, as a program that ends."""

    paced = False


class ReadOn(Tape):
    """The same, as a pipe, which cannot be opened again."""

    paced = reopens = False


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(autouse=True)
def _no_portaudio(monkeypatch: pytest.MonkeyPatch) -> None:
    """What PortAudio does is tested with a sound server; other tests of this process may hold a stream of it."""
    monkeypatch.setattr("edge.capture.reopening.rescan", lambda: None)


def made(*sources: Source | Exception) -> Callable[[], Source]:
    """Gives out one after the other."""
    waiting = iter(sources)

    def make() -> Source:
        source = next(waiting)
        if isinstance(source, Exception):
            raise source
        return source

    return make


def play(reopening: Reopening, clock: Clock, gone: float) -> tuple[list[AudioBlock], list[Status]]:
    """Everything until a fault; while there is no microphone, that many seconds pass."""
    blocks: list[AudioBlock] = []
    news: list[Status] = []
    with reopening, suppress(DataError):
        for block in reopening:
            told = reopening.news()
            clock.now += gone * any(one.what == "device-lost" for one in told)
            news += told
            blocks.append(block)
    return blocks, news


THE_END = DataError("the end")


def test_the_clock_advances_by_what_was_missed(clock: Clock) -> None:
    first, second = Tape(clock, 3), Tape(clock, 2, THE_END)
    blocks, news = play(Reopening(made(first, second), clock), clock, gone=7.0)
    sound = [block for block in blocks if len(block.samples)]
    # The first block after the loss comes 7.1 s after the last one before it, and lasts 0.1 s.
    assert [block.start for block in sound] == [0, 1600, 3200, 4800 + 7 * SAMPLE_RATE, 6400 + 7 * SAMPLE_RATE]
    assert {(block.start, len(block.samples)) for block in blocks if not len(block.samples)} == {(4800, 0)}
    assert [(one.what, one.at) for one in news] == [("device-lost", 0.3), ("device-back", 7.3)]
    assert [one.detail for one in news] == ["tape is gone", "tape is heard again"]
    assert first.closed
    assert second.closed


class Dropping(Tape):
    """The same, of which PortAudio may say that samples were lost, and not how many."""

    losses = 0

    @property
    def unmeasured(self) -> int:
        return self.losses


def test_a_loss_of_unknown_length_is_told_too(clock: Clock) -> None:
    tape, news, starts = Dropping(clock, 6, THE_END), list[Status](), list[int]()
    with Reopening(made(tape), clock) as reopening, suppress(DataError):
        for block in reopening:
            news += reopening.news()
            starts.append(block.start)
            tape.losses += len(starts) in (1, 3)
    assert [(one.what, one.at, one.lost_samples) for one in news] == [("overflow", 0.1, None), ("overflow", 0.3, None)]
    assert starts == [number * BLOCK for number in range(6)]


def test_the_clock_never_goes_back(clock: Clock) -> None:
    blocks, _ = play(Reopening(made(Tape(clock, 3), Tape(clock, 2, THE_END)), clock), clock, gone=-50.0)
    starts = [block.start for block in blocks if len(block.samples)]
    assert starts == [0, 1600, 3200, 4800, 6400]


def test_a_microphone_that_opens_and_stalls_is_still_lost(clock: Clock) -> None:
    tapes = [Tape(clock, 1), Tape(clock, 0), Tape(clock, 0), Tape(clock, 1, THE_END)]
    _, news = play(Reopening(made(*tapes), clock), clock, gone=1.0)
    assert [one.what for one in news] == ["device-lost", "device-back"]
    assert all(tape.closed for tape in tapes)


def test_it_is_tried_until_it_works(clock: Clock) -> None:
    refusals = [DeviceError("busy")] * 4
    _, news = play(Reopening(made(Tape(clock, 1), *refusals, Tape(clock, 1, THE_END)), clock), clock, gone=1.0)
    assert [one.what for one in news] == ["device-lost", "device-back"]


def test_each_pause_is_twice_the_one_before_up_to_a_limit(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    wait = threading.Event.wait

    def note(event: threading.Event, timeout: float | None = None) -> bool:
        # The main thread waits for the attempts, without a pause of its own.
        if threading.current_thread().name == "reopen the microphone" and timeout is not None:
            pauses.append(timeout)
            return False
        return wait(event, timeout)

    monkeypatch.setattr(threading.Event, "wait", note)
    refusals = [DeviceError("busy")] * 7
    play(Reopening(made(Tape(clock, 1), *refusals, Tape(clock, 1, THE_END)), clock), clock, gone=1.0)
    assert pauses == [0.1, 0.2, 0.4, 0.8, 1.6, LONGEST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS]


def test_one_that_never_gave_a_sample_is_an_error(clock: Clock) -> None:
    with Reopening(made(Tape(clock, 0)), clock) as reopening, pytest.raises(DeviceError, match="tape is gone"):
        list(reopening)


def test_a_program_that_ends_is_not_started_again(clock: Clock) -> None:
    with Reopening(made(PipeTape(clock, 2)), clock) as reopening, pytest.raises(DeviceError, match="tape is gone"):
        list(reopening)
    assert reopening.news() == []


def test_one_that_cannot_be_opened_at_first_is_an_error(clock: Clock) -> None:
    with pytest.raises(DeviceError, match="busy"):
        Reopening(made(DeviceError("busy")), clock)


def test_who_is_patient_waits_for_one_that_cannot_be_opened_at_first(clock: Clock) -> None:
    refusals = [DeviceError("none there")] * 3
    reopening = Reopening(made(*refusals, Tape(clock, 2, THE_END)), clock, patient=True)
    assert reopening.paced
    blocks, news = play(reopening, clock, gone=7.0)
    assert [(one.what, one.at) for one in news] == [("device-lost", 0.0), ("device-back", 7.0)]
    assert news[0].detail == "none there"
    assert [block.start for block in blocks if len(block.samples)] == [7 * SAMPLE_RATE, 7 * SAMPLE_RATE + BLOCK]


def test_who_is_patient_waits_for_one_that_gives_nothing_at_first(clock: Clock) -> None:
    _, news = play(Reopening(made(Tape(clock, 0), Tape(clock, 1, THE_END)), clock, patient=True), clock, gone=1.0)
    assert [one.what for one in news] == ["device-lost", "device-back"]


def test_patience_is_not_for_what_no_time_mends(clock: Clock) -> None:
    with pytest.raises(DataError, match="the end"):
        Reopening(made(THE_END), clock, patient=True)


def test_it_is_waiting_while_attempts_come_to_an_end(clock: Clock) -> None:
    hanging, released = threading.Event(), threading.Event()
    give = made(Tape(clock, 1), DeviceError("busy"), DeviceError("busy"), Tape(clock, 1, THE_END))
    attempts = count()

    def make() -> Source:
        if next(attempts) == 3:
            hanging.set()
            released.wait()
        return give()

    with Reopening(make, clock) as reopening, suppress(DataError):
        blocks = iter(reopening)
        waiting = []
        for _ in ("sound", "none"):
            next(blocks)
            waiting.append(reopening.waiting)
        assert hanging.wait(10)
        clock.now += HUNG_SECONDS + 1
        waiting.append(reopening.waiting)
        released.set()
        next(block for block in blocks if len(block.samples))
        waiting.append(reopening.waiting)
    assert waiting == [False, True, False, False]


def test_a_fault_while_it_is_opened_is_not_hidden(clock: Clock) -> None:
    with Reopening(made(Tape(clock, 1), ZeroDivisionError()), clock) as reopening, pytest.raises(ZeroDivisionError):
        list(reopening)


def test_closing_ends_the_attempts(clock: Clock) -> None:
    first = Tape(clock, 1)
    with Reopening(made(first, *[DeviceError("busy")] * 1000), clock) as reopening:
        blocks = iter(reopening)
        assert [len(next(blocks).samples) for _ in range(4)] == [BLOCK, 0, 0, 0]
    assert "reopen the microphone" not in [thread.name for thread in threading.enumerate()]
    assert first.closed


def test_closing_what_hangs_is_left_behind_and_waited_for_before_the_next_scan() -> None:
    released = threading.Event()
    close_apart(released.wait, 0.05)
    scan = threading.Thread(target=rescan, daemon=True)
    scan.start()
    scan.join(0.2)
    assert scan.is_alive()
    released.set()
    scan.join(10)
    assert not scan.is_alive()


def muting(reopening: Reopening, clock: Clock, orders: dict[int, str]) -> tuple[list[AudioBlock], list[Status]]:
    """Everything until a fault; by the number of blocks so far, somebody mutes or unmutes, 3 s after the block."""
    blocks: list[AudioBlock] = []
    news: list[Status] = []
    with reopening, suppress(DataError):
        for block in reopening:
            blocks.append(block)
            for order in orders.get(len(blocks), "").split():
                clock.now += 3
                getattr(reopening, order)()
            news += reopening.news()
    return blocks, news


def test_a_mute_closes_the_microphone_and_its_end_opens_it_on_the_clock_of_the_wall(clock: Clock) -> None:
    first, second = Tape(clock, 10), Tape(clock, 2, THE_END)
    blocks, news = muting(Reopening(made(first, second), clock), clock, {2: "mute", 4: "unmute"})
    assert [(one.what, one.at) for one in news] == [("muted", 0.2), ("unmuted", pytest.approx(6.2))]
    assert news[0].detail == "nothing is heard: tape is closed"
    assert first.closed
    sound = [block.start for block in blocks if len(block.samples)]
    assert sound == [0, 1600, 3200 + 6 * SAMPLE_RATE, 4800 + 6 * SAMPLE_RATE]
    assert {block.start for block in blocks if not len(block.samples)} == {3200}


def test_while_it_is_muted_nothing_is_opened(clock: Clock) -> None:
    first = Tape(clock, 10)
    with Reopening(made(first), clock) as reopening:
        blocks = iter(reopening)
        next(blocks)
        reopening.mute()
        reopening.mute()
        assert [len(next(blocks).samples) for _ in range(3)] == [0, 0, 0]
        assert first.closed
        assert "reopen the microphone" not in [thread.name for thread in threading.enumerate()]
    assert [one.what for one in reopening.news()] == ["muted"]


def test_a_mute_that_is_taken_back_at_once_goes_on(clock: Clock) -> None:
    tapes = [Tape(clock, 10), Tape(clock, 2, THE_END)]
    blocks, news = muting(Reopening(made(*tapes), clock), clock, {2: "mute unmute"})
    assert [one.what for one in news] == ["muted", "unmuted"]
    assert len([block for block in blocks if len(block.samples)]) == 4


@pytest.mark.parametrize("second", ["mute", "stall", "refusal"])
def test_what_follows_a_mute_is_told_as_later(clock: Clock, second: str) -> None:
    """A rule whose alerts must be so far apart would take an earlier time for that of another stream."""
    between: dict[str, list[Source | Exception]] = {
        "mute": [],
        "stall": [Tape(clock, 0)],
        "refusal": [DeviceError("unplugged")] * 4,
    }
    tapes = made(Tape(clock, 10), *between[second], Tape(clock, 2, THE_END))
    orders = {2: "mute", 3: "unmute mute unmute" if second == "mute" else "unmute"}
    _, news = muting(Reopening(tapes, clock), clock, orders)
    times = [one.at for one in news]
    assert [one.what for one in news][2] == ("muted" if second == "mute" else "device-lost")
    assert times == sorted(times)
    assert times[2] - times[1] == pytest.approx(3 if second == "mute" else 0, abs=1)


def test_a_microphone_that_went_while_it_was_muted_is_lost_and_found(clock: Clock) -> None:
    refusals = [DeviceError("unplugged")] * 4
    tapes = made(Tape(clock, 10), *refusals, Tape(clock, 2, THE_END))
    _, news = muting(Reopening(tapes, clock), clock, {2: "mute", 3: "unmute"})
    assert [one.what for one in news] == ["muted", "unmuted", "device-lost", "device-back"]
    assert news[2].detail == "unplugged"


def test_a_mute_ends_the_attempts_to_open_what_was_lost(clock: Clock) -> None:
    opened = Tape(clock, 2, THE_END)
    tapes = made(Tape(clock, 2), *[DeviceError("unplugged")] * 3, opened)
    blocks, news = muting(Reopening(tapes, clock), clock, {4: "mute", 7: "unmute"})
    assert [one.what for one in news] == ["device-lost", "muted", "unmuted", "device-back"]
    assert len(blocks) >= 8


def test_what_opens_too_late_is_closed_again(clock: Clock) -> None:
    opened, may_open = Tape(clock, 10), threading.Event()
    first = made(Tape(clock, 1))
    made_before: list[Source] = []

    def make() -> Source:
        if not made_before:
            made_before.append(first())
            return made_before[0]
        may_open.wait(10)
        return opened

    with Reopening(make, clock) as reopening:
        blocks = iter(reopening)
        assert [len(next(blocks).samples) for _ in range(2)] == [BLOCK, 0]
        reopening.mute()
        may_open.set()
        assert [len(next(blocks).samples) for _ in range(3)] == [0, 0, 0]
        assert opened.closed


def test_a_program_is_ended_and_started_again_but_a_pipe_is_read_on(clock: Clock) -> None:
    programs = [PipeTape(clock, 10), PipeTape(clock, 2, THE_END)]
    blocks, _ = muting(Reopening(made(*programs), clock), clock, {2: "mute", 3: "unmute"})
    assert programs[0].closed
    assert [block.start for block in blocks if len(block.samples)][:2] == [0, 1600]
    pipe = ReadOn(clock, 6, THE_END)
    blocks, news = muting(Reopening(made(pipe), clock), clock, {2: "mute", 4: "unmute"})
    assert [block.start for block in blocks if len(block.samples)] == [0, 1600, 6400, 8000]
    assert [(one.what, one.at) for one in news] == [("muted", 0.2), ("unmuted", 0.4)]
    assert news[0].detail == "nothing is heard: tape is read on, and forgotten"


def test_a_program_is_started_again_where_there_is_no_portaudio(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the input of machines without it."""
    monkeypatch.setattr("edge.capture.reopening.rescan", rescan)
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    with pytest.raises(DeviceError, match="sounddevice"):
        portaudio()
    programs = made(PipeTape(clock, 3), PipeTape(clock, 2, THE_END))
    blocks, _ = muting(Reopening(programs, clock), clock, {1: "mute", 2: "unmute"})
    assert sum(bool(len(block.samples)) for block in blocks) > 2
