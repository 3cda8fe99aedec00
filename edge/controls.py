"""What somebody may ask of the listener while it runs, and how it stands.

signals, MQTT, ... -- ask, from any thread --> Controls -- drain, between two blocks --> the listener
"""

from collections import deque
from dataclasses import dataclass
from typing import Final, TypeAlias

LOWEST_BUDGET: Final = 0.1
HIGHEST_BUDGET: Final = 10.0
"""False accepts an hour that may be asked for from outside."""

_MOST: Final = 100


@dataclass(frozen=True, slots=True)
class Mute:
    """Let go of the microphone, or take it again."""

    wanted: bool


@dataclass(frozen=True, slots=True)
class Tune:
    """Decide by the thresholds of another budget."""

    budget: float
    """False accepts an hour of each word."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Somebody asked for what cannot be."""

    detail: str
    """One line for a person."""


Wish: TypeAlias = Mute | Tune | Refusal


class Controls:
    """One for the whole life of a listener; safe to use from threads and signal handlers."""

    def __init__(self) -> None:
        self.muted = False
        """Whether the microphone is let go of; set by the listener alone, as is the budget."""
        self.budget: float | None = None
        """False accepts an hour of each word that the thresholds are for."""
        self._wishes: deque[Wish] = deque(maxlen=_MOST)

    def ask(self, wish: Wish) -> None:
        """Wish for something; if nobody looks at the wishes, the oldest go."""
        self._wishes.append(wish)

    def drain(self) -> list[Wish]:
        """The wishes since the last call, oldest first."""
        return [self._wishes.popleft() for _ in range(len(self._wishes))]
