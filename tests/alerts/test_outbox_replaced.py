"""An outbox whose file is removed, or replaced by another, while it is open: what waits in it goes to the new one."""

import fcntl
import sqlite3
from pathlib import Path

import pytest

from edge.alerts.news import News
from edge.alerts.store import Store
from tests.alerts.making import alert, outbox, refused_one, told
from tests.alerts.test_outbox import drained, ids

pytestmark = pytest.mark.runtime


def left_in(path: Path) -> list[tuple[str, bool]]:
    store = Store(path, create=False)
    try:
        return [(parcel.id, parcel.refused) for parcel in store.all()]
    finally:
        store.close()


@pytest.mark.parametrize("removed", ["outbox.db", "outbox.db*"])
def test_what_waits_in_a_file_that_is_removed_goes_to_a_new_one(tmp_path: Path, removed: str) -> None:
    path, news = tmp_path / "outbox.db", News()
    box = refused_one(path, news, 3)
    news.drain(0.0)
    for file in tmp_path.glob(removed):
        file.unlink()
    box.add(alert(3), ["a"])
    [one] = news.drain(0.0)
    detail = f"{path} was removed or replaced: 3 deliveries of it go to the new one"
    assert (one.what, one.detail) == ("outbox-replaced", detail)
    assert left_in(path) == [(alert(number).id, number == 0) for number in range(4)]
    assert box.unstored == 0
    box.tend()
    assert told(news) == []


def test_what_waits_in_a_file_that_another_replaces_joins_what_waits_there(tmp_path: Path) -> None:
    path, news = tmp_path / "outbox.db", News()
    other = outbox(tmp_path / "other.db")
    other.add(alert(1), ["a"])
    other.close()
    box = outbox(path, news)
    box.add(alert(2), ["a"])
    (tmp_path / "other.db").replace(path)
    box.tend()
    assert told(news) == ["outbox-replaced"]
    assert [number for number, _ in left_in(path)] == [alert(1).id, alert(2).id]


def test_what_no_new_file_takes_goes_by_memory_but_for_the_refused(tmp_path: Path) -> None:
    folder, news = tmp_path / "state", News()
    box = refused_one(folder / "outbox.db", news, 2)
    news.drain(0.0)
    folder.rename(tmp_path / "elsewhere")
    folder.write_text("no folder")
    box.tend()
    assert told(news) == ["outbox-replaced", "outbox-failed"]
    second = box.first("a")
    assert second is not None
    assert second.id == alert(1).id
    box.settle(second)
    assert box.first("a") is None
    folder.unlink()
    box.tend()
    assert told(news) == ["outbox-back"]
    assert left_in(folder / "outbox.db") == [(alert(0).id, True)]


def test_it_is_locked_again_where_its_lock_is_removed_with_it(tmp_path: Path) -> None:
    box = outbox(tmp_path / "outbox.db")
    box.add(alert(1), ["a"])
    for _ in range(2):
        assert box.first("a")
        with (tmp_path / "outbox.db.lock").open() as lock, pytest.raises(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        for file in tmp_path.iterdir():
            file.unlink()
        box.tend()


def test_another_that_has_locked_it_meanwhile_delivers(tmp_path: Path) -> None:
    box = outbox(tmp_path / "outbox.db")
    box.add(alert(1), ["a"])
    assert box.first("a")
    for file in tmp_path.iterdir():
        file.unlink()
    with (tmp_path / "outbox.db.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        assert box.first("a") is None
    assert box.first("a")


def test_what_is_somebody_elses_stays_as_it_is(tmp_path: Path) -> None:
    """A slip in [outbox] path costs nobody a file, and no alert."""
    notes, database = tmp_path / "notes.txt", tmp_path / "photos.db"
    notes.write_text("My list: " + "pâté, thé\n" * 400)  # A letter lies across the end of what is looked at.
    other = sqlite3.connect(database)
    other.execute("CREATE TABLE photo (name TEXT)")
    other.commit()
    other.close()
    for path, why in ((notes, "it is a text, and no outbox"), (database, "a database of something else, with photo")):
        before, news = path.read_bytes(), News()
        box = outbox(path, news)
        box.add(alert(0), ["a"])
        assert drained(box) == ids(0)
        [status] = news.drain(0.0)
        assert status.what == "outbox-failed"
        assert status.detail is not None
        assert why in status.detail
        box.close()
        assert path.read_bytes() == before
