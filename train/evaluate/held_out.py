"""Speakers that were held out, as test streams in every condition, and what a network does with them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from edge.audio import Pcm16
from edge.trigger import DetectorConfig
from train.corpora.manifest import Clip
from train.evaluate.scorers import Logits, smoothed
from train.evaluate.streams import LongStream, Noise, other_streams, word_streams
from train.evaluate.trigger import Tally
from train.recipes.trigger.folds import Loader, is_synthetic

CONDITIONS: dict[str, float | None] = {"clean": None, "10 dB": 10.0, "5 dB": 5.0}
"""Name and signal-to-noise ratio in decibels."""

Score: TypeAlias = Callable[[Sequence[LongStream]], Iterable[Logits]]
"""What a network says to each stream."""


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Test streams: the words by condition, and everything else clean and at 10 dB."""

    words: dict[str, list[LongStream]]
    others: list[LongStream]


def held_out(clips: Iterable[Clip], labels: Sequence[str], load: Loader) -> HeldOut:
    """Test streams of real clips; the noise among them goes under the others."""
    real = [clip for clip in clips if not is_synthetic(clip)]
    recordings = [load(clip.path) for clip in real if clip.kind == "noise"]
    words = {name: list(_words(real, labels, recordings, snr, load)) for name, snr in CONDITIONS.items()}
    rest = [(str(c.path), load(c.path)) for c in real if c.label not in labels and c.kind != "noise"]
    noisy = list(other_streams(rest, Noise(recordings, 10.0, seed=3))) if recordings else []
    alone = [(str(c.path), load(c.path)) for c in real if c.kind == "noise"]
    return HeldOut(words, [*other_streams(rest, None), *noisy, *other_streams(alone, None)])


def tally(score: Score, labels: Sequence[str], material: HeldOut, detector: DetectorConfig, step: int) -> Tally:
    """What a network does with the material; `step` is the samples from one of its steps to the next."""
    result = Tally(labels)
    for condition, streams in material.words.items():
        result.add_words(condition, streams, smoothed(score(streams), detector), step)
    result.add_others(material.others, smoothed(score(material.others), detector), step)
    return result


def _words(
    clips: Sequence[Clip], labels: Sequence[str], recordings: Sequence[Pcm16], snr: float | None, load: Loader
) -> Iterable[LongStream]:
    noise = None if snr is None or not recordings else Noise(recordings, snr, seed=round(snr))
    for label in labels:
        chosen = [(str(c.path), load(c.path)) for c in clips if c.kind == "wakeword" and c.label == label]
        yield from word_streams(chosen, label, noise)
