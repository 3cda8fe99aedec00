"""What a listener does, counted for Prometheus and served over HTTP.

Heard, events -> Gauges (a registry of our own) -> Page -> whoever reads it
"""

import errno
import socket
import threading
from collections import Counter as Tally
from collections.abc import Callable, Iterator, Sequence
from socketserver import TCPServer
from typing import TYPE_CHECKING, Final, TypeAlias, cast

from edge.audio import SAMPLE_RATE
from edge.errors import ConfigError, HarkError, lacking
from edge.events import Event, Keyword, Status, Transcript, Trigger
from edge.service.session import Heard
from edge.sockets import hung_up_after

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry
    from prometheus_client.core import CounterMetricFamily

Account: TypeAlias = Callable[[], Tally[tuple[str, str]]]
"""Alerts by sink and what happened to them, as `AlertDesk.counts` has them."""

WORK_SECONDS: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64)
"""Upper ends of the histogram's buckets: a block that takes as long as it lasts, usually 0.08 s, is too slow."""

_PATIENCE_SECONDS: Final = 2.0
"""For a reader, from first to last: there is one thread for all of them, so that none can take what the ear needs."""

_GRACE_SECONDS: Final = 0.3

_MENDS: Final = {
    errno.EADDRINUSE: "give another port, or end who has this one",
    errno.EADDRNOTAVAIL: "give an address that this machine has",
    errno.EACCES: "give a port from 1024 on",
    errno.EAFNOSUPPORT: "let the service have a network: hark install-service --apply --network",
}


class Gauges:
    """Counts from the start of the process on, whatever is reloaded.

    Raises:
        HarkError: prometheus-client is not installed.
    """

    def __init__(self) -> None:
        try:
            from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector
        except ModuleNotFoundError:
            raise HarkError(lacking("prometheus-client", "metrics")) from None
        self.registry = CollectorRegistry()

        def counter(name: str, what: str, *labels: str) -> Counter:
            return Counter(f"hark_{name}", what, labels, registry=self.registry)

        self._audio = counter("audio_seconds", "Sound that was heard.")
        self._lost = counter("lost_samples", "Samples (16 kHz) that were never heard.")
        self._gaps = counter("gaps", "Times that samples were lost.")
        self._device_losses = counter("device_losses", "Times that the microphone vanished.")
        self._work = Histogram(
            "hark_block_seconds", "Work on a block of sound.", buckets=WORK_SECONDS, registry=self.registry
        )
        self._triggers = counter("triggers", "Trigger words heard.", "name")
        self._keywords = counter("keywords", "Keywords heard.", "name")
        self._transcripts = counter("transcripts", "Transcripts written.")
        self._alerts = _Alerts(self.registry)
        ProcessCollector(registry=self.registry)

    def heard(self, heard: Heard, events: Sequence[Event]) -> None:
        """Take a block, and all events that came of it."""
        self._audio.inc(len(heard.block.samples) / SAMPLE_RATE)
        if len(heard.block.samples):
            self._work.observe(heard.work)
        for event in events:
            self._count(event)

    def follow(self, account: Account | None) -> None:
        """Count the alerts of another desk from now on, beside those of the earlier ones."""
        self._alerts.follow(account)

    def _count(self, event: Event) -> None:
        if isinstance(event, Trigger):
            self._triggers.labels(event.name).inc()
        elif isinstance(event, Keyword):
            self._keywords.labels(event.name).inc()
        elif isinstance(event, Transcript):
            self._transcripts.inc()
        elif isinstance(event, Status):
            self._gaps.inc(event.what == "overflow")
            self._lost.inc(event.lost_samples or 0)
            self._device_losses.inc(event.what == "device-lost")


class _Alerts:
    """Alerts by sink, looked up when somebody reads."""

    def __init__(self, registry: "CollectorRegistry") -> None:
        self._former: Tally[tuple[str, str]] = Tally()
        self._account: Account | None = None
        registry.register(self)

    def follow(self, account: Account | None) -> None:
        self._former, self._account = self._total(), account

    def collect(self) -> "Iterator[CounterMetricFamily]":
        from prometheus_client.core import CounterMetricFamily

        family = CounterMetricFamily("hark_alerts", "Alerts by sink and what happened.", labels=("sink", "outcome"))
        for labels, number in sorted(self._total().items()):
            family.add_metric(labels, number)
        yield family

    def _total(self) -> Tally[tuple[str, str]]:
        return self._former + (self._account() if self._account else Tally())


class Page:
    """An HTTP server in a thread, which ends with `close`.

    Args:
        gauges: what it shows, at any path.
        address: the address of this machine as a number, and the port.

    Raises:
        ConfigError: the address cannot be had.
    """

    def __init__(self, gauges: Gauges, address: tuple[str, int]) -> None:
        from prometheus_client import MetricsHandler

        self.address = address
        handler = MetricsHandler.factory(gauges.registry)
        try:
            self._server = (_Server6 if ":" in address[0] else _Server)(address, handler)
        except OSError as error:
            where, mend = ":".join(map(str, address)), _MENDS.get(error.errno or 0, "give another address")
            raise ConfigError(f"metrics.listen: {where} cannot be had ({error.strerror}); {mend}") from error
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), name="metrics", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Free the port; a reader who dawdles is not waited for."""
        threading.Thread(target=self._server.shutdown, daemon=True).start()
        self._thread.join(_GRACE_SECONDS)
        self._server.server_close()


class _Server(TCPServer):
    allow_reuse_address = True

    def finish_request(self, request: socket.socket | tuple[bytes, socket.socket], client_address: object) -> None:
        """Serve one, who is hung up on when his time is over."""
        with hung_up_after(_PATIENCE_SECONDS, cast(socket.socket, request)):  # As it is for TCP.
            super().finish_request(request, client_address)

    def handle_error(self, *_: object) -> None:
        """Nobody wants to read that a reader hung up."""


class _Server6(_Server):
    address_family = socket.AF_INET6
