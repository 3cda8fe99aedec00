"""When the device says that it heard a word, and when it thinks that the word was said."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from edge.audio import AudioBlock, seconds
from edge.events import Trigger
from edge.model import StreamingModel
from edge.pipeline import Pipeline
from train.alignment import is_plausible, word_bounds
from train.evaluate.streams import LongStream
from train.evaluate.trigger import HIT_SECONDS
from train.surroundings import Recording


@dataclass(frozen=True, slots=True)
class Hearing:
    """A word that was heard; all in seconds."""

    delay: float
    """From the end of the word to the event."""
    began: float
    """How much too late the event says that the word began."""
    ended: float
    """How much too late it says that the word ended."""


def hearings(
    model: StreamingModel, thresholds: Mapping[str, float], streams: Iterable[LongStream]
) -> Iterator[Hearing]:
    """What the device's own pipeline says to streams of words in quiet, whose places energy can tell."""
    for stream in streams:
        pipeline = Pipeline(model, {stream.label: thresholds[stream.label]})
        events = [event for event in pipeline.feed(AudioBlock(stream.samples, 0)) if isinstance(event, Trigger)]
        for clip in stream.clips:
            yield from _of_clip(stream, clip, events)


def percentiles(values: Sequence[float], shares: Sequence[int] = (50, 90, 99)) -> dict[str, float]:
    """Values below which some shares (percent) of all lie, by share; empty without values."""
    return {f"{share} %": round(float(np.percentile(values, share)), 3) for share in shares if values}


def _of_clip(stream: LongStream, clip: tuple[int, int], events: Sequence[Trigger]) -> Iterator[Hearing]:
    begin, end = clip
    bounds = word_bounds(Recording(stream.samples[begin:end]).signal())
    heard = [event for event in events if seconds(begin) <= event.at < seconds(end) + HIT_SECONDS]
    if heard and is_plausible(bounds):
        began, ended = (seconds(begin + bound) for bound in bounds)
        yield Hearing(heard[0].at - ended, heard[0].began - began, heard[0].ended - ended)
