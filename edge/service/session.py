"""One stream from its first block to its last, over which the models may be exchanged.

    block -> what happened to the device -> pipeline -> what is stuck -> reload -> Heard

A new pipeline is first fed the last seconds again, so that a word that is being said is not cut in two. It takes over
between two blocks, when nothing is being written down.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Generic, Protocol, TypeVar

import numpy as np

from edge.audio import AudioBlock, seconds
from edge.capture.preroll import PreRoll
from edge.capture.reopening import Reopening
from edge.errors import HarkError
from edge.events import Event, Status, Transcript, Trigger
from edge.pipeline import Pipeline
from edge.service.reload import Reload
from edge.service.signals import Signals
from edge.service.stuck import StuckLevel, StuckScores
from edge.trigger import Posteriors

WARM_UP_SECONDS: Final = 2.0
"""Of sound that a new pipeline hears again: longer than a word takes."""


class Listener(Protocol):
    """What is exchanged by a reload."""

    @property
    def pipeline(self) -> Pipeline:
        """Ready to be fed."""

    @property
    def transcribes(self) -> bool:
        """Whether a transcript follows each trigger."""


L = TypeVar("L", bound=Listener)


@dataclass(frozen=True, slots=True)
class Heard:
    """A block and all that it brought."""

    block: AudioBlock
    """Empty while there is no microphone, and at the end."""

    scores: Posteriors
    """Of the block's steps: (steps, words)."""

    events: list[Event]


class Session(Generic[L]):
    """Blocks in, all events out, until the source ends or somebody stops it.

    Args:
        listener: the first one.
        reload: makes another one.
        signals: what is wished for from outside.
    """

    def __init__(self, listener: L, reload: Reload[L], signals: Signals) -> None:
        self.listener = listener
        """The one that listens now."""
        self._reload, self._signals = reload, signals
        self._preroll = PreRoll(WARM_UP_SECONDS)
        self._level, self._network = StuckLevel(), StuckScores()
        self._writing = False

    def run(self, source: Reopening) -> Iterator[Heard]:
        """Everything that is heard; the last of it is what the end cuts off, as if silence followed.

        Raises:
            HarkError: the source fails; see `Reopening`.
        """
        for block in self._signals.until_stopped(source):
            events = [*source.news(), *self._feed(block)]
            scores = self.listener.pipeline.scores
            if source.paced:
                events += [*self._level.feed(block), *self._network.feed(block, scores)]
            yield Heard(block, scores, [*events, *self._exchange()])
        end = AudioBlock(np.empty(0, np.int16), self._preroll.end)
        yield Heard(end, self.listener.pipeline.scores, self.listener.pipeline.finish())

    def _feed(self, block: AudioBlock) -> list[Event]:
        events = self.listener.pipeline.feed(block)
        self._preroll.append(block)
        for event in events:
            if isinstance(event, (Trigger, Transcript)):
                self._writing = self.listener.transcribes and isinstance(event, Trigger)
        return events

    def _exchange(self) -> list[Status]:
        """Begin a reload that is wished for, and end the one that is ready."""
        if not self._reload.busy and self._signals.take_reload():
            self._reload.begin()
        if not self._reload.ready or self._writing:
            return []
        at = seconds(self._preroll.end)
        try:
            self.listener = self._warmed_up(self._reload.take())
        except HarkError as error:
            return [Status(at=at, what="reload-failed", detail=f"nothing was changed: {error}")]
        return [Status(at=at, what="reloaded", detail="the configuration and the models were read again")]

    def _warmed_up(self, listener: L) -> L:
        """What it hears of the past was told already; to it, all that was before is lost."""
        listener.pipeline.feed(self._preroll.last(self._preroll.start, self._preroll.end))
        return listener
