"""One stream from its first block to its last, over which the models may be exchanged.

    block -> what happened to the device -> pipeline -> what is stuck, or lasts -> wishes -> reload -> Heard

A new pipeline is first fed the last seconds again, so that a word that is being said is not cut in two. It takes over
between two blocks, when nothing is being written down.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Generic, Protocol, TypeVar

import numpy as np

from edge.audio import AudioBlock, seconds
from edge.capture.preroll import PreRoll
from edge.capture.reopening import Reopening
from edge.controls import Mute, Tune, Wish
from edge.errors import HarkError
from edge.events import Event, Status, Transcript, Trigger
from edge.pipeline import Pipeline
from edge.service.levels import LevelWatch
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

    @property
    def levels(self) -> LevelWatch:
        """What tells of silence and noise that lasts."""

    @property
    def budget(self) -> float:
        """False accepts an hour of each word that its thresholds are for."""

    def thresholds_at(self, budget: float) -> dict[str, float]:
        """The threshold of each word at another budget.

        Raises:
            ConfigError: it is below what was measured.
        """


L = TypeVar("L", bound=Listener)


@dataclass(frozen=True, slots=True)
class Heard:
    """A block and all that it brought."""

    block: AudioBlock
    """Empty while there is no microphone, and at the end."""

    scores: Posteriors
    """Of the block's steps: (steps, words)."""

    events: list[Event]

    work: float = 0.0
    """Seconds that it took to be worked on."""


class Session(Generic[L]):
    """Blocks in, all events out, until the source ends or somebody stops it.

    Args:
        listener: the first one.
        reload: makes another one.
        signals: what is wished for from outside.
        clock: seconds that never go back, by which the work is measured.
    """

    def __init__(
        self, listener: L, reload: Reload[L], signals: Signals, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        self.listener = listener
        """The one that listens now."""
        self._reload, self._signals, self._clock = reload, signals, clock
        self._controls = signals.controls
        self._controls.budget = listener.budget
        self._preroll = PreRoll(WARM_UP_SECONDS)
        self._level, self._network = StuckLevel(), StuckScores()
        self._writing = False

    def run(self, source: Reopening) -> Iterator[Heard]:
        """Everything that is heard; the last of it is what the end cuts off, as if silence followed.

        Raises:
            HarkError: the source fails, see `Reopening`; what was heard until then has been given out.
        """
        try:
            yield from self._blocks(source)
        except HarkError:
            yield self._end(source)
            raise
        yield self._end(source)

    def _blocks(self, source: Reopening) -> Iterator[Heard]:
        if self._controls.muted:
            # It was left so.
            source.mute()
            self.listener.pipeline.pause()
        for block in self._signals.until_stopped(source):
            began = self._clock()
            news = source.news()
            events = [*news, *self._feed(block)]
            if any(status.what == "device-lost" for status in news):
                self._writing = False
                events += self.listener.pipeline.cut_off()
            scores = self.listener.pipeline.scores
            if source.paced:
                events += [*self._level.feed(block), *self._network.feed(block, scores)]
            events += self.listener.levels.feed(block)
            events += [*self._granted(source), *self._exchange()]
            yield Heard(block, scores, events, self._clock() - began)

    def _end(self, source: Reopening) -> Heard:
        """What was wished for last is granted, to be kept for the next start: a signal may reach the recorder, too."""
        events = [*self.listener.pipeline.finish(), *self._granted(source)]
        return Heard(AudioBlock(np.empty(0, np.int16), self._preroll.end), self.listener.pipeline.scores, events)

    def _feed(self, block: AudioBlock) -> list[Event]:
        events = self.listener.pipeline.feed(block)
        self._preroll.append(block)
        for event in events:
            if isinstance(event, (Trigger, Transcript)):
                self._writing = self.listener.transcribes and isinstance(event, Trigger)
        return events

    def _granted(self, source: Reopening) -> list[Event]:
        return [event for wish in self._controls.drain() for event in self._grant(wish, source)]

    def _grant(self, wish: Wish, source: Reopening) -> list[Event]:
        if isinstance(wish, Mute):
            return self._mute(source) if wish.wanted else self._unmute(source)
        if isinstance(wish, Tune):
            return [self._tune(wish.budget)]
        return [Status(at=seconds(self._preroll.end), what="command-refused", detail=wish.detail)]

    def _mute(self, source: Reopening) -> list[Event]:
        """What was said until now is told to its end."""
        if self._controls.muted:
            return []
        self._controls.muted, self._writing = True, False
        source.mute()
        return [*self.listener.pipeline.pause(), *source.news()]

    def _unmute(self, source: Reopening) -> list[Event]:
        self._controls.muted = False
        source.unmute()
        return [*source.news()]

    def _tune(self, budget: float) -> Status:
        at = seconds(self._preroll.end)
        try:
            self.listener.pipeline.tune(self.listener.thresholds_at(budget))
        except HarkError as error:
            return Status(at=at, what="sensitivity-refused", detail=f"nothing was changed: {error}")
        self._controls.budget = budget
        return Status(at=at, what="sensitivity", detail=f"{budget:g} false accepts an hour for each word")

    def _exchange(self) -> list[Status]:
        """Begin a reload that is wished for, and end the one that is ready."""
        if not self._reload.busy and self._signals.take_reload():
            self._reload.begin()
        if not self._reload.ready or self._writing:
            return []
        at = seconds(self._preroll.end)
        before, wished = self.listener.budget, self._controls.budget
        try:
            self.listener = self._warmed_up(self._reload.take())
            self._controls.budget = self.listener.budget
        except HarkError as error:
            return [Status(at=at, what="reload-failed", detail=f"nothing was changed: {error}")]
        told = Status(at=at, what="reloaded", detail="the configuration and the models were read again")
        if wished is None or wished == before or self.listener.budget != before:
            return [told]
        return [told, self._tune(wished)]  # Somebody has asked for it, and the owner has not changed his mind.

    def _warmed_up(self, listener: L) -> L:
        """What it hears of the past was told already; to it, all that was before is lost.

        Nothing is being written down, or it would wait: what it hears anew after a word has been written already.
        """
        listener.pipeline.feed(self._preroll.last(self._preroll.start, self._preroll.end))
        listener.pipeline.forget_utterance()
        listener.levels.succeed(self.listener.levels)
        if self._controls.muted:
            listener.pipeline.pause()
        return listener
