"""The outbox loses nothing: not by SIGKILL, a full or read-only disk, or a damaged file."""

import signal
import sqlite3
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from edge.alerts.news import News
from edge.alerts.outbox import Outbox
from edge.alerts.store import Store
from tests.alerts.making import alert, eventually, outbox, refused_one, told
from tests.rights import nobody

pytestmark = pytest.mark.runtime

ROOT = Path(__file__).parents[2]


def drained(box: Outbox, sink: str = "a") -> list[str]:
    """Deliver all that waits, in the order in which it comes."""
    messages = []
    while parcel := box.first(sink):
        messages.append(parcel.id)
        box.settle(parcel)
    return messages


def ids(*numbers: int) -> list[str]:
    return [alert(number).id for number in numbers]


@contextmanager
def full(box: Outbox) -> Iterator[None]:
    """The disk has no page left, and the log is not to be written either."""
    store = box._store
    assert store is not None
    pages = store._file.execute("PRAGMA page_count").fetchone()[0]
    store._file.execute(f"PRAGMA max_page_count = {pages}")
    store._file.execute("PRAGMA query_only = ON")
    yield
    store._file.execute("PRAGMA query_only = OFF")
    store._file.execute("PRAGMA max_page_count = 1000000")


def test_each_sink_gets_each_alert_once_and_in_order(tmp_path: Path) -> None:
    box = outbox(tmp_path / "outbox.db")
    for number in range(5):
        box.add(alert(number), ["a", "b"])
    assert drained(box, "a") == ids(0, 1, 2, 3, 4)
    assert drained(box, "a") == []
    assert drained(box, "b") == ids(0, 1, 2, 3, 4)
    assert box.counts["a", "queued"] == box.counts["a", "sent"] == 5


def test_what_was_not_delivered_waits_for_the_next_run(tmp_path: Path) -> None:
    box = outbox(tmp_path / "outbox.db")
    for number in range(3):
        box.add(alert(number), ["a"])
    first = box.first("a")
    assert first is not None
    box.settle(first)
    box.close()
    assert drained(outbox(tmp_path / "outbox.db")) == ids(1, 2)


def test_the_file_is_for_its_owner_alone_and_every_commit_is_flushed(tmp_path: Path) -> None:
    box = outbox(tmp_path / "deeper" / "outbox.db")
    box.add(alert(1), ["a"])
    for path in (tmp_path / "deeper").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    assert box._store is not None
    assert box._store._file.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert box._store._file.execute("PRAGMA synchronous").fetchone() == (2,)


WRITER = """
import sys
from pathlib import Path
from tests.alerts.making import alert, outbox
box = outbox(Path(sys.argv[1]))
for number in range(int(sys.argv[2]), 1_000_000):
    box.add(alert(number), ["a"])
    print(number, flush=True)
"""


