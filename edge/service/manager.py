"""What the service manager is told: ready, how it goes, that the audio lives, and the end."""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Final

from edge.audio import AudioBlock
from edge.events import Event, Keyword, Partial, Status, Trigger
from edge.service.notify import READY, STOPPING, WATCHDOG, Notifier, watchdog_seconds
from edge.service.pulse import Pulse

WINDOW_SECONDS: Final = 10.0
"""Over which the rate of the audio is taken, if the watchdog is not set to less than twice that."""


class Manager:
    """A context manager that speaks to the service manager of the environment, if there is one.

    Args:
        environment: where systemd puts NOTIFY_SOCKET and WATCHDOG_USEC.
        paced: whether the samples come at the pace of a clock; if not, any samples are a sign of life.
        clock: seconds.
    """

    def __init__(
        self,
        *,
        paced: bool,
        environment: Mapping[str, str] = os.environ,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._notifier = Notifier(environment.get("NOTIFY_SOCKET"))
        watchdog = watchdog_seconds(environment, os.getpid())
        self._pause = watchdog / 2 if watchdog else None
        self._pulse = Pulse(min(WINDOW_SECONDS, self._pause or WINDOW_SECONDS), clock)
        self._paced, self._clock = paced, clock
        self._ready = self._muted = False
        self._petted_at = clock()

    def heard(self, block: AudioBlock, events: Sequence[Event], *, waiting: bool = False) -> None:
        """Take a block, empty where there was no sound, and the events that it brought.

        Who is `waiting` for a microphone that is known to be lost is not deaf: to begin anew would mend nothing.
        """
        self._follow_mute(events)
        if not self._ready and (waiting or self._muted or len(block.samples)):
            self._ready, self._petted_at = True, self._clock()
            self._notifier.send(READY, "STATUS=listening")
        if telling := [event for event in events if not isinstance(event, Partial)]:
            news = headline(telling[-1])
            self._notifier.status(f"muted; {news}" if self._muted and not news.startswith("muted") else news)
        # Of a file there may be any number of blocks within the window.
        if self._paced and not self._muted:
            self._pulse.feed(len(block.samples))
        if self._pause and self._clock() - self._petted_at >= self._pause and (waiting or self._lives(block)):
            self._pet()

    def _follow_mute(self, events: Sequence[Event]) -> None:
        """Who is muted is not deaf; the time until the microphone must be heard begins when that ends."""
        for event in events:
            if isinstance(event, Status) and event.what in ("muted", "unmuted"):
                self._muted = event.what == "muted"
                self._pulse.restart()
                if self._pause:
                    self._pet()

    def _pet(self) -> None:
        self._petted_at = self._clock()
        self._notifier.send(WATCHDOG)

    def _lives(self, block: AudioBlock) -> bool:
        return self._muted or (self._pulse.beats if self._paced else len(block.samples) > 0)

    def __enter__(self) -> "Manager":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._notifier.send(STOPPING)


def headline(event: Event) -> str:
    """An event in a few words, without what was said: every user of the machine may read the state of a service."""
    if isinstance(event, Status):
        return f"{event.what}: {event.detail}" if event.detail else event.what
    name = f' "{event.name}"' if isinstance(event, (Trigger, Keyword)) else ""
    return f"last event: {event.type}{name} at {event.at:.2f} s"
