"""From an event to a receiver: nothing is lost by SIGKILL, and no sink delays another or the listener."""

import json
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from edge.alerts import AlertDesk, make_desk
from edge.alerts.clerk import PATIENCE
from edge.alerts.desk import local_time
from edge.alerts.parcel import Parcel
from edge.alerts.sink import Sink, SinkError
from edge.alerts.sinks import open_sinks
from edge.alerts.store import Store
from edge.errors import ConfigError
from edge.events import Alert, Status
from tests.alerts.broker import Subscriber, needs_mosquitto, running
from tests.alerts.making import configuration, eventually, trigger
from tests.alerts.receiver import receiving

pytestmark = pytest.mark.runtime

ROOT = Path(__file__).parents[2]
RULE = '[[alert]]\nname = "help"\ntriggers = ["view glass"]\nmessage = "{name} at {at}"\nper_hour = 3600\n'


@contextmanager
def desk_of(text: str, folder: Path) -> Iterator[AlertDesk]:
    desk = make_desk(configuration(text, folder), ["view glass"])
    assert desk is not None
    desk.start()
    try:
        yield desk
    finally:
        desk.close()


def webhook(name: str, url: str, **settings: object) -> str:
    lines = [f"{key} = {value}" for key, value in settings.items()]
    return "\n".join([f'[sink.{name}]\ntype = "webhook"\nurl = "{url}"', *lines, ""])


def test_without_rules_and_sinks_there_is_no_desk(tmp_path: Path) -> None:
    assert make_desk(configuration("", tmp_path), []) is None
    assert list(tmp_path.iterdir()) == []


def test_an_alert_that_goes_nowhere_needs_no_outbox(tmp_path: Path) -> None:
    with desk_of(RULE, tmp_path) as desk:
        assert [type(event) for event in desk.feed(trigger())] == [Alert]
        desk.close()
        assert desk.news(0.0) == []
    assert list(tmp_path.iterdir()) == []


def test_a_program_that_is_not_done_at_the_end_is_killed_and_its_alert_waits(tmp_path: Path) -> None:
    note = tmp_path / "note"
    script = f'echo $$ > "{note}.part"; mv "{note}.part" "{note}"; exec sleep 60'
    sink = f"[sink.a]\ntype = \"command\"\nargv = ['sh', '-c', '{script}']\n"
    with desk_of(RULE + sink, tmp_path) as desk:
        [alert] = desk.feed(trigger())
        assert isinstance(alert, Alert)
        assert eventually(note.exists)
        desk.close()
        assert not Path(f"/proc/{note.read_text().strip()}").exists()
        assert desk.undelivered().total() == 1
    store = Store(tmp_path / "outbox.db")
    # It was hark that ended it: no failure of the program.
    assert [(one.id, one.attempts) for one in store.all()] == [(alert.id, 0)]
    assert desk.news(0.0) == []
    store.close()


def test_an_event_becomes_an_alert_at_its_receiver(tmp_path: Path) -> None:
    with receiving() as receiver, desk_of(RULE + webhook("a", receiver.url), tmp_path) as desk:
        assert desk.feed(trigger(name="jarvis")) == []
        [alert] = desk.feed(trigger(12.0))
        assert isinstance(alert, Alert)
        assert eventually(lambda: receiver.got)
        assert receiver.got[0][2].decode() == alert.to_json()
        assert eventually(lambda: desk.counts()["a", "sent"] == 1)
        assert json.loads(receiver.got[0][2])["message"] == "view glass at 12.00"


def test_a_rule_goes_to_its_own_sinks(tmp_path: Path) -> None:
    with receiving() as receiver, receiving() as other:
        sinks = webhook("a", receiver.url) + webhook("b", other.url)
        with desk_of(f'{RULE}sinks = ["b"]\n{sinks}', tmp_path) as desk:
            desk.feed(trigger())
            assert eventually(lambda: other.got)
        assert receiver.got == []


