"""A courier: the one thread that takes the parcels of one sink to it, so that a sink that hangs delays no other."""

import random
import time
from threading import Event, Thread
from typing import Final

from edge.alerts.news import News
from edge.alerts.outbox import Outbox
from edge.alerts.parcel import Parcel
from edge.alerts.sink import RefusedError, Sink, SinkError
from edge.config import OutboxConfig

_POLL_SECONDS: Final = 5.0
"""Time in which `hark alerts retry` is noticed."""


class Courier(Thread):
    """Goes in order, and waits longer after each failure: the wait doubles, shortened by chance by up to a half.

    Args:
        name: of the sink.
        sink: where parcels go.
        outbox: where they come from.
        config: how long to wait after failures.
        news: is told when the sink fails, and when it is well again.
    """

    def __init__(self, name: str, sink: Sink, outbox: Outbox, config: OutboxConfig, news: News) -> None:
        super().__init__(name=f"alerts to {name}", daemon=True)
        self._sink_name, self._sink, self._outbox = name, sink, outbox
        self._config, self._news = config, news
        self._bell = Event()
        self._hurried = False
        self._failures = 0
        self._deadline: float | None = None
        self._given_up = False

    def ring(self) -> None:
        """There is something new in the outbox."""
        self._bell.set()

    def hurry(self) -> None:
        """What failed should be tried again now."""
        self._hurried = True
        self._bell.set()

    def retire(self, deadline: float) -> None:
        """Deliver what can be delivered until a time of the steady clock, then end."""
        self._deadline = deadline
        self._bell.set()

    def abort(self) -> None:
        """Give up what is being delivered: it waits for the next run, and the sink is not to blame."""
        self._given_up = True
        self._sink.abort()

    def run(self) -> None:
        """Deliver until told to end."""
        self._sink.open(self.hurry)
        while self._deadline is None or time.monotonic() < self._deadline:
            self._outbox.tend()
            parcel = self._outbox.first(self._sink_name)
            if parcel and not self._given_up and self._deliver(parcel):
                continue
            if self._deadline is not None:
                break
            self._pause() if parcel else self._rest(_POLL_SECONDS)
        self._sink.close()

    def _deliver(self, parcel: Parcel) -> bool:
        """Whether the next parcel may follow at once."""
        self._hurried = False
        try:
            self._sink.deliver(parcel)
        except RefusedError as refusal:
            self._outbox.refuse(parcel, str(refusal))
        except SinkError as error:
            return self._fail(parcel, str(error))
        except Exception as error:
            # Its text may hold anything, a secret too.
            return self._fail(parcel, f"a fault of hark itself ({type(error).__name__})")
        else:
            self._outbox.settle(parcel)
        if self._failures:
            self._news.tell("sink-back", f"{self._sink_name} takes alerts again")
        self._failures = 0
        return True

    def _fail(self, parcel: Parcel, error: str) -> bool:
        if self._given_up:
            return False
        self._outbox.postpone(parcel, error)
        self._failures += 1
        if self._failures == 1:
            self._news.tell("sink-failed", f"{self._sink_name}: {error}; its alerts wait")
        return False

    def _pause(self) -> None:
        """Wait before the next attempt, unless the sink, the owner or the end asks for it now."""
        doubled = self._config.retry_seconds * 2.0 ** min(self._failures - 1, 30)
        until = time.monotonic() + min(self._config.longest_retry_seconds, doubled) * random.uniform(0.5, 1.0)
        version = self._outbox.version()
        while (left := until - time.monotonic()) > 0 and not self._hurried and self._deadline is None:
            self._rest(min(left, _POLL_SECONDS))
            if self._outbox.version() != version:
                return

    def _rest(self, seconds: float) -> None:
        self._bell.wait(seconds)
        self._bell.clear()
