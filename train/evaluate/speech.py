"""How well speech is written down: clips -> log probabilities, once -> texts, under any language and beam -> rates."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import jiwer
import numpy as np

from edge.audio import SAMPLE_RATE, Pcm16, pcm16
from edge.decoder.alphabet import decode, encode
from edge.decoder.beam import BeamConfig, BeamSearch, Hypothesis
from edge.decoder.ctc import LogProbs, greedy
from edge.decoder.scorer import Scorer
from edge.errors import DataError
from edge.features import FeatureConfig, FeatureStream, Frames
from edge.maths import log_softmax
from edge.model import StreamingModel
from edge.model.stream import ModelStream
from edge.transcriber import HEAD, OUTPUT, TAIL, distinct, speech_figures
from train.corpora.audio import load
from train.corpora.manifest import Clip
from train.corpora.splits import voice
from train.evaluate.slots import slots_of
from train.evaluate.streams import Noise, with_noise
from train.ngram.text import UNWRITABLE, spoken
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
    """Length of the recording."""
    voice: str = ""
    """Whose recording it is."""


def hear(clips: Sequence[Clip], logits: Logits, features: FeatureConfig, noise: Noise | None = None) -> list[Heard]:
    """All clips whose words are known, each begun from silence and followed by it, with noise under them.

    A clip without words, or with some that are written in digits, is left out: how those were said, nobody knows.
    """
    references = [as_said(clip.transcript) for clip in clips]
    known = [(salt, clip, said) for salt, (clip, said) in enumerate(zip(clips, references, strict=True)) if said]
    return [_heard(clip, said, logits, features, (noise, str(salt)) if noise else None) for salt, clip, said in known]


def hear_noise(clips: Sequence[Clip], logits: Logits, features: FeatureConfig) -> list[Heard]:
    """Clips in which nobody says anything, as `hear` has those in which somebody does."""
    return [_heard(clip, "", logits, features) for clip in clips]


def heard_by(model: StreamingModel, clips: Sequence[Clip], data: Path, noise: Noise | None = None) -> list[Heard]:
    """All clips of some `data`, as a bundle hears them a step at a time.

    Raises:
        BundleError: it is no speech network.
        DataError: there is none whose words are known: nothing to score is nothing that no network gets wrong.
    """
    speech_figures(model.bundle)
    heard = hear(clips, streaming_logits(model.stream()), model.bundle.manifest.frames, noise)
    if not heard:
        raise DataError(f"{data} holds no clip whose words are known: write them, in letters, as transcripts")
    return heard


def as_said(transcript: str) -> str:
    """The words of a transcript as the network spells them, single spaces between; none where some are not known."""
    said = " ".join(spoken(transcript).split())
    return "" if UNWRITABLE in said else decode(encode(said))


def _heard(
    clip: Clip, said: str, logits: Logits, features: FeatureConfig, noise: tuple[Noise, str] | None = None
) -> Heard:
    recorded = load(clip.path)
    samples = in_silence(recorded)
    if noise:
        samples = pcm16(with_noise(Recording(samples).signal(), *noise))
    log_probs = spelled(samples, logits, features)
    slots = tuple(map(as_said, slots_of(clip.label)))
    slots = slots if all(slots) else ()
    seconds = len(recorded) / SAMPLE_RATE
    return Heard(f"{clip.corpus}/{clip.path.name}", said, slots, log_probs, seconds, voice(clip))


def in_silence(samples: Pcm16) -> Pcm16:
    """A recording with HEAD of silence before it and TAIL after it."""
    head, tail = (np.zeros(length, np.int16) for length in (HEAD, TAIL))
    return np.concatenate([head, samples, tail])


def spelled(samples: Pcm16, logits: Logits, features: FeatureConfig) -> LogProbs:
    """Log probabilities of the letters at each step, (steps, SYMBOLS), begun from silence."""
    return log_softmax(logits(FeatureStream(features).feed(samples)))


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
        yield distinct(search.finish(), beam.length_exponent)


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