def test_a_sink_that_hangs_delays_neither_the_listener_nor_another(tmp_path: Path) -> None:
    with receiving() as hanging, receiving() as well:
        hanging.hold.clear()
        text = RULE + webhook("a", hanging.url, limit_seconds=20) + webhook("b", well.url)
        with desk_of(text, tmp_path) as desk:
            for at in range(5):
                began = time.monotonic()
                desk.feed(trigger(at))
                assert time.monotonic() - began < 1.0
            assert eventually(lambda: desk.counts()["b", "sent"] == 5)
            assert desk.counts()["a", "sent"] == 0
            began = time.monotonic()
            desk.close(0.5)
            assert time.monotonic() - began < 2.0


def test_a_receiver_that_fails_gets_all_in_order_once_it_is_well(tmp_path: Path) -> None:
    with receiving() as receiver, desk_of(RULE + webhook("a", receiver.url), tmp_path) as desk:
        receiver.status = 503
        events = [event for at in range(3) for event in desk.feed(trigger(at))]
        assert eventually(lambda: desk.counts()["a", "failed"] >= 3)
        receiver.status = 204
        assert eventually(lambda: desk.counts()["a", "sent"] == 3)
        told = [one.what for one in [*events, *desk.news(5.0)] if isinstance(one, Status)]
        assert told == ["sink-failed", "sink-back"]
        assert [json.loads(body)["at"] for _, _, body in receiver.got[-3:]] == [0, 1, 2]


def test_what_waits_is_delivered_before_the_end(tmp_path: Path) -> None:
    with receiving() as receiver:
        with desk_of(RULE + webhook("a", receiver.url), tmp_path) as desk:
            for at in range(10):
                desk.feed(trigger(at))
            desk.close(20.0)
        assert len(receiver.got) == 10


def test_an_outbox_that_cannot_be_is_told_and_alerts_go_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "outbox.db").mkdir()
    with receiving() as receiver, desk_of(RULE + webhook("a", receiver.url), tmp_path) as desk:
        told = desk.feed(trigger())
        assert eventually(lambda: receiver.got)
        whats = [one.what for one in [*told, *desk.news(1.0)] if isinstance(one, Status)]
        assert whats == ["outbox-failed"]
        assert desk.counts()["a", "unstored"] == 1


class Faulty(Sink):
    """Has a fault of its own, whose text holds a secret."""

    def __init__(self) -> None:
        self.faults = 2
        self.got: list[Parcel] = []

    def deliver(self, parcel: Parcel) -> None:
        if self.faults:
            self.faults -= 1
            raise ValueError("the password is 1234")
        self.got.append(parcel)


def test_a_sink_with_a_fault_is_tried_again_and_its_words_are_not_told(tmp_path: Path) -> None:
    sink = Faulty()
    desk = AlertDesk(configuration(RULE, tmp_path), {"a": sink})
    desk.start()
    desk.feed(trigger())
    assert eventually(lambda: sink.got)
    desk.close()
    assert "1234" not in str(desk.news(0.0))


class Away(Sink):
    """Comes back, and says so."""

    def __init__(self) -> None:
        self.back = threading.Event()

    def open(self, hurry: Callable[[], None]) -> None:
        self.hurry = hurry

    def deliver(self, parcel: Parcel) -> None:
        if not self.back.is_set():
            raise SinkError(f"{parcel.id} must wait")


def test_a_sink_that_is_back_is_not_left_waiting(tmp_path: Path) -> None:
    sink = Away()
    config = configuration(RULE, tmp_path)
    slow = replace(config.outbox, retry_seconds=60.0, longest_retry_seconds=60.0)
    desk = AlertDesk(replace(config, outbox=slow), {"a": sink})
    desk.start()
    desk.feed(trigger())
    assert eventually(lambda: desk.counts()["a", "failed"] == 1)
    sink.back.set()
    began = time.monotonic()
    while not desk.counts()["a", "sent"] and time.monotonic() - began < 10:
        sink.hurry()
        time.sleep(0.01)
    assert desk.counts()["a", "sent"] == 1
    desk.close()


