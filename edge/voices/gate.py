"""Only my voice: between the detector and the rest, what may veto a trigger and never makes one.

triggers, frames -> ear -> a vector each -> the voices enrolled for the word -> Trigger, or Veto
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from edge.events import Trigger, Veto
from edge.model import Manifest
from edge.model.quantization import Real
from edge.trigger import Clock
from edge.voices.ear import Ear, Vector
from edge.voices.voice import Voice


class Judge(Protocol):
    """What hears in whose voice a trigger word was said."""

    def feed(
        self, outputs: Mapping[str, Real], triggers: Sequence[Trigger], first: int, clock: Clock
    ) -> list[Trigger | Veto]:
        """What becomes of the triggers of these steps; see `Ear.feed`."""

    def reset(self) -> None:
        """Forget what was heard: what comes next does not follow it."""


class Gate:
    """A judge that lets a trigger pass in the voices that are enrolled for its word; other words pass in any voice.

    Args:
        manifest: of the trigger network.
        voices: enrolled with it.
    """

    def __init__(self, manifest: Manifest, voices: Sequence[Voice]) -> None:
        self._ear = Ear(manifest)
        self._voices = voices

    def feed(
        self, outputs: Mapping[str, Real], triggers: Sequence[Trigger], first: int, clock: Clock
    ) -> list[Trigger | Veto]:
        """Each trigger, or its veto."""
        vectors = self._ear.feed(outputs, triggers, first, clock)
        return [self._judged(*one) for one in zip(triggers, vectors, strict=True)]

    def reset(self) -> None:
        """Forget what was heard: what comes next does not follow it."""
        self._ear.reset()

    def _judged(self, trigger: Trigger, vector: Vector) -> Trigger | Veto:
        asked = [voice for voice in self._voices if voice.word == trigger.name]
        if not asked:
            return trigger
        likeness, voice = max(((one.likeness(vector), one) for one in asked), key=lambda pair: pair[0] - pair[1].needed)
        if likeness >= voice.needed:
            return trigger
        return Veto(
            at=trigger.at,
            name=trigger.name,
            score=trigger.score,
            began=trigger.began,
            ended=trigger.ended,
            voice=voice.name,
            likeness=likeness,
            needed=voice.needed,
        )


class Collector:
    """A judge that lets everything pass and keeps what it sounded like."""

    def __init__(self, manifest: Manifest) -> None:
        self._ear = Ear(manifest)
        self._heard: list[tuple[Trigger, Vector]] = []

    def drain(self) -> list[tuple[Trigger, Vector]]:
        """Each trigger since the last call."""
        heard, self._heard = self._heard, []
        return heard

    def feed(
        self, outputs: Mapping[str, Real], triggers: Sequence[Trigger], first: int, clock: Clock
    ) -> list[Trigger | Veto]:
        """The triggers."""
        vectors = self._ear.feed(outputs, triggers, first, clock)
        self._heard += zip(triggers, vectors, strict=True)
        return [*triggers]

    def reset(self) -> None:
        """Forget what was heard: what comes next does not follow it."""
        self._ear.reset()
