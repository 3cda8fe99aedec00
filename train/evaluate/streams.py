"""Long streams to evaluate on, made of clips: what the device hears is never one clip."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from edge.audio import SAMPLE_RATE, Pcm16, loudest, pcm16
from train import augment
from train.augment import Signal
from train.surroundings import looped

CLIPS_PER_STREAM = 12
GAP_SECONDS = 2.0
"""Silence between two clips with a word, as in the wake-word benchmark."""
NEGATIVE_STREAM_SECONDS = 60.0


@dataclass(frozen=True, slots=True, eq=False)
class LongStream:
    """Samples and the clips of a word that lie in them."""

    samples: Pcm16
    label: str = ""
    """The word that is said, or nothing."""

    clips: tuple[tuple[int, int], ...] = ()
    """First sample and the sample after the last, of each clip; none where the stream is one recording."""

    keys: tuple[str, ...] = ()
    """Name of each clip (or of all that the stream holds), for reports: CORPUS/PATH."""

    @property
    def corpus(self) -> str:
        """The corpus that it is made of."""
        return corpus_of(self.keys[0]) if self.keys else ""

    @property
    def hours(self) -> float:
        """Length."""
        return len(self.samples) / SAMPLE_RATE / 3600

    def place(self, sample: int) -> tuple[str, float]:
        """The clip in which or after which a sample lies, and the seconds from its beginning."""
        begun = max(0, bisect_right([begin for begin, _ in self.clips], sample) - 1)
        return self.keys[begun], (sample - (self.clips[begun][0] if self.clips else 0)) / SAMPLE_RATE


@dataclass(frozen=True, slots=True)
class Noise:
    """Noise to put under streams, loudest frame of 512 samples against loudest frame."""

    recordings: Sequence[Pcm16]
    snr_db: float
    seed: int = 0


def corpus_of(name: str) -> str:
    """The corpus in the name of a clip, which is CORPUS/PATH."""
    return name.partition("/")[0]


def word_streams(clips: Sequence[tuple[str, Pcm16]], label: str, noise: Noise | None) -> Iterator[LongStream]:
    """Streams of (name, samples) clips of one word, peak-normalised and 2 s apart."""
    gap = np.zeros(int(GAP_SECONDS * SAMPLE_RATE), np.float32)
    for first in range(0, len(clips), CLIPS_PER_STREAM):
        group = clips[first : first + CLIPS_PER_STREAM]
        parts, spans, position = [gap], [], len(gap)
        for _, samples in group:
            spans.append((position, position + len(samples)))
            parts += [_peak_normalised(samples), gap]
            position += len(samples) + len(gap)
        signal = with_noise(np.concatenate(parts), noise, f"{label} {first}", spans)
        yield LongStream(pcm16(signal), label, tuple(spans), tuple(name for name, _ in group))


def other_streams(clips: Sequence[tuple[str, Pcm16]], noise: Noise | None) -> Iterator[LongStream]:
    """Streams of about a minute of clips without any of the words, half a second apart."""
    gap = np.zeros(SAMPLE_RATE // 2, np.float32)
    for number, group in enumerate(_minutes(clips, len(gap))):
        yield _one_after_another(group, gap, noise, number)


def _minutes(clips: Sequence[tuple[str, Pcm16]], gap: int) -> Iterator[list[tuple[str, Pcm16]]]:
    group: list[tuple[str, Pcm16]] = []
    for clip in clips:
        group.append(clip)
        if sum(len(samples) + gap for _, samples in group) > NEGATIVE_STREAM_SECONDS * SAMPLE_RATE:
            yield group
            group = []
    if group:
        yield group


def _one_after_another(group: Sequence[tuple[str, Pcm16]], gap: Signal, noise: Noise | None, number: int) -> LongStream:
    signal = np.concatenate([part for _, samples in group for part in (_peak_normalised(samples), gap)])
    ends = np.cumsum([len(samples) + len(gap) for _, samples in group]).tolist()
    spans = tuple(
        (end - len(gap) - len(samples), end - len(gap)) for end, (_, samples) in zip(ends, group, strict=True)
    )
    names = tuple(name for name, _ in group)
    salt = f"{corpus_of(names[0])} {number}"
    return LongStream(pcm16(with_noise(signal, noise, salt)), clips=spans, keys=names)


def _peak_normalised(samples: Pcm16) -> Signal:
    return (samples / np.float32(max(1, loudest(samples))) * np.float32(0.9)).astype(np.float32)


def with_noise(signal: Signal, noise: Noise | None, salt: str, spans: Sequence[tuple[int, int]] = ()) -> Signal:
    """Noise under each clip at the wanted ratio to that very clip, the gaps with the clip before them.

    Which recordings, and from where on, the noise's seed and `salt` decide, which tells one signal from all others.
    """
    if noise is None:
        return signal
    rng = np.random.default_rng((noise.seed, *salt.encode()))
    starts = [0, *(begin for begin, _ in spans[1:]), len(signal)] if spans else [0, len(signal)]
    pieces = []
    for begin, end in pairwise(starts):
        recording = augment.from_pcm16(noise.recordings[int(rng.integers(len(noise.recordings)))])
        piece = signal[begin:end]
        pieces.append(augment.add_noise(piece, looped(recording, len(piece), rng), noise.snr_db))
    return np.concatenate(pieces)