class Hasty(Away):
    """Comes back while it fails."""

    def deliver(self, parcel: Parcel) -> None:
        if not self.back.is_set():
            self.back.set()
            self.hurry()
            raise SinkError(f"{parcel.id} must wait")


def test_a_sink_that_comes_back_while_it_fails_is_not_left_waiting(tmp_path: Path) -> None:
    config = configuration(RULE, tmp_path)
    slow = replace(config.outbox, retry_seconds=60.0, longest_retry_seconds=60.0)
    desk = AlertDesk(replace(config, outbox=slow), {"a": Hasty()})
    desk.start()
    desk.feed(trigger())
    assert eventually(lambda: desk.counts()["a", "sent"] == 1)
    assert desk.undelivered().total() == 0
    desk.close()


def test_a_secret_that_is_missing_is_an_error_from_the_start(tmp_path: Path) -> None:
    config = configuration(webhook("a", "https://example.org", secret_file='"/no/such/file"'), tmp_path)  # noqa: S106
    with pytest.raises(ConfigError, match=r"line \d+: sink.a cannot be as it is: /no/such/file: No such file"):
        open_sinks(config)


LISTENER = """
import itertools, sys, time
from pathlib import Path
from edge.alerts import make_desk
from tests.alerts.making import configuration, trigger
desk = make_desk(configuration(Path(sys.argv[1]).read_text(), Path(sys.argv[1]).parent), [])
desk.start()
for at in itertools.count():
    for event in desk.feed(trigger(float(at))):
        if event.type == "alert" and not desk.unstored:  # What a slow disk has yet to take is promised to nobody.
            print(event.id, flush=True)
    time.sleep(0.002)
"""


def killed_again_and_again(text: str, folder: Path, times: int, chance: random.Random) -> list[str]:
    """The ids that listeners had stored and told before each was killed with SIGKILL."""
    (folder / "rules.toml").write_text(text)
    told: list[str] = []
    for _ in range(times):
        command = [sys.executable, "-c", LISTENER, str(folder / "rules.toml")]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as listener:
            assert listener.stdout is not None
            told.append(listener.stdout.readline().strip())
            time.sleep(chance.uniform(0.0, 0.2))
            listener.send_signal(signal.SIGKILL)
            told += listener.stdout.read().split()
    return [one for one in told if len(one) == 36]


def test_no_alert_to_a_webhook_is_lost_by_sigkill(tmp_path: Path) -> None:
    with receiving() as receiver:
        text = RULE + webhook("a", receiver.url)
        told = killed_again_and_again(text, tmp_path, 5, random.Random(1))
        with desk_of(text, tmp_path):
            assert eventually(lambda: {headers["Hark-Id"] for _, headers, _ in receiver.got} >= set(told), 30)
    assert len(told) >= 5


@needs_mosquitto
def test_no_alert_to_a_broker_is_lost_when_both_are_killed(tmp_path: Path) -> None:
    with running(tmp_path) as broker:
        subscriber = Subscriber(broker)
        told = killed_again_and_again(RULE + broker.sink, tmp_path, 2, random.Random(2))
        broker.stop()
        told += killed_again_and_again(RULE + broker.sink, tmp_path, 1, random.Random(3))
        broker.start()
        with desk_of(RULE + broker.sink, tmp_path):
            assert eventually(lambda: set(subscriber.ids()) >= set(told), 30)
        subscriber.close()
    assert len(told) >= 3


@contextmanager
def hanging_disk(desk: AlertDesk, seconds: float = 60.0) -> Iterator[None]:
    """Some work on the file takes so long, as a flush to a worn card does, or until the block ends."""
    began, ended = threading.Event(), threading.Event()

    def work() -> None:
        with desk.outbox._lock:
            began.set()
            ended.wait(seconds)

    thread = threading.Thread(target=work)
    thread.start()
    assert began.wait(20)
    try:
        yield
    finally:
        ended.set()
        thread.join()


