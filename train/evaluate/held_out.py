"""Speakers that were held out, as test streams in every condition, and what a network does with them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TypeAlias

from edge.audio import Pcm16
from edge.trigger import DetectorConfig
from train.corpora.manifest import Clip
from train.corpora.said import is_take, says_any
from train.evaluate.scorers import Logits, smoothed
from train.evaluate.streams import LongStream, Noise, other_streams, word_streams
from train.evaluate.trigger import Tally
from train.recipes.trigger.folds import Loader

CONDITIONS: dict[str, float | None] = {"clean": None, "10 dB": 10.0, "5 dB": 5.0}
"""Name and signal-to-noise ratio in decibels."""

Score: TypeAlias = Callable[[Sequence[LongStream]], Iterable[Logits]]
"""What a network says to each stream."""


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Test streams: the words by condition, and everything else clean and at 10 dB."""

    words: dict[str, list[LongStream]]
    others: list[LongStream]

    @property
    def names(self) -> set[str]:
        """Of all clips and recordings in them."""
        return {name for streams in (*self.words.values(), self.others) for one in streams for name in one.keys}


def held_out(
    clips: Iterable[Clip],
    labels: Sequence[str],
    load: Loader,
    noises: Sequence[Pcm16] = (),
    conditions: Mapping[str, float | None] = CONDITIONS,
) -> HeldOut:
    """Test streams of real clips, with noise under them in the noisy conditions.

    The noise is that given, else that among the clips; without any, no condition is noisy.
    """
    real = [clip for clip in clips if not clip.is_synthetic]
    recordings = noises or [load(clip.path) for clip in real if clip.kind == "noise"]
    possible = {name: snr for name, snr in conditions.items() if snr is None or recordings}
    words = {name: list(_words(real, labels, recordings, snr, load)) for name, snr in possible.items()}
    rest = [clip for clip in real if not says_any(clip, labels) and clip.kind != "noise"]
    noisy = list(_others(rest, Noise(recordings, 10.0, seed=3), load)) if recordings else []
    alone = [clip for clip in real if clip.kind == "noise"]
    return HeldOut(words, [*_others(rest, None, load), *noisy, *_others(alone, None, load)])


def tally(score: Score, labels: Sequence[str], material: HeldOut, detector: DetectorConfig, step: int) -> Tally:
    """What a network does with the material; `step` is the samples from one of its steps to the next."""
    result = Tally(labels)
    for condition, streams in material.words.items():
        result.add_words(condition, streams, smoothed(score(streams), detector), step)
    result.add_others(material.others, smoothed(score(material.others), detector), step)
    return result


def name_of(clip: Clip) -> str:
    """Its path from the folder of its corpus on; of one that lies elsewhere, the corpus and its whole path."""
    parts = clip.path.parts
    inside = parts[parts.index(clip.corpus) + 1 :] if clip.corpus in parts else parts[clip.path.is_absolute() :]
    return "/".join([clip.corpus, *inside])


def _named(clip: Clip, load: Loader) -> tuple[str, Pcm16]:
    return name_of(clip), load(clip.path)


def _others(clips: Iterable[Clip], noise: Noise | None, load: Loader) -> Iterable[LongStream]:
    """Streams of one corpus each."""
    for _, of_corpus in groupby(clips, key=lambda clip: clip.corpus):
        yield from other_streams([_named(clip, load) for clip in of_corpus], noise)


def _words(
    clips: Sequence[Clip], labels: Sequence[str], recordings: Sequence[Pcm16], snr: float | None, load: Loader
) -> Iterable[LongStream]:
    noise = None if snr is None else Noise(recordings, snr, seed=abs(round(snr)))
    for label in labels:
        chosen = [_named(clip, load) for clip in clips if is_take(clip, label)]
        yield from word_streams(chosen, label, noise)
