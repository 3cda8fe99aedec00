"""How often each word would have been accepted, at every threshold that could be chosen."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from edge.audio import SAMPLE_RATE, AudioBlock
from edge.events import Trigger
from edge.model import StreamingModel
from edge.pipeline import Pipeline, detector_config
from edge.trigger import NEVER, Clock, Detector

LEVELS: Final[npt.NDArray[np.float64]] = np.round(1 / (1 + np.exp(-np.arange(-4.54, 6.9, 0.07))), 4)
"""Thresholds from 0.01 to 0.999, evenly apart in log-odds, in which the tail of scores is nearly exponential."""

Counts = npt.NDArray[np.int64]
"""Shape (levels,): accepts at each of LEVELS."""


@dataclass(frozen=True, slots=True)
class Peak:
    """A false accept: the highest level that was reached, and where."""

    word: str
    at: float
    """Seconds from the beginning of the stream."""
    level: float


class AcceptCounter:
    """Blocks in, accepts by level out; each level has the device's own detector, so none is counted by another rule.

    Args:
        model: the trigger network.
        words: those of its words to count.
    """

    def __init__(self, model: StreamingModel, words: Sequence[str]) -> None:
        manifest = model.bundle.manifest
        self._model, self._words = model, words
        self._columns = [manifest.labels.index(word) for word in words]
        self._grid = Clock.of(manifest.frames, manifest.stack)
        self._config = detector_config(manifest)
        self._samples = 0
        self.counts: dict[str, Counts] = {word: np.zeros(len(LEVELS), np.int64) for word in words}
        """Of all streams, by word."""
        self.begin()

    @property
    def hours(self) -> float:
        """Length of all streams; what was lost is not in it."""
        return self._samples / SAMPLE_RATE / 3600

    def begin(self) -> None:
        """Another stream, from silence."""
        self._pipeline = Pipeline(self._model, dict.fromkeys(self._words, NEVER))
        self._smoother = Detector(self._words, {}, "", self._config)
        names = [f"{word}/{level}" for word in range(len(self._words)) for level in range(len(LEVELS))]
        thresholds = dict(zip(names, np.tile(LEVELS, len(self._words)).tolist(), strict=True))
        self._bank = Detector(names, thresholds, "", replace(self._config, smoothing_steps=1))
        self._clock, self._steps = self._grid, 0
        self.peaks: list[Peak] = []
        """Of this stream, in order; accepts of one word within the refractory time are one peak."""

    def feed(self, block: AudioBlock) -> None:
        """Count the accepts of one more block."""
        if self._pipeline.feed(block):  # The only event is a gap, after which the steps begin anew.
            self._clock, self._steps = replace(self._grid, start=block.start), 0
        self._samples += len(block.samples)
        self._count_scores()

    def finish(self) -> None:
        """The stream has ended: count the accept of what was said last, as if silence followed."""
        self._pipeline.finish()
        self._count_scores()

    def _count_scores(self) -> None:
        """Those of the steps that the pipeline has just heard."""
        scores = self._smoother.smooth(self._pipeline.scores[:, self._columns])
        timing = np.zeros((len(scores), 2), np.float32)
        events = self._bank.feed(np.repeat(scores, len(LEVELS), axis=1), timing, self._steps, self._clock)
        self._steps += len(scores)
        for event in events:
            self._count(event)

    def _count(self, event: Trigger) -> None:
        index, level = map(int, event.name.split("/"))
        word = self._words[index]
        self.counts[word][level] += 1
        reached = Peak(word, event.at, float(LEVELS[level]))
        last = next((n for n in range(len(self.peaks) - 1, -1, -1) if self.peaks[n].word == word), None)
        if last is None or event.at - self.peaks[last].at > self._config.refractory_seconds:
            self.peaks.append(reached)
        elif reached.level > self.peaks[last].level:
            self.peaks[last] = reached


def best_score(model: StreamingModel, word: str, blocks: Sequence[AudioBlock]) -> float:
    """The highest score of a word in a recording of it, 0 to 1: it is heard at any threshold up to that."""
    manifest = model.bundle.manifest
    pipeline = Pipeline(model, {word: NEVER})
    detector = Detector(manifest.labels, {}, "", detector_config(manifest))
    column = manifest.labels.index(word)
    heard = []
    for block in blocks:
        pipeline.feed(block)
        heard.append(pipeline.scores)
    pipeline.finish()
    return float(detector.smooth(np.concatenate([*heard, pipeline.scores]))[:, column].max(initial=0.0))
