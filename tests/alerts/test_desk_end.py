"""The end of a desk: what waits, what was refused, and what is lost is told, whatever the disk does."""

import re
import threading
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from edge.alerts import AlertDesk
from edge.alerts.parcel import Parcel
from edge.alerts.sink import RefusedError, Sink, SinkError
from edge.cli.alerts import close_desk
from edge.errors import DeviceError, OutputError
from tests.alerts.making import configuration, eventually, trigger
from tests.alerts.test_desk import RULE, Away, Faulty, hanging_disk

pytestmark = pytest.mark.runtime


def test_what_waits_at_the_end_is_counted(tmp_path: Path) -> None:
    desk = fed(3, RULE, tmp_path, {"a": Away(), "b": Faulty()})
    assert eventually(lambda: desk.counts()["b", "sent"] == 3)
    desk.close()
    assert (desk.undelivered(), desk.unstored) == ({"a": 3}, 0)
    after = AlertDesk(configuration(RULE, tmp_path), {"a": Away()})
    after.succeed(desk)
    after.start()
    after.feed(trigger(3))
    after.close()
    assert after.undelivered() == {"a": 4}


class Soon(Sink):
    """Takes some, and then no more."""

    def __init__(self, takes: int) -> None:
        self.takes = takes

    def deliver(self, parcel: Parcel) -> None:
        if not self.takes:
            raise SinkError(f"full: {parcel.id} must wait")
        self.takes -= 1


def test_what_an_earlier_run_has_left_is_none_of_this_one(tmp_path: Path) -> None:
    fed(3, RULE, tmp_path, {"a": Away()}).close()
    desk = fed(2, RULE, tmp_path, {"a": Soon(3)})
    assert eventually(lambda: desk.counts()["a", "sent"] == 3)
    desk.close()
    assert (desk.undelivered(), desk.stored) == ({"a": 2}, 2)


def test_what_was_dropped_for_want_of_room_does_not_wait(tmp_path: Path) -> None:
    fed(2, RULE, tmp_path, {"a": Away()}).close()
    desk = fed(3, "rows = 2\n" + RULE, tmp_path, {"a": Away()})
    desk.close()
    assert desk.counts()["a", "dropped"] == 3
    assert desk.undelivered() == {"a": 2}


def fed(number: int, text: str, folder: Path, sinks: Mapping[str, Sink]) -> AlertDesk:
    """A desk that runs, and has heard so many triggers."""
    desk = AlertDesk(configuration(text, folder), sinks)
    desk.start()
    for at in range(number):
        desk.feed(trigger(at))
    return desk


def test_what_no_disk_took_is_told_as_lost(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    desk = fed(2, RULE, tmp_path / "file", {"a": Away()})
    lost = "2 deliveries LOST, as no disk took them: mend the disk, or give another [outbox] path"
    with pytest.raises(OutputError) as told:
        close_desk(desk)
    assert (str(told.value), desk.unstored) == (lost, 2)
    close_desk(desk, DeviceError("the microphone is gone"))
    said = capsys.readouterr().err
    assert f"hark: {lost}" in said
    assert "left in the outbox" not in said


def test_what_a_disk_that_hangs_has_not_taken_is_told_apart_from_what_waits_on_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = fed(2, RULE, tmp_path, {"a": Away()})
    with hanging_disk(desk):
        for at in range(3):
            desk.feed(trigger(2 + at))
        # With the one in the hands of the clerk, who waits for the disk.
        with pytest.raises(OutputError, match="3 deliveries LOST"):
            close_desk(desk)
        said = capsys.readouterr().err
    assert "of this run, 2 deliveries left in the outbox" in said


class Stuck(Sink):
    """Takes for ever, until it is given up."""

    def __init__(self) -> None:
        self.begun, self.given_up = threading.Event(), threading.Event()

    def deliver(self, parcel: Parcel) -> None:
        self.begun.set()
        self.given_up.wait(20)
        time.sleep(0.5)
        raise SinkError(f"{parcel.id} was given up")

    def abort(self) -> None:
        self.given_up.set()


def test_sinks_that_hang_are_given_up_together(tmp_path: Path) -> None:
    """A reload closes a desk while the ring holds two seconds of sound."""
    sinks = {f"sink {number}": Stuck() for number in range(8)}
    desk = fed(1, RULE, tmp_path, sinks)
    assert eventually(lambda: all(sink.begun.is_set() for sink in sinks.values()))
    began = time.monotonic()
    desk.close(0.3)
    assert time.monotonic() - began < 2.0
    assert all(sink.given_up.is_set() for sink in sinks.values())


class Refusing(Away):
    """Takes nothing, ever."""

    def deliver(self, parcel: Parcel) -> None:
        raise RefusedError(f"{parcel.id} is no good")


def test_what_is_refused_at_the_end_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    desk = AlertDesk(configuration(RULE, tmp_path), {"a": Refusing()})
    desk.feed(trigger())
    desk.start()
    close_desk(desk)
    said = capsys.readouterr().err
    assert re.search(r"hark: alert-refused: a: [\w-]+ is no good; see hark alerts list\n", said)
    assert "left in the outbox" not in said
