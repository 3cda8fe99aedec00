"""Parcels in an SQLite file; every method may raise `sqlite3.Error`, and a change is on the disk when it returns.

Journal WAL, synchronous FULL: in WAL mode, NORMAL leaves a commit in the cache of the system until the next checkpoint,
so a power cut would take back alerts that were said to be safe; FULL has the log on the disk with each commit. That
costs a flush for an alert and one for its delivery, and both are rare.
"""

import errno
import sqlite3
from codecs import getincrementaldecoder
from collections import Counter
from collections.abc import Collection, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

from edge.alerts.parcel import Parcel
from edge.files import is_at

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS parcel (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL,
    sink TEXT NOT NULL,
    body TEXT NOT NULL,
    priority INTEGER NOT NULL,
    queued REAL NOT NULL,
    attempts INTEGER NOT NULL,
    error TEXT NOT NULL,
    refused INTEGER NOT NULL,
    UNIQUE (id, sink)
);
CREATE INDEX IF NOT EXISTS parcel_of_sink ON parcel (sink, number);
"""
_FIELDS: Final = "id, sink, body, priority, queued, attempts, error, refused"
_INSERT: Final = f"INSERT OR IGNORE INTO parcel ({_FIELDS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608
_SELECT: Final = f"SELECT {_FIELDS} FROM parcel"  # noqa: S608
_OURS: Final = {"parcel", "sqlite_sequence"}
"""Tables; the second is SQLite's own."""
_HEAD: Final = 4096
_BUSY_SECONDS: Final = 1.0
"""`hark alerts` may be writing; what cannot be written after that goes by memory."""

_LOG_PAGES: Final = 32
"""Of 4 kB, after which the log is emptied into the file. By default it grows to 4 MB, and where there is less room it
would fill the disk by itself, and never be emptied again."""


class Store:
    """An open file; may be used by several threads, one at a time.

    Args:
        path: the file.
        create: make it, readable by its owner alone, if it is not there.

    Raises:
        OSError: it cannot be made, or is a text or a database of somebody else.
        sqlite3.Error: it cannot be opened.
    """

    def __init__(self, path: Path, *, create: bool = True) -> None:
        if create:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
        _check_no_text(path)
        address = f"{path.absolute().as_uri()}?mode=rw"
        self._file = sqlite3.connect(address, uri=True, timeout=_BUSY_SECONDS, check_same_thread=False)
        try:
            self._check_ours()
            self._file.execute("PRAGMA journal_mode = WAL")
            self._file.execute("PRAGMA synchronous = FULL")
            self._file.execute(f"PRAGMA wal_autocheckpoint = {_LOG_PAGES}")
            self._file.executescript(_SCHEMA)
        except (sqlite3.Error, OSError):
            self._file.close()
            raise
        self._path, self._opened = path, path.stat()

    def _check_ours(self) -> None:
        tables = {name for (name,) in self._file.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if tables - _OURS:
            raise OSError(errno.EEXIST, f"it is a database of something else, with {', '.join(sorted(tables - _OURS))}")

    def has_moved(self) -> bool:
        """Whether somebody has removed the file, or put another in its place: what is written goes where nobody looks.

        Where nobody can tell, as on a disk that fails, it has not.
        """
        try:
            return not is_at(self._path, self._opened)
        except OSError:
            return False

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def version(self) -> int:
        """A number that changes when another process has changed something."""
        number: int = self._file.execute("PRAGMA data_version").fetchone()[0]
        return number

    def insert(self, parcels: Collection[Parcel], rows: int) -> Counter[str]:
        """Put parcels in, all or none; tells how many of each sink had to go so that no more than `rows` are left.

        The refused go first, then those of the lowest priority, the oldest first.
        """
        dropped: Counter[str] = Counter()
        with self._file:
            self._file.executemany(_INSERT, map(_row, parcels))
            for sink in {parcel.sink for parcel in parcels}:
                excess = "SELECT max(0, count(*) - ?) FROM parcel WHERE sink = ?"
                surplus = self._file.execute(excess, (rows, sink)).fetchone()[0]
                dropped[sink] = self._file.execute(
                    "DELETE FROM parcel WHERE number IN (SELECT number FROM parcel WHERE sink = ?"
                    " ORDER BY refused DESC, priority, number LIMIT ?)",
                    (sink, surplus),
                ).rowcount
        return +dropped

    def first(self, sink: str, besides: Collection[tuple[str, str]] = ()) -> Parcel | None:
        """The oldest parcel that a sink is to have, `besides` some."""
        found = self._file.execute(f"{_SELECT} WHERE sink = ? AND NOT refused ORDER BY number", (sink,))
        return next((parcel for parcel in map(_parcel, found) if parcel.key not in besides), None)

    def all(self) -> list[Parcel]:
        """All parcels, oldest first."""
        return [_parcel(row) for row in self._file.execute(f"{_SELECT} ORDER BY number")]

    def salvage(self) -> list[Parcel]:
        """All parcels of a file that has moved; its log is emptied, for it may lie beside a new file as that one's."""
        parcels = self.all()
        self._file.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        return parcels

    def delete(self, keys: Iterable[tuple[str, str]]) -> int:
        """Take parcels out; tells how many were there."""
        return self._each("DELETE FROM parcel WHERE id = ? AND sink = ?", keys)

    def retry(self, keys: Iterable[tuple[str, str]]) -> int:
        """Make parcels as good as new; tells how many were there."""
        return self._each("UPDATE parcel SET attempts = 0, error = '', refused = 0 WHERE id = ? AND sink = ?", keys)

    def note(self, parcel: Parcel, error: str, *, refused: bool) -> int:
        """Write down that a delivery failed; tells how many parcels were there: one or none."""
        statement = "UPDATE parcel SET attempts = attempts + 1, error = ?, refused = ? WHERE id = ? AND sink = ?"
        with self._file:
            return self._file.execute(statement, (error, refused, *parcel.key)).rowcount

    def expire(self, before: float) -> Counter[str]:
        """Take out what was put in before a time; tells how many of each sink."""
        count = "SELECT sink, count(*) FROM parcel WHERE queued < ? GROUP BY sink"
        old = Counter(dict(self._file.execute(count, (before,)).fetchall()))
        if old:
            with self._file:
                self._file.execute("DELETE FROM parcel WHERE queued < ?", (before,))
        return old

    def shift(self, seconds: float, first: float, last: float) -> int:
        """Move the times from a first to a last one at which parcels were put in; tells how many they are."""
        statement = "UPDATE parcel SET queued = queued + ? WHERE queued BETWEEN ? AND ?"
        with self._file:
            return self._file.execute(statement, (seconds, first, last)).rowcount

    def _each(self, statement: str, keys: Iterable[tuple[str, str]]) -> int:
        with self._file:
            return self._file.executemany(statement, keys).rowcount


def _row(parcel: Parcel) -> tuple[str | float, ...]:
    first = (parcel.id, parcel.sink, parcel.body, parcel.priority)
    return (*first, parcel.queued, parcel.attempts, parcel.error, parcel.refused)


def _parcel(row: tuple[str, str, str, int, float, int, str, int]) -> Parcel:
    return Parcel(*row[:-1], refused=bool(row[-1]))


def _check_no_text(path: Path) -> None:
    """What somebody wrote is no damaged outbox, which is set aside."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    with suppress(UnicodeDecodeError):
        text = getincrementaldecoder("utf-8")().decode(head)  # A letter may be cut in two where the head ends.
        if text and all(sign.isprintable() or sign.isspace() for sign in text):
            raise OSError(errno.EEXIST, "it is a text, and no outbox")
