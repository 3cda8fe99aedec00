"""The durable outbox: an alert is on the disk before anything tries to send it, and leaves it once it was delivered.

    add -> file (or memory, while the disk fails) -> first -> settle | postpone | refuse

Delivered at least once, in order for each sink. What the disk cannot take waits in memory, and goes there as soon as it
can; what the disk cannot forget is not sent again by this process. No method raises: trouble is told, and counted.
"""

import math
import os
import sqlite3
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain, count
from pathlib import Path
from typing import Final, TypeVar

from edge.alerts.claim import Claim
from edge.alerts.news import News
from edge.alerts.parcel import Parcel
from edge.alerts.store import Store
from edge.config import OutboxConfig
from edge.errors import reason
from edge.events import Alert

_DAY: Final = 86400.0
_JUMP: Final = 60.0
"""Seconds between wall clock and steady clock that are no drift any more, but a clock that was set."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Unfinished:
    """What an outbox has in memory alone."""

    unstored: list[Parcel] = field(default_factory=list)
    """The disk has not taken them."""
    settled: set[tuple[str, str]] = field(default_factory=set)
    """Keys of those that were delivered, but that the disk could not forget."""
    refused: dict[tuple[str, str], tuple[Parcel, str]] = field(default_factory=dict)
    """By key, those that will never be taken, and why: the disk could not note it."""


class Outbox:
    """Safe to use from several threads.

    Args:
        config: where it is, and its limits.
        news: is told what goes wrong, and when it is well again.
        wall_clock: seconds since 1970.
        clock: seconds that never go back.
    """

    def __init__(
        self,
        config: OutboxConfig,
        news: News,
        wall_clock: Callable[[], float] = time.time,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._config, self._news = config, news
        self._wall_clock, self._clock = wall_clock, clock
        self._offset = wall_clock() - clock()
        self._path = Path(config.path)
        self._lock = threading.RLock()
        self._store: Store | None = None
        self._claim, self._shared = Claim(self._path), False
        self._failing = False
        self._entering: deque[str] = deque()
        self._memory: list[Parcel] = []
        self._settled: set[tuple[str, str]] = set()
        self._refused: dict[tuple[str, str], tuple[Parcel, str]] = {}
        self.counts: Counter[tuple[str, str]] = Counter()
        """By sink and what happened: queued, unstored, sent, failed, refused or dropped."""
        self.undelivered: set[tuple[str, str]] = set()
        """Keys of what this run has put in that was neither sent, refused nor dropped."""

    def add(self, alert: Alert, sinks: Sequence[str]) -> None:
        """Put an alert in for each of some sinks."""
        self._entering.extend(sinks)  # A disk that hangs may hold the lock until the end.
        with self._lock:
            self._follow_clock()
            parcels = [Parcel.of(alert, self._entering.popleft(), self._wall_clock()) for _ in sinks]
            self.counts.update((parcel.sink, "queued") for parcel in parcels)
            self.undelivered.update(parcel.key for parcel in parcels)
            self._memory += parcels
            self.tend()
            self.counts.update((parcel.sink, "unstored") for parcel in self._memory if parcel.id == alert.id)

    def tend(self) -> None:
        """Do what is due: follow file and clock, drop what is too old, write and erase what could not be before."""
        with self._lock:
            self._follow_file()
            self._follow_clock()
            if self._memory:
                self._write()
            if self._settled:
                self._erase()
            self._note_refused()
            # By the clock that the file has followed: where it could not, all of it may seem to be old.
            oldest = self._clock() + self._offset - self._config.days * _DAY
            expired = self._try(lambda store: store.expire(oldest)) or Counter()
            self._miss_dropped(expired)
            self._drop(expired, "older than [outbox] days")

    def first(self, sink: str) -> Parcel | None:
        """What a sink is to have next; None: nothing, or another process takes it there."""
        with self._lock:
            if not self._is_ours():
                return None
            passed_over = self._settled | self._refused.keys()
            stored = self._try(lambda store: store.first(sink, passed_over))
            waiting = (one for one in self._memory if _is_due(one, sink) and one.key not in passed_over)
            return stored or next(waiting, None)

    def settle(self, parcel: Parcel) -> None:
        """It was delivered."""
        with self._lock:
            self.counts[parcel.sink, "sent"] += 1
            self.undelivered.discard(parcel.key)
            self._forget(parcel)

    def postpone(self, parcel: Parcel, error: str) -> None:
        """It could not be delivered now."""
        with self._lock:
            self.counts[parcel.sink, "failed"] += 1
            self._try(lambda store: store.note(parcel, error, refused=False))

    def refuse(self, parcel: Parcel, error: str) -> None:
        """It will never be taken: the next ones go first, and the owner may retry or drop it."""
        with self._lock:
            self.counts[parcel.sink, "refused"] += 1
            self.undelivered.discard(parcel.key)
            self._news.tell("alert-refused", f"{parcel.sink}: {error}; see hark alerts list")
            self._refused[parcel.key] = parcel, error
            self._note_refused()

    @property
    def entering(self) -> int:
        """How many deliveries wait until the disk is done with something else."""
        return len(self._entering)

    @property
    def unstored(self) -> int:
        """How many deliveries are in memory alone, with what is being written; no disk holds up the answer."""
        return len(self._memory)

    def version(self) -> int | None:
        """A number that changes when another process, such as `hark alerts`, has changed something."""
        with self._lock:
            return self._try(Store.version)

    def hand_over(self, timeout: float = 1.0) -> Unfinished:
        """Give away what is only in memory; nothing, if a disk that hangs holds it for so many seconds."""
        if not self._lock.acquire(timeout=timeout):
            return Unfinished()
        try:
            unfinished = Unfinished(self._memory, self._settled, self._refused)
            self._memory, self._settled, self._refused = [], set(), {}
            return unfinished
        finally:
            self._lock.release()

    def take_over(self, unfinished: Unfinished) -> None:
        """Keep what another one has handed over, as older than all else; the disk has it when something is next due."""
        with self._lock:
            self._memory = [*unfinished.unstored, *self._memory]
            self._settled |= unfinished.settled
            self._refused |= unfinished.refused

    def close(self, timeout: float = 1.0) -> None:
        """Let go of the file, if that can be within some seconds: a disk that hangs may hold it."""
        if not self._lock.acquire(timeout=timeout):
            return
        try:
            self._let_go()
            self._claim.let_go()
        finally:
            self._lock.release()

    def _is_ours(self) -> bool:
        """Whether this process delivers: of two, each would take all alerts to their sinks."""
        ours = self._claim.hold()
        if not ours and not self._shared:
            problem = f"{self._path}: another hark delivers what is in it, to its own sinks alone"
            self._news.tell("outbox-shared", f"{problem}: what is for others waits; give each its own [outbox] path")
        self._shared = not ours
        return ours

    def _let_go(self) -> None:
        """Whatever comes later opens it again."""
        if self._store:
            self._store.close()
        self._store = None

    def _write(self) -> None:
        """What waits in memory is newer than all in the file, so writing all of it keeps the order."""
        dropped = self._try(lambda store: store.insert(self._memory, self._config.rows))
        if dropped is not None:
            self._memory.clear()
            self._recover()
            self._miss_dropped(dropped)
        else:
            dropped = self._shorten()
        self._drop(dropped, "more than [outbox] rows")

    def _shorten(self) -> Counter[str]:
        """Keep the limit in memory too; tells how many of each sink had to go."""
        dropped: Counter[str] = Counter()
        for sink in {parcel.sink for parcel in self._memory}:
            own = [parcel for parcel in self._memory if parcel.sink == sink]
            # As in the file, the lowest go first, and of those the oldest.
            ranked = sorted(own, key=lambda parcel: parcel.priority)
            surplus = [parcel.key for parcel in ranked[: -self._config.rows]]
            self._memory = [parcel for parcel in self._memory if parcel.key not in surplus]
            self.undelivered.difference_update(surplus)
            dropped[sink] = len(surplus)
        return dropped

    def _forget(self, parcel: Parcel) -> None:
        kept = [other for other in self._memory if other.key != parcel.key]
        if len(kept) < len(self._memory):
            self._memory = kept
        else:
            self._settled.add(parcel.key)
            self._erase()

    def _erase(self) -> None:
        if self._try(lambda store: store.delete(self._settled)) is not None:
            self._settled.clear()
            self._recover()

    def _note_refused(self) -> None:
        """For the owner, as soon as the disk can; one that it never had is forgotten."""
        for parcel, error in list(self._refused.values()):
            noted = self._try(partial(Store.note, parcel=parcel, error=error, refused=True))
            if noted is None:
                return
            del self._refused[parcel.key]
            if not noted:
                self._forget(parcel)

    def _drop(self, dropped: Counter[str], why: str) -> None:
        for sink, number in (+dropped).items():
            self.counts[sink, "dropped"] += number
            self._news.tell("alerts-dropped", f"{sink}: {number} never delivered, as they were {why}")

    def _miss_dropped(self, dropped: Counter[str]) -> None:
        """Which ones the file has dropped, it does not tell: those that are no longer anywhere."""
        if +dropped and (stored := self._try(Store.all)) is not None:
            self.undelivered.intersection_update(parcel.key for parcel in (*stored, *self._memory))

    def _follow_file(self) -> None:
        """What waits in a file that was removed or replaced goes to the one that is at its path from now on."""
        if not (self._store and self._store.has_moved()):
            return
        left: list[Parcel] = []
        with suppress(sqlite3.Error):
            left = self._store.salvage()
        # Closed before another is opened: both have the same name.
        self._let_go()
        self._memory = [*left, *self._memory]
        detail = f"{self._path} was removed or replaced: {len(left)} deliveries of it go to the new one"
        self._news.tell("outbox-replaced", detail)

    def _follow_clock(self) -> None:
        """A board without a clock starts in the past, and is set later: nothing gets old by that.

        What an earlier run has put in by a clock that was right lies behind the wrong one, and stays where it is.
        """
        now = self._wall_clock()
        jump = now - self._clock() - self._offset
        first, last = (-math.inf, now - jump) if jump > 0 else (now, math.inf)
        if abs(jump) > _JUMP and self._try(lambda store: store.shift(jump, first, last)) is not None:
            self._memory = [
                replace(parcel, queued=parcel.queued + jump) if first <= parcel.queued <= last else parcel
                for parcel in self._memory
            ]
            self._offset += jump

    def _try(self, work: Callable[[Store], T]) -> T | None:
        """What the work on the file gives; None if it failed, which is told once."""
        try:
            self._store = self._store or Store(self._path)
            return work(self._store)
        except (sqlite3.Error, OSError) as error:
            self._fail(reason(error))
            # The errors of the system have types of their own: this one is damage.
            if type(error) is sqlite3.DatabaseError:
                self._set_aside()
            return None

    def _set_aside(self) -> None:
        """What is damaged, or never was an outbox, is kept for the owner; the old log would not fit a new one."""
        self._let_go()
        names = chain([f"{self._path}.damaged"], (f"{self._path}.damaged-{number}" for number in count(2)))
        aside = next(name for name in names if not os.path.lexists(name))
        try:
            self._path.replace(aside)
            for ending in ("-wal", "-shm"):
                Path(f"{self._path}{ending}").unlink(missing_ok=True)
        except OSError as error:
            self._fail(reason(error))
        else:
            self._news.tell("outbox-damaged", f"{aside} was set aside, with whatever waited in it")

    def _fail(self, error: str) -> None:
        if not self._failing:
            mend = "alerts are sent from memory, and lost if hark ends: mend the disk, or [outbox] path"
            self._news.tell("outbox-failed", f"{self._path}: {error}; {mend}")
        self._failing = True

    def _recover(self) -> None:
        if self._failing:
            self._news.tell("outbox-back", f"{self._path} can be written again")
        self._failing = False


def _is_due(parcel: Parcel, sink: str) -> bool:
    """Of those in memory, which a file that was removed may have left behind."""
    return parcel.sink == sink and not parcel.refused
