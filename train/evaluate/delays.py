"""How soon after the end of a word it is heard."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from edge.audio import SAMPLE_RATE
from edge.trigger import Posteriors
from train.alignment import is_plausible, word_bounds
from train.evaluate.streams import LongStream
from train.evaluate.trigger import HIT_SECONDS


def delays(
    streams: Iterable[LongStream],
    tracks: Iterable[Posteriors],
    labels: Sequence[str],
    thresholds: Mapping[str, float],
    ends: npt.NDArray[np.float64],
) -> list[float]:
    """Seconds from the end of each word to the step that crosses its threshold, for the words that are heard.

    Args:
        streams: words in quiet, so that their ends can be found by energy (`train.alignment`).
        tracks: smoothed posteriors of each stream, (steps, words).
        labels: the words, in the order of the tracks.
        thresholds: of each word.
        ends: seconds at which each step's last sample is in, for as many steps as the longest track has.
    """
    found: list[float] = []
    for stream, track in zip(streams, tracks, strict=True):
        scores = track[:, labels.index(stream.label)]
        crossed = ends[: len(scores)][scores >= thresholds[stream.label]]
        found += _of_words(stream, crossed)
    return found


def _of_words(stream: LongStream, crossed: npt.NDArray[np.float64]) -> Iterator[float]:
    for begin, end in stream.clips:
        bounds = word_bounds(stream.samples[begin:end].astype(np.float32) / np.float32(32768))
        heard = crossed[(crossed >= begin / SAMPLE_RATE) & (crossed < end / SAMPLE_RATE + HIT_SECONDS)]
        if is_plausible(bounds) and len(heard):
            yield float(heard[0] - (begin + bounds[1]) / SAMPLE_RATE)
