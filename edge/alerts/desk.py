"""The desk where events become alerts, and alerts go on their way.

event -> rules -> clerk -> outbox -> a courier for each sink
"""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from threading import Thread
from typing import Final

from edge.alerts.clerk import Clerk
from edge.alerts.courier import Courier
from edge.alerts.news import News
from edge.alerts.outbox import Outbox
from edge.alerts.rules import Rules
from edge.alerts.sink import Sink
from edge.alerts.sinks import open_sinks
from edge.config import Config
from edge.controls import Controls
from edge.events import Alert, Event, Status

_ABORT_SECONDS: Final = 0.2
"""For all that was given up to end."""


def local_time() -> datetime:
    """The wall clock, with its offset from UTC, today's: C libraries ask once which time zone it is."""
    time.tzset()
    return datetime.now().astimezone()


class AlertDesk:
    """Between a listener and the sinks; what goes wrong there is told as events, and never raised.

    Args:
        config: the rules, and the outbox.
        sinks: by name, those that the rules go to.
        wall_clock: the local time.
    """

    def __init__(
        self, config: Config, sinks: Mapping[str, Sink], wall_clock: Callable[[], datetime] = local_time
    ) -> None:
        self._wall_clock = wall_clock
        self.rules = Rules(config.alerts)
        """By which events become alerts."""
        self._ways: dict[str, Sequence[str]] = {
            rule.name: tuple(sinks) if rule.sinks is None else rule.sinks for rule in config.alerts
        }
        self._news = News()
        self.outbox = Outbox(config.outbox, self._news, lambda: wall_clock().timestamp())
        """Where alerts wait."""
        self._sinks = sinks
        self._couriers = [Courier(name, sink, self.outbox, config.outbox, self._news) for name, sink in sinks.items()]
        self._clerk = Clerk(self.outbox, config.outbox.rows, self._news, self._ring)

    def succeed(self, other: "AlertDesk") -> None:
        """Go on from the desk of an earlier configuration, which is closed.

        The alerts come along that no disk has taken, and what those rules remember that are the same.
        """
        self.rules.succeed(other.rules)
        self.outbox.undelivered |= other.outbox.undelivered
        self.outbox.take_over(other.outbox.hand_over())

    def start(self) -> None:
        """Begin to deliver, with what still waits from an earlier run."""
        for thread in (self._clerk, *self._couriers):
            thread.start()

    def feed(self, event: Event) -> list[Alert | Status]:
        """The alerts that an event raises, and the news of earlier ones; see `PATIENCE` of the clerk.

        Unless the disk is slow, the alerts are in the outbox by then.
        """
        for sink in self._sinks.values():
            sink.observe(event)
        alerts = self.rules.feed(event, self._wall_clock())
        for alert in alerts:
            if ways := self._ways[alert.rule]:
                self._clerk.enter(alert, ways)
        return [*alerts, *self.news(event.at)]

    def news(self, at: float) -> list[Status]:
        """What happened to outbox and sinks since the last call, told at a stream time."""
        return self._news.drain(at)

    def counts(self) -> Counter[tuple[str, str]]:
        """By sink and what happened: queued, unstored, sent, failed, refused or dropped, in this run."""
        return self.outbox.counts.copy() + self._clerk.counts.copy()

    def undelivered(self) -> Counter[str]:
        """By sink, how many of this run's deliveries were queued, and neither sent, refused nor dropped."""
        return Counter(sink for _, sink in self.outbox.undelivered.copy())

    @property
    def stored(self) -> int:
        """How many of them wait on the disk."""
        return max(0, self.undelivered().total() - self.outbox.unstored)

    @property
    def unstored(self) -> int:
        """How many deliveries no disk has taken: whoever ends now loses them."""
        return self.outbox.unstored + self.outbox.entering + self._clerk.unwritten

    def close(self, timeout: float = 1.0) -> None:
        """Deliver what can be delivered within some seconds; the rest waits in the outbox for the next run."""
        deadline = time.monotonic() + timeout
        self._clerk.retire()
        _join(self._clerk, deadline)
        for courier in self._couriers:
            courier.retire(deadline)
        for courier in self._couriers:
            _join(courier, deadline)
        self._abort([courier for courier in self._couriers if courier.is_alive()])
        self.outbox.close(_left(deadline))

    def _abort(self, couriers: Sequence[Courier]) -> None:
        """All at once, for the listener waits."""
        for courier in couriers:
            courier.abort()
        deadline = time.monotonic() + _ABORT_SECONDS
        for courier in couriers:
            _join(courier, deadline)

    def _ring(self) -> None:
        for courier in self._couriers:
            courier.ring()


def _join(thread: Thread, deadline: float) -> None:
    if thread.is_alive():
        thread.join(_left(deadline))


def _left(deadline: float) -> float:
    return max(0.0, deadline - time.monotonic())


def make_desk(
    config: Config,
    words: Sequence[str],
    controls: Controls | None = None,
    wall_clock: Callable[[], datetime] = local_time,
) -> AlertDesk | None:
    """The desk of a configuration; None if it has no rule and nobody else to tell.

    Args:
        config: with [[alert]], [outbox] and [sink.NAME].
        words: the trigger words that are listened for, by which Home Assistant knows them.
        controls: by which it mutes and tunes the listener; None: it does not.
        wall_clock: the local time.

    Raises:
        ConfigError: a file that a sink needs cannot be read.
        HarkError: a package that a sink needs is not installed.
    """
    if not config.alerts and not config.sinks:
        return None
    return AlertDesk(config, open_sinks(config, words, controls), wall_clock)
