"""What happens to alerts in other threads, until the listener tells it as status events."""

from collections import deque
from typing import Final

from edge.events import Status

_MOST: Final = 100


class News:
    """Safe to use from several threads; the oldest news go if nobody asks for them."""

    def __init__(self) -> None:
        self._untold: deque[tuple[str, str]] = deque(maxlen=_MOST)

    def tell(self, what: str, detail: str) -> None:
        """Something has happened."""
        self._untold.append((what, detail))

    def drain(self, at: float) -> list[Status]:
        """What has happened since the last call, told at a stream time."""
        number = len(self._untold)
        told = [self._untold.popleft() for _ in range(number)]
        return [Status(at=at, what=what, detail=detail) for what, detail in told]