def test_a_disk_that_hangs_does_not_hold_up_the_listener_and_nothing_is_lost(tmp_path: Path) -> None:
    with receiving() as receiver, desk_of(RULE + webhook("a", receiver.url), tmp_path) as desk:
        with hanging_disk(desk):
            began = time.monotonic()
            for at in range(20):
                desk.feed(trigger(at))
            assert time.monotonic() - began < 10 * PATIENCE
            assert receiver.got == []
        assert eventually(lambda: desk.counts()["a", "sent"] == 20)
        assert [json.loads(body)["at"] for _, _, body in receiver.got] == list(range(20))


def test_an_alert_is_in_the_outbox_before_the_listener_tells_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edge.alerts.clerk.PATIENCE", 20.0)  # The disk of this machine may be slow, too.
    with receiving() as receiver:
        receiver.hold.clear()
        with desk_of(RULE + webhook("a", receiver.url, limit_seconds=20), tmp_path) as desk:
            for at in range(5):
                [alert] = desk.feed(trigger(at))
                assert isinstance(alert, Alert)
                store = Store(tmp_path / "outbox.db")
                assert alert.id in [parcel.id for parcel in store.all()]
                store.close()
            receiver.hold.set()


def test_what_waits_for_a_disk_that_hangs_is_limited_and_the_least_goes_first(tmp_path: Path) -> None:
    text = "rows = 3\n" + RULE + RULE.replace("help", "high").replace("view glass", "jarvis") + 'priority = "high"\n'
    with receiving() as receiver, desk_of(text + webhook("a", receiver.url), tmp_path) as desk:
        with hanging_disk(desk):
            desk.feed(trigger(0))
            desk.feed(trigger(1, "jarvis"))
            told = [event for at in range(2, 6) for event in desk.feed(trigger(at))]
            assert [one.what for one in told if isinstance(one, Status)] == ["alerts-dropped"] * 2
            assert (desk.counts()["a", "queued"], desk.counts()["a", "dropped"]) == (2, 2)
        assert eventually(lambda: [json.loads(body)["at"] for _, _, body in receiver.got][-3:] == [1, 4, 5])


def test_what_waits_for_the_disk_is_written_before_the_end(tmp_path: Path) -> None:
    desk = make_desk(configuration(RULE + webhook("a", "http://127.0.0.1:9/"), tmp_path), [])
    assert desk is not None
    desk.start()
    with hanging_disk(desk, 0.8):
        for at in range(5):
            desk.feed(trigger(at))
        desk.close(20.0)
    store = Store(tmp_path / "outbox.db")
    assert len(store.all()) == 5
    store.close()


def test_a_disk_that_hangs_does_not_hold_up_the_end(tmp_path: Path) -> None:
    desk = make_desk(configuration(RULE + webhook("a", "http://127.0.0.1:9/"), tmp_path), [])
    assert desk is not None
    desk.start()
    with hanging_disk(desk):
        desk.feed(trigger())
        began = time.monotonic()
        desk.close(0.5)
        assert time.monotonic() - began < 10


def test_what_no_disk_has_taken_goes_to_the_desk_of_the_next_configuration(tmp_path: Path) -> None:
    """The advice where the disk fails is another path, and that comes by a reload."""
    (tmp_path / "file").write_text("no folder")
    with receiving() as receiver:
        receiver.status = 503
        with desk_of(RULE + webhook("a", receiver.url), tmp_path / "file") as before:
            before.feed(trigger(1.0))
            assert eventually(lambda: before.counts()["a", "unstored"] == 1)
        after = make_desk(configuration(RULE + webhook("a", receiver.url), tmp_path), ["view glass"])
        assert after is not None
        after.succeed(before)
        receiver.status = 200
        receiver.got.clear()
        after.start()
        assert eventually(lambda: receiver.got)
        after.close()


def test_a_time_zone_that_was_set_meanwhile_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    assert local_time().utcoffset() == timedelta(hours=9)
    monkeypatch.setenv("TZ", "UTC")
    assert local_time().utcoffset() == timedelta(0)
