"""What a service manager is told, over a real socket."""

import os
import socket
import tempfile
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from edge.audio import SAMPLE_RATE, AudioBlock
from edge.events import Event, Keyword, Partial, Status, Transcript, Trigger
from edge.service import Manager, Notifier
from edge.service.notify import watchdog_seconds

pytestmark = pytest.mark.runtime

TRIGGER = Trigger(at=12.345, name="jarvis", score=0.9, began=11.8, ended=12.2, model="18f11e840c20")


class Receiver:
    """The manager's end of the socket."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(f"\0{address[1:]}" if address.startswith("@") else address)
        self._socket.setblocking(False)

    def notes(self) -> list[str]:
        notes = []
        try:
            while True:
                notes.append(self._socket.recv(4096).decode())
        except BlockingIOError:
            return notes

    def close(self) -> None:
        self._socket.close()


@pytest.fixture(params=["path", "abstract"])
def receiver(request: pytest.FixtureRequest) -> Iterator[Receiver]:
    with tempfile.TemporaryDirectory(prefix="hark-") as folder:
        address = f"@hark-test-{os.getpid()}" if request.param == "abstract" else str(Path(folder) / "notify")
        receiver = Receiver(address)
        yield receiver
        receiver.close()


class Life:
    """A manager under a clock that blocks advance."""

    def __init__(self, receiver: Receiver, watchdog: float | None = 4.0, *, paced: bool = True) -> None:
        self.now, self.at = 1000.0, 0
        environment = {"NOTIFY_SOCKET": receiver.address}
        environment |= {"WATCHDOG_USEC": f"{watchdog * 1e6:.0f}"} if watchdog else {}
        self.manager = Manager(paced=paced, environment=environment, clock=lambda: self.now)

    def hear(self, seconds: float, *events: Event, speed: float = 1.0, waiting: bool = False) -> None:
        for _ in range(round(seconds / 0.1)):
            self.now += 0.1
            samples = np.zeros(round(0.1 * speed * SAMPLE_RATE), np.int16)
            self.manager.heard(AudioBlock(samples, self.at), events, waiting=waiting)
            self.at += len(samples)


def test_ready_comes_with_the_first_sound_and_stopping_at_the_end(receiver: Receiver) -> None:
    life = Life(receiver, watchdog=None)
    with life.manager:
        life.hear(5, speed=0)
        assert receiver.notes() == []
        life.hear(5)
        assert receiver.notes() == ["READY=1\nSTATUS=listening"]
    assert receiver.notes() == ["STOPPING=1"]


def test_the_watchdog_is_petted_at_half_of_its_time(receiver: Receiver) -> None:
    life = Life(receiver)
    life.hear(20.05)
    assert receiver.notes()[1:] == ["WATCHDOG=1"] * 9


@pytest.mark.parametrize("speed", [0.0, 0.9, 1.1, 2.0])
def test_it_is_not_petted_for_sound_at_a_wrong_pace(speed: float, receiver: Receiver) -> None:
    life = Life(receiver)
    life.hear(10)
    receiver.notes()
    life.hear(10, speed=speed)
    # What was heard before may count for one window more.
    assert len(receiver.notes()) <= 1
    life.hear(10)
    assert len(receiver.notes()) >= 4


def test_who_waits_for_a_microphone_is_ready_and_not_deaf(receiver: Receiver) -> None:
    life = Life(receiver)
    life.hear(0.1, Status(at=0, what="device-lost", detail="none there"), speed=0, waiting=True)
    assert receiver.notes() == ["READY=1\nSTATUS=listening", "STATUS=device-lost: none there"]
    life.hear(9, speed=0, waiting=True)
    assert receiver.notes() == ["WATCHDOG=1"] * 4
    # It is found, and hangs.
    life.hear(10, speed=0)
    assert receiver.notes() == []


def test_a_recording_may_be_as_fast_as_it_likes(receiver: Receiver) -> None:
    life = Life(receiver, paced=False)
    life.hear(10, speed=50)
    assert receiver.notes()[1:] == ["WATCHDOG=1"] * 4
    life.hear(10, speed=0)
    assert receiver.notes() == []


@pytest.mark.parametrize(
    ("event", "status"),
    [
        (TRIGGER, 'last event: trigger "jarvis" at 12.35 s'),
        (Keyword(at=1, name="alarm", score=0.5, began=0, ended=1), 'last event: keyword "alarm" at 1.00 s'),
        (Status(at=1, what="silent", detail="two\nlines"), "silent: two lines"),
        (Status(at=1, what="overflow", lost_samples=3), "overflow"),
    ],
)
def test_the_last_event_is_the_status(event: Event, status: str, receiver: Receiver) -> None:
    life = Life(receiver, watchdog=None)
    life.hear(0.1, TRIGGER, event)
    assert receiver.notes()[1:] == [f"STATUS={status}"]


def test_who_is_muted_lives_and_is_given_time_to_hear_again(receiver: Receiver) -> None:
    life = Life(receiver)
    life.hear(10)
    life.hear(0.1, Status(at=10, what="muted", detail="nothing is heard"), speed=0)
    receiver.notes()
    life.hear(20.5, speed=0)
    assert receiver.notes() == ["WATCHDOG=1"] * 10
    life.hear(0.1, Status(at=30, what="reloaded"), speed=0)
    life.hear(0.1, Status(at=30, what="unmuted"), speed=0)
    assert receiver.notes() == ["STATUS=muted; reloaded", "WATCHDOG=1", "STATUS=unmuted"]
    life.hear(1, speed=0)
    life.hear(2.8)
    assert receiver.notes() == ["WATCHDOG=1"]
    life.hear(20, speed=0)
    assert len(receiver.notes()) <= 1


@pytest.mark.parametrize("paced", [True, False])
def test_a_mute_is_the_status(receiver: Receiver, *, paced: bool) -> None:
    life = Life(receiver, paced=paced)
    life.hear(0.1, TRIGGER, Status(at=1, what="muted", detail="nothing is heard"), speed=0)
    # Who is muted from the beginning is ready.
    assert receiver.notes() == ["WATCHDOG=1", "READY=1\nSTATUS=listening", "STATUS=muted: nothing is heard"]
    life.hear(4.5, speed=0)
    assert receiver.notes() == ["WATCHDOG=1"] * 2


def test_what_was_said_is_not_shown_to_everybody(receiver: Receiver) -> None:
    said = Transcript(at=3, text="my secret", confidence=0.9, words=(), nbest=(), model="0" * 12)
    life = Life(receiver, watchdog=None)
    life.hear(0.1, Partial(at=2, text="my secret"))
    life.hear(0.1, said)
    assert receiver.notes()[1:] == ["STATUS=last event: transcript at 3.00 s"]


def test_a_manager_that_is_gone_or_busy_does_not_matter(receiver: Receiver) -> None:
    notifier = Notifier(receiver.address)
    for _ in range(10_000):
        notifier.send("STATUS=nobody reads this")
    receiver.close()
    notifier.send("STATUS=nobody can")


def test_of_a_file_nothing_is_remembered_however_fast_it_is_read() -> None:
    with Manager(paced=False, environment={}, clock=lambda: 0.0) as manager:
        tracemalloc.start()
        for number in range(10_000):
            manager.heard(AudioBlock(np.zeros(1280, np.int16), number * 1280), ())
        held, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert held < 20_000


def test_without_a_manager_nothing_is_told() -> None:
    with Manager(paced=True, environment={}) as manager:
        manager.heard(AudioBlock(np.zeros(1280, np.int16), 0), [TRIGGER])


@pytest.mark.parametrize(
    ("environment", "seconds"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "30000000"}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "41"}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "42"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
    ],
)
def test_the_time_of_the_watchdog(environment: dict[str, str], seconds: float | None) -> None:
    assert watchdog_seconds(environment, pid=41) == seconds