def test_what_was_in_when_it_was_killed_is_still_in(tmp_path: Path) -> None:
    said: list[int] = []
    for run in range(5):
        command = [sys.executable, "-c", WRITER, str(tmp_path / "outbox.db"), str(1000 * run)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as writer:
            assert writer.stdout is not None
            said.append(int(writer.stdout.readline()))
            time.sleep(0.01 * run)
            writer.send_signal(signal.SIGKILL)
            said += map(int, writer.stdout.read().split())
    box = outbox(tmp_path / "outbox.db")
    kept = drained(box)
    assert set(ids(*said)) <= set(kept)
    assert kept == sorted(kept)
    # The one that was being put in may be there without having been said.
    assert len(kept) <= len(said) + 5


def test_too_many_drop_the_oldest_of_the_lowest_priority_and_say_so(tmp_path: Path) -> None:
    news = News()
    box = outbox(tmp_path / "outbox.db", news, rows=3)
    for number, priority in enumerate(["high", "low", "normal", "normal", "high"]):
        box.add(alert(number, priority), ["a"])
    assert drained(box) == ids(0, 3, 4)
    assert box.counts["a", "dropped"] == 2
    assert told(news) == ["alerts-dropped"] * 2


def test_a_sink_that_is_full_takes_no_room_from_another(tmp_path: Path) -> None:
    box = outbox(tmp_path / "outbox.db", rows=2)
    box.add(alert(0), ["b"])
    for number in range(1, 6):
        box.add(alert(number), ["a"])
    assert drained(box, "b") == ids(0)
    assert drained(box, "a") == ids(4, 5)


def test_the_old_are_dropped(tmp_path: Path) -> None:
    news, now = News(), [1e9]
    box = outbox(tmp_path / "outbox.db", news, lambda: now[0], days=1.0)
    box._clock, box._offset = (lambda: now[0]), 0.0
    box.add(alert(0), ["a"])
    now[0] += 80_000
    box.add(alert(1), ["a"])
    now[0] += 10_000
    box.tend()
    assert drained(box) == ids(1)
    assert (box.counts["a", "dropped"], told(news)) == (1, ["alerts-dropped"])


def test_a_full_disk_is_said_once_and_alerts_go_by_memory_in_order(tmp_path: Path) -> None:
    news = News()
    box = outbox(tmp_path / "outbox.db", news, rows=10)
    box.add(alert(0), ["a"])
    with full(box):
        for number in range(1, 4):
            box.add(alert(number), ["a"])
        assert told(news) == ["outbox-failed"]
        assert box.counts["a", "unstored"] == 3
        assert drained(box) == ids(0, 1, 2, 3)
        box.add(alert(4), ["a"])
    box.add(alert(5), ["a"])
    assert told(news) == ["outbox-back"]
    box.close()
    assert drained(outbox(tmp_path / "outbox.db")) == ids(4, 5)


def test_the_log_does_not_fill_a_small_disk_by_itself(tmp_path: Path) -> None:
    box = outbox(tmp_path / "outbox.db")
    for number in range(200):
        box.add(alert(number), ["a"])
        assert drained(box) == ids(number)
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) < 300_000


def test_memory_keeps_the_limit_too(tmp_path: Path) -> None:
    news = News()
    box = outbox(tmp_path / "outbox.db", news, rows=2)
    box.add(alert(0), ["b"])
    with full(box):
        for number in range(1, 6):
            box.add(alert(number), ["a"])
        assert drained(box) == ids(4, 5)
    assert box.counts["a", "dropped"] == 3


def test_memory_lets_the_lowest_go_first_too(tmp_path: Path) -> None:
    box = outbox(tmp_path / "outbox.db", News(), rows=2)
    box.add(alert(0), ["b"])
    with full(box):
        for number, priority in enumerate(("high", "low", "normal", "low"), start=1):
            box.add(replace(alert(number), priority=priority), ["a"])
        assert drained(box) == ids(1, 3)


FILLED = """
import resource, sys
from pathlib import Path
from edge.alerts.news import News
from tests.alerts.making import alert, outbox
news = News()
box = outbox(Path(sys.argv[1]), news)
box.add(alert(0), ["a"])
resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, resource.RLIM_INFINITY))
for number in range(1, 40):
    box.add(alert(number), ["a"])
print(*(one.what for one in news.drain(0.0)), box.counts["a", "unstored"] > 0)
while parcel := box.first("a"):
    print(int(parcel.id[:8]))
    box.settle(parcel)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
box.tend()
print(*(one.what for one in news.drain(0.0)))
"""


def test_a_file_that_may_not_grow_stops_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-c", FILLED, str(tmp_path / "outbox.db")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    lines = done.stdout.splitlines()
    assert lines[0] == "outbox-failed True"
    assert lines[1:-1] == [str(number) for number in range(40)]
    assert lines[-1] == "outbox-back"
    store = Store(tmp_path / "outbox.db")
    assert store.all() == []
    store.close()


def test_a_folder_that_is_read_only_stops_nothing() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder, news = Path(name), News()
        folder.chmod(0o555)
        with nobody():
            box = outbox(folder / "outbox.db", news)
            box.add(alert(0), ["a"])
            box.add(alert(1), ["a"])
            assert told(news) == ["outbox-failed"]
            assert box.first("a") == box._memory[0]
        folder.chmod(0o777)
        with nobody():
            box.tend()
            assert told(news) == ["outbox-back"]
            assert box._memory == []
            assert drained(box) == ids(0, 1)
            box.close()


