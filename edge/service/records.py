"""What is kept of a stream beside its alerts, as the latest configuration wants it: counts, and clips of the sound.

Heard, events -> Gauges -> Page
              -> Recording -> Archive
"""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, Final

from edge.audio import seconds
from edge.config import Config, MetricsConfig, RecordingConfig
from edge.errors import ConfigError, HarkError
from edge.events import Event, Status
from edge.service.session import Heard

if TYPE_CHECKING:
    from edge.service.gauges import Account, Gauges, Page
    from edge.service.recording import Archive, Recording

RETRY_SECONDS: Final = 60.0
"""After which an address that could not be had is tried again; the stream's own time stands still in a mute."""


class Records:
    """A context manager; what is not wanted costs nothing, not even its modules.

    Args:
        config: the first one; of a later one, what cannot be is told as events and the rest goes on. So is an address
            of metrics, also of the first, that cannot be had, as before the network is up; it is tried again.
        clock: seconds that never go back.

    Raises:
        HarkError: a package that is needed is not installed.
    """

    def __init__(self, config: Config, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._config: Config | None = None
        self._gauges: Gauges | None = None
        self._page: Page | None = None
        self._tried = clock()
        self._wanted: RecordingConfig | None = None
        self._recording: Recording | None = None
        self._archive: Archive | None = None
        self._complaint = ""
        self._news: list[tuple[str, str]] = []
        self._record(config.recording)
        with suppress(ConfigError):  # The first block tells of it.
            self._serve(config.metrics)

    def heard(self, config: Config, account: "Account | None", heard: Heard, events: Sequence[Event]) -> None:
        """Take a block, and all events that came of it.

        Args:
            config: that which holds now.
            account: of its alerts.
            heard: the block.
            events: with the alerts.
        """
        if config is not self._config:
            self._change(config, account)
        elif self._clock() - self._tried > RETRY_SECONDS:
            self._tried = self._clock()
            self._try_to_serve(config.metrics)
        if self._gauges:
            self._gauges.heard(heard, events)
        if self._recording and self._archive:
            for clip in self._recording.feed(heard.block, events):
                self._archive.add(clip)

    def news(self, at: int) -> list[Status]:
        """What went wrong since the last call, told at a sample index."""
        news, self._news = self._news, []
        if self._archive:
            news += [("recording-failed", why) for why in self._archive.news()]
        return [Status(at=seconds(at), what=what, detail=detail) for what, detail in news]

    def _change(self, config: Config, account: "Account | None") -> None:
        self._config = config
        try:
            self._record(config.recording)
        except HarkError as error:
            self._news.append(("recording-failed", str(error)))
        self._try_to_serve(config.metrics)
        if self._gauges:
            self._gauges.follow(account)

    def _record(self, config: RecordingConfig) -> None:
        wanted = config if config.enabled else None
        if wanted == self._wanted:
            return
        self._close_archive()
        self._wanted = wanted
        if wanted:
            from edge.service.recording import Archive, Recording

            self._archive, self._recording = Archive(wanted), Recording(wanted)

    def _try_to_serve(self, config: MetricsConfig) -> None:
        """What is wrong is told once, however often it is tried."""
        complaint = ""
        try:
            self._serve(config)
        except HarkError as error:
            complaint = f"{error}; it is tried again each minute"
        if complaint and complaint != self._complaint:
            self._news.append(("metrics-failed", complaint))
        self._complaint = complaint

    def _serve(self, config: MetricsConfig) -> None:
        wanted = config.listen if config.enabled else None
        if wanted == (self._page and self._page.address):
            return
        self._close_page()
        if wanted:
            from edge.service.gauges import Gauges, Page

            self._gauges = self._gauges or Gauges()
            self._page = Page(self._gauges, wanted)

    def _close_page(self) -> None:
        if self._page:
            self._page.close()
        self._page = None

    def _close_archive(self) -> None:
        if self._recording and self._archive:
            for clip in self._recording.finish():
                self._archive.add(clip)
            self._archive.close()
        self._recording = self._archive = None

    def __enter__(self) -> "Records":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close_archive()
        self._close_page()
