"""A parcel: one alert on its way to one sink."""

from dataclasses import dataclass
from typing import Final

from edge.events import Alert

PRIORITIES: Final = ("low", "normal", "high")


@dataclass(frozen=True, slots=True)
class Parcel:
    """What waits in the outbox; alert and sink together tell which parcel it is."""

    id: str
    """Of the alert."""

    sink: str

    body: str
    """The alert as JSON."""

    priority: int
    """Place in `PRIORITIES`."""

    queued: float
    """Wall clock when it was put in, seconds since 1970."""

    attempts: int = 0
    """Deliveries that failed."""

    error: str = ""
    """Why the last one did."""

    refused: bool = False
    """The receiver will never take it; it waits for the owner."""

    @property
    def key(self) -> tuple[str, str]:
        """Alert and sink."""
        return self.id, self.sink

    @classmethod
    def of(cls, alert: Alert, sink: str, now: float) -> "Parcel":
        """The parcel that takes an alert to a sink."""
        return cls(alert.id, sink, alert.to_json(), PRIORITIES.index(alert.priority), now)
