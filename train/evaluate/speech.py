"""How well speech is written down: clips -> log probabilities, once -> texts, under any language and beam -> rates."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import jiwer
import numpy as np

from edge.audio import SAMPLE_RATE
from edge.decoder.alphabet import decode, encode
from edge.decoder.beam import BeamConfig, BeamSearch, Hypothesis
from edge.decoder.ctc import LogProbs, best_path_score, greedy, log_softmax
from edge.decoder.scorer import Scorer
from edge.features import FeatureConfig, FeatureStream, Frames
from edge.model.stream import ModelStream
from edge.transcriber import HEAD, OUTPUT, TAIL, distinct
from train import augment
from train.corpora.audio import load
from train.corpora.manifest import Clip
from train.evaluate.slots import slots_of
from train.evaluate.streams import Noise, with_noise
from train.surroundings import Recording

Logits: TypeAlias = Callable[[Frames], LogProbs]
"""What a network says to frames (frames, bands), from silence: (steps, SYMBOLS)."""


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """A clip, as the network heard it."""

    name: str
    reference: str
    """What is said in it."""
    slots: tuple[str, ...]
    """The parts of it that a command is about; none if that is not known."""
    log_probs: LogProbs
    """(steps, SYMBOLS)."""
    seconds: float

    @property
    def free(self) -> float:
        """Log probability of the best path."""
        return best_path_score(self.log_probs)


def hear(clips: Sequence[Clip], logits: Logits, features: FeatureConfig, noise: Noise | None = None) -> list[Heard]:
    """All clips whose words are known, each begun from silence and followed by it, with noise under them."""
    return [_heard(clip, logits, features, noise, salt) for salt, clip in enumerate(clips) if encode(clip.transcript)]


def _heard(clip: Clip, logits: Logits, features: FeatureConfig, noise: Noise | None, salt: int) -> Heard:
    head, tail = (np.zeros(length, np.int16) for length in (HEAD, TAIL))
    samples = np.concatenate([head, load(clip.path), tail])
    if noise:
        samples = augment.pcm16(with_noise(Recording(samples).signal(), noise, salt))
    log_probs = log_softmax(logits(FeatureStream(features).feed(samples)))
    return Heard(
        f"{clip.corpus}/{clip.path.name}",
        decode(encode(clip.transcript)),
        slots_of(clip.label),
        log_probs,
        len(samples) / SAMPLE_RATE,
    )


def streaming_logits(stream: ModelStream) -> Logits:
    """Those of a model, a step at a time, as the device computes them."""

    def logits(frames: Frames) -> LogProbs:
        stream.reset()
        return stream.feed(frames)[OUTPUT]

    return logits


def transcribe(heard: Sequence[Heard], scorers: Sequence[Scorer], beam: BeamConfig) -> Iterator[list[Hypothesis]]:
    """Hypotheses for each clip, best first; none where the scorers forbid all."""
    search = BeamSearch(scorers, beam)
    for one in heard:
        search.feed(one.log_probs)
        yield distinct(search.finish())


def best_texts(hypotheses: Sequence[Sequence[Hypothesis]]) -> list[str]:
    """The first of each; nothing where there is none."""
    return [some[0].text if some else "" for some in hypotheses]


def greedy_texts(heard: Sequence[Heard]) -> list[str]:
    """The text of the best path of each clip, with single spaces."""
    return [" ".join(greedy(one.log_probs).split()) for one in heard]


def error_rates(references: Sequence[str], texts: Sequence[str]) -> dict[str, float]:
    """Word and letter error rate, and the share of texts that are right to the letter, all in percent."""
    return {
        "wer": round(100 * jiwer.process_words(list(references), list(texts)).wer, 2),
        "cer": round(100 * jiwer.process_characters(list(references), list(texts)).cer, 2),
        "exact": round(100 * float(np.mean([one == other for one, other in zip(references, texts, strict=True)])), 2),
    }