def test_a_damaged_file_is_set_aside(tmp_path: Path) -> None:
    news, path = News(), tmp_path / "outbox.db"
    path.write_bytes(b"this was\0a database once" * 400)
    box = outbox(path, news)
    box.add(alert(0), ["a"])
    box.tend()
    assert told(news) == ["outbox-failed", "outbox-damaged", "outbox-back"]
    assert (tmp_path / "outbox.db.damaged").read_bytes().startswith(b"this was")
    box.close()
    assert drained(outbox(path)) == ids(0)


def test_what_was_set_aside_is_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    for found in (b"one\0", b"two\0", b"three\0"):
        path.write_bytes(found * 400)
        box = outbox(path)
        box.add(alert(0), ["a"])
        box.tend()
        box.close()
    aside = [tmp_path / f"outbox.db.damaged{more}" for more in ("", "-2", "-3")]
    assert [file.read_bytes()[:3] for file in aside] == [b"one", b"two", b"thr"]


def test_what_is_refused_lets_the_next_ones_pass_and_waits_for_the_owner(tmp_path: Path) -> None:
    news, path = News(), tmp_path / "outbox.db"
    box = refused_one(path, news, 3)
    assert drained(box) == ids(1, 2)
    assert told(news) == ["alert-refused"]
    version = box.version()
    owner = Store(path)
    [refused] = owner.all()
    assert (refused.refused, refused.attempts, refused.error[-3:]) == (True, 1, "400")
    assert owner.retry([refused.key]) == 1
    assert box.version() != version
    assert drained(box) == ids(0)
    owner.close()


def test_what_is_refused_while_the_disk_fails_does_not_come_again(tmp_path: Path) -> None:
    box = outbox(tmp_path / "outbox.db")
    box.add(alert(0), ["a"])
    with full(box):
        box.add(alert(1), ["a"])
        for number in range(2):
            parcel = box.first("a")
            assert parcel is not None
            assert parcel.id == alert(number).id
            box.refuse(parcel, "no")
        assert box.first("a") is None


def test_what_is_refused_while_another_holds_the_file_waits_for_the_owner_after_it(tmp_path: Path) -> None:
    box = outbox(tmp_path / "outbox.db")
    for number in range(2):
        box.add(alert(number), ["a"])
    first = box.first("a")
    assert first is not None
    with sqlite3.connect(tmp_path / "outbox.db", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        box.refuse(first, "the receiver refuses the alert with 400")
        second = box.first("a")
        assert second is not None
        assert second.id == alert(1).id
        other.execute("ROLLBACK")
    other.close()
    heir = outbox(tmp_path / "outbox.db")
    heir.take_over(box.hand_over())
    heir.tend()
    owner = Store(tmp_path / "outbox.db")
    assert [(one.id, one.refused) for one in owner.all()] == [(alert(0).id, True), (alert(1).id, False)]
    assert drained(heir) == ids(1)
    owner.close()


def test_another_process_that_holds_the_file_does_not_stop_the_listener(tmp_path: Path) -> None:
    box = outbox(tmp_path / "outbox.db")
    box.add(alert(0), ["a"])
    with sqlite3.connect(tmp_path / "outbox.db", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        box.add(alert(1), ["a"])
        assert time.monotonic() - began < 3
        other.execute("ROLLBACK")
    other.close()
    assert eventually(lambda: drained(box) == ids(0, 1))


HOLDER = """
import sys
from pathlib import Path
from edge.alerts.claim import Claim
claim = Claim(Path(sys.argv[1]))
print(claim.hold(), flush=True)
sys.stdin.read()
"""


def test_of_two_programs_one_delivers(tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    news = News()
    box = outbox(path, news)
    command = [sys.executable, "-c", HOLDER, str(path)]
    other = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert other.stdout is not None
    assert other.stdout.readline() == "True\n"
    box.add(alert(1), ["a"])
    assert (box.first("a"), box.first("a")) == (None, None)
    [one] = news.drain(0.0)
    assert (one.what, "to its own sinks alone: what is for others waits" in str(one.detail)) == ("outbox-shared", True)
    other.communicate()
    assert drained(box) == ids(1)
    again = outbox(path)
    again.add(alert(2), ["a"])
    assert drained(again) == ids(2)
    again.close()
    assert claimed(command) == "False\n"
    box.close()
    assert claimed(command) == "True\n"


def claimed(command: list[str]) -> str:
    return subprocess.run(command, cwd=ROOT, input="", capture_output=True, text=True, check=True).stdout
