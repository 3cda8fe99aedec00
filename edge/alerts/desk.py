"""The desk where events become alerts, and alerts go on their way.

event -> rules -> outbox -> a courier for each sink
"""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from edge.alerts.courier import Courier
from edge.alerts.news import News
from edge.alerts.outbox import Outbox
from edge.alerts.rules import Rules
from edge.alerts.sink import Sink
from edge.alerts.sinks import open_sinks
from edge.config import Config
from edge.events import Alert, Event, Status


def local_time() -> datetime:
    """The wall clock, with its offset from UTC."""
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
        self._rules, self._wall_clock = Rules(config.alerts), wall_clock
        self._ways: dict[str, Sequence[str]] = {
            rule.name: tuple(sinks) if rule.sinks is None else rule.sinks for rule in config.alerts
        }
        self._news = News()
        self._outbox = Outbox(config.outbox, self._news, lambda: wall_clock().timestamp())
        self._sinks = sinks
        self._couriers = [Courier(name, sink, self._outbox, config.outbox, self._news) for name, sink in sinks.items()]

    def start(self) -> None:
        """Begin to deliver, with what still waits from an earlier run."""
        for courier in self._couriers:
            courier.start()

    def feed(self, event: Event) -> list[Alert | Status]:
        """The alerts that an event raises, which are in the outbox by then, and the news of earlier ones."""
        for sink in self._sinks.values():
            sink.observe(event)
        alerts = self._rules.feed(event, self._wall_clock())
        for alert in alerts:
            self._outbox.add(alert, self._ways[alert.rule])
        if alerts:
            for courier in self._couriers:
                courier.ring()
        return [*alerts, *self.news(event.at)]

    def news(self, at: float) -> list[Status]:
        """What happened to outbox and sinks since the last call, told at a stream time."""
        return self._news.drain(at)

    def counts(self) -> Counter[tuple[str, str]]:
        """By sink and what happened: queued, unstored, sent, failed, refused or dropped, in this run."""
        return self._outbox.counts.copy()

    def close(self, timeout: float = 1.5) -> None:
        """Deliver what can be delivered within some seconds; the rest waits in the outbox for the next run."""
        deadline = time.monotonic() + timeout
        for courier in self._couriers:
            courier.retire(deadline)
        for courier in self._couriers:
            if courier.is_alive():
                courier.join(max(0.0, deadline - time.monotonic()))
        self._outbox.close()


def make_desk(
    config: Config, words: Sequence[str], wall_clock: Callable[[], datetime] = local_time
) -> AlertDesk | None:
    """The desk of a configuration; None if it has no rule and nobody else to tell.

    Args:
        config: with [[alert]], [outbox] and [sink.NAME].
        words: the trigger words that are listened for, by which Home Assistant knows them.
        wall_clock: the local time.

    Raises:
        ConfigError: a file that a sink needs cannot be read.
        HarkError: a package that a sink needs is not installed.
    """
    if not config.alerts and not config.sinks:
        return None
    return AlertDesk(config, open_sinks(config.sinks, words), wall_clock)
