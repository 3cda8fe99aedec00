"""What is said in one utterance: frames in, partial texts and in the end a transcript out.

frames -- speech network -- log_softmax --> log probabilities -- beam search, guided by scorers --> hypotheses
       -- loudness --> decibels, and log probabilities -- endpoint --> the utterance is over
hypotheses -- the best so far, now and then --> Partial
           -- confidence, and the time of each word --> Transcript

Steps are counted from the first frame of the utterance, so an event does not depend on how frames come in portions.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from edge.audio import SAMPLE_RATE, seconds
from edge.decoder.alphabet import SPACE, SYMBOLS, encode
from edge.decoder.beam import BeamConfig, BeamSearch, Hypothesis
from edge.decoder.confidence import Calibration
from edge.decoder.ctc import LogProbs, align
from edge.decoder.guidance import Guidance
from edge.decoder.rescoring import Rescorer
from edge.decoder.scorer import Scorer
from edge.endpoint import Endpoint, EndpointConfig, Loudness, is_speech
from edge.errors import BundleError
from edge.events import Alternative, Partial, SpokenWord, Transcript
from edge.features import FeatureStream, Frames
from edge.maths import log_softmax
from edge.model import Bundle, StreamingModel
from edge.trigger import Clock

Said: TypeAlias = Partial | Transcript

OUTPUT: Final = "letters"
"""What the network of speech gives."""

FIGURES: Final = (
    "language_weight",
    "word_bonus",
    "unknown_penalty",
    "confidence_margin",
    "confidence_fit",
    "confidence_offset",
    "keyword_threshold",
)
"""What its manifest says of decoding."""

HEAD: Final = int(0.3 * SAMPLE_RATE)
"""Samples of silence before a recording that may begin in the midst of a sound: the network spells nothing at once."""
TAIL: Final = int(0.4 * SAMPLE_RATE)
"""Samples of silence after a recording: the network, which cannot look ahead, spells a sound some time after it."""


@dataclass(frozen=True, slots=True)
class TranscriberConfig:
    """How an utterance is heard out."""

    beam: BeamConfig = field(default_factory=BeamConfig)

    endpoint: EndpointConfig | None = field(default_factory=EndpointConfig)
    """None: the utterance ends when the sound does."""

    partial_steps: int = 5
    """Steps from one look at the best text so far to the next: at whether it is news, and whether it may be all."""

    nbest: int = 5
    """Most alternatives in a transcript."""


class Transcriber:
    """Hears one utterance after another; owns the network's stream and the beam.

    Args:
        model: the speech network.
        scorers: language models, grammars and hot words that guide the search.
        rescorer: ranks what the search has found anew at the end.

    Raises:
        BundleError: it is no speech network.
    """

    def __init__(
        self,
        model: StreamingModel,
        scorers: Sequence[Scorer] = (),
        config: TranscriberConfig | None = None,
        rescorer: Rescorer | None = None,
    ) -> None:
        manifest = model.bundle.manifest
        self._model_id = model.bundle.model_id
        self._config = config or TranscriberConfig()
        self.features = manifest.frames
        """What the frames hold that it is fed."""
        self._network = model.stream()
        self._search = BeamSearch(scorers, self._config.beam)
        self._rescorer = rescorer
        self._calibration = Calibration.of(speech_figures(model.bundle))
        step_seconds = manifest.stack * self.features.seconds_per_frame
        self._endpoint = Endpoint(self._config.endpoint, step_seconds) if self._config.endpoint else None
        self._loudness = Loudness(self.features, manifest.stack)
        self.begin(0)
        self.busy = False

    def begin(self, start: int) -> None:
        """A new utterance; the window of its first frame begins at sample `start` of the stream."""
        self._clock = Clock.of(self.features, self._network.stack, start)
        self._network.reset()
        self._loudness.rejoin()
        self._search.reset()
        if self._endpoint:
            self._endpoint.reset()
        self._heard: list[LogProbs] = []
        self._steps = 0
        self._text = ""
        self._unfinished = not self._search.may_end()
        self._begun = False
        self.busy = True
        """Whether an utterance has begun and is not over."""

    def begin_recording(self, features: FeatureStream) -> None:
        """A new utterance, with the first sample of a new stream, after HEAD of silence."""
        features.reset()
        self.begin(-HEAD)
        self.feed(features.feed(np.zeros(HEAD, np.int16)))

    def feed(self, frames: Frames) -> list[Said]:
        """What is new after some more frames, (frames, bands); nothing once the utterance is over."""
        if not self.busy:
            return []
        log_probs = log_softmax(self._network.feed(frames)[OUTPUT])
        level_db = self._loudness.feed(frames)
        said: list[Said] = []
        while len(log_probs) and self.busy:
            due = self._config.partial_steps - self._steps % self._config.partial_steps
            said += self._hear(log_probs[:due], level_db[:due])
            log_probs, level_db = log_probs[due:], level_db[due:]
        return said

    def finish(self) -> Transcript:
        """What was said, as if the sound ended here; the utterance is over."""
        self.busy = False
        heard = np.concatenate([np.empty((0, SYMBOLS), np.float32), *self._heard])
        # All of the beam bears witness, not only what is told of it.
        beam = self._config.beam
        hypotheses = distinct(self._search.nbest(beam.width), beam.length_exponent)
        hypotheses = self._rescorer(hypotheses) if self._rescorer else hypotheses
        confidences = self._calibration.confidences(hypotheses, heard)
        found = [Alternative(one.text, sure) for one, sure in zip(hypotheses, confidences, strict=True)]
        best = found[0] if found else Alternative("", 0.0)
        return Transcript(
            at=self._now,
            text=best.text,
            confidence=best.confidence,
            words=tuple(self._words(heard, best.text)),
            nbest=tuple(found[: self._config.nbest]),
            model=self._model_id,
        )

    def rejoin(self, start: int) -> None:
        """Go on after a gap, with frames whose first window begins at sample `start`.

        Words that were said before it seem to be later by what was lost.
        """
        self._network.rejoin()
        self._loudness.rejoin()
        self._clock = Clock.of(self.features, self._network.stack, start - self._steps * self._clock.step)

    @property
    def _now(self) -> float:
        return seconds(self._clock.end_of(self._steps - 1)) if self._steps else seconds(self._clock.start)

    def _hear(self, log_probs: LogProbs, level_db: npt.NDArray[np.float32]) -> list[Said]:
        """Some steps, no more than to the next look at the best text so far."""
        speaking = is_speech(log_probs)
        end = self._endpoint.feed(speaking, level_db, self._unfinished, self._begun) if self._endpoint else None
        log_probs = log_probs[: end.step + 1 - self._steps] if end else log_probs
        self._search.feed(log_probs)
        self._heard.append(log_probs)
        self._steps += len(log_probs)
        news = [] if self._steps % self._config.partial_steps else self._look()
        return [*news, self.finish()] if end else news

    def _look(self) -> list[Said]:
        """The best text so far, if it is news; whether it may be all, or is a word, holds until the next look."""
        self._unfinished = not self._search.may_end()
        text = " ".join(self._search.partial().split())
        # Half a word of a grammar, or a letter alone, can be the end of the trigger word.
        self._begun = " " in text if self._unfinished else len(text) > 1
        if text == self._text:
            return []
        self._text = text
        return [Partial(at=self._now, text=text)]

    def _words(self, heard: LogProbs, text: str) -> list[SpokenWord]:
        """Each word with the time of its first letter and its last."""
        letters = encode(text)
        spans = zip(letters, align(heard, letters) if letters else [], strict=True)
        words = [[span for _, span in group] for is_space, group in groupby(spans, _is_space) if not is_space]
        times = ((self._begin_of(spans[0].first), self._begin_of(spans[-1].end)) for spans in words)
        return [SpokenWord(word, *time) for word, time in zip(text.split(), times, strict=True)]

    def _begin_of(self, step: int) -> float:
        return seconds(self._clock.start + step * self._clock.step)


def speech_figures(bundle: Bundle) -> Mapping[str, float]:
    """The figures of a speech network, `FIGURES` among them.

    Raises:
        BundleError: it is no speech network, or does not say.
    """
    manifest = bundle.manifest
    letters = manifest.tensors.outputs.get(OUTPUT)
    if letters is None or letters.shape[-1] != SYMBOLS:
        raise BundleError(f"{bundle.folder} is no speech model: name one of those, see hark models")
    for name in FIGURES:
        if name not in manifest.detector:
            raise BundleError(f"{bundle.folder}: the manifest has no detector.{name}; copy or export the bundle again")
    return manifest.detector


def own_language(bundle: Bundle) -> Guidance:
    """The language model that a speech network brings along, if it does, and what letters add beside it."""
    return Guidance(language=bundle.language, letter_bonuses=bundle.manifest.label_bonuses)


def distinct(hypotheses: Iterable[Hypothesis], exponent: float = 0.0) -> list[Hypothesis]:
    """Hypotheses that differ in nothing but spaces, which nobody hears, become one with single spaces; the best first.

    Args:
        hypotheses: of one utterance.
        exponent: of their length; see `BeamConfig`.
    """
    same = defaultdict[str, list[tuple[float, float]]](list)
    for one in hypotheses:
        same[" ".join(one.text.split())].append((one.score, one.acoustic))
    joined = (Hypothesis(text, *np.logaddexp.reduce(some).tolist()) for text, some in same.items())
    # Two that come second may be the likeliest together.
    return sorted(joined, key=lambda one: one.rank(exponent), reverse=True)


def _is_space(spelled: tuple[int, object]) -> bool:
    return spelled[0] == SPACE
