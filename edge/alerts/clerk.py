"""The clerk: the one thread that puts alerts into the outbox, so that a disk that hangs does not hold up the listener.

An SD card may take seconds for a flush, and another process may hold the file; the microphone's ring holds two seconds.
"""

from collections import Counter, deque
from collections.abc import Callable, Sequence
from threading import Condition, Thread
from typing import Final

from edge.alerts.news import News
from edge.alerts.outbox import Outbox
from edge.alerts.parcel import PRIORITIES
from edge.events import Alert

PATIENCE: Final = 0.25
"""Seconds for which the listener waits until an alert is on the disk; after that it goes on, and waits for none until
the clerk has caught up."""


class Clerk(Thread):
    """Writes alerts in their order.

    Args:
        outbox: where they go.
        rows: most alerts that may wait for the disk.
        news: is told what had to be dropped.
        written: called after each alert.
    """

    def __init__(self, outbox: Outbox, rows: int, news: News, written: Callable[[], None]) -> None:
        super().__init__(name="alerts to the outbox", daemon=True)
        self._outbox, self._rows, self._news, self._written = outbox, rows, news, written
        self._waiting: deque[tuple[Alert, Sequence[str]]] = deque()
        self._writing = self._retired = False
        self._changed = Condition()
        self.counts: Counter[tuple[str, str]] = Counter()
        """By sink and what happened: queued and dropped, of those that never came into the outbox."""

    def enter(self, alert: Alert, sinks: Sequence[str]) -> None:
        """Have an alert written; returns when it is, or, if the disk is slow, before."""
        with self._changed:
            is_behind = self._is_busy()
            self._waiting.append((alert, sinks))
            if len(self._waiting) > self._rows:
                self._drop()
            self._changed.notify_all()
            if not is_behind:
                self._changed.wait_for(lambda: not self._is_busy(), PATIENCE)

    @property
    def unwritten(self) -> int:
        """How many deliveries wait until the disk has taken those before them."""
        with self._changed:
            return sum(len(sinks) for _, sinks in self._waiting)

    def retire(self) -> None:
        """Write what waits, then end."""
        with self._changed:
            self._retired = True
            self._changed.notify_all()

    def run(self) -> None:
        """Write until told to end."""
        while entry := self._next():
            self._outbox.add(*entry)
            self._written()
            with self._changed:
                self._writing = False
                self._changed.notify_all()

    def _is_busy(self) -> bool:
        return self._writing or bool(self._waiting)

    def _next(self) -> tuple[Alert, Sequence[str]] | None:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._retired)
            self._writing = bool(self._waiting)
            return self._waiting.popleft() if self._waiting else None

    def _drop(self) -> None:
        """The oldest of the lowest priority has to go, as in the outbox."""
        entry = min(self._waiting, key=lambda one: PRIORITIES.index(one[0].priority))
        self._waiting.remove(entry)
        for sink in entry[1]:
            self.counts.update([(sink, "queued"), (sink, "dropped")])
            why = "as the disk hangs, and more than [outbox] rows wait for it"
            self._news.tell("alerts-dropped", f"{sink}: 1 never delivered, {why}")
