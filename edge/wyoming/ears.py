"""What a client may ask for: to be told of trigger words, or what is said. Blocks in, events of the protocol out.

    detect      --> Wake      -- Pipeline --> detection, or not-detected at the end
    transcribe  --> Dictation -- Transcriber --> transcript-start, transcript-chunk ..., transcript, transcript-stop
    recognize   --> Grammar --> intent with entities, or not-recognized

The models are shared and immutable, each hearing has streams of its own.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

from edge.audio import AudioBlock
from edge.decoder.beam import BeamConfig
from edge.decoder.grammar import Grammar
from edge.decoder.rescoring import Rescorer
from edge.decoder.scorer import Scorer
from edge.endpoint import EndpointConfig
from edge.events import Event as Happening
from edge.events import Transcript, Trigger
from edge.features import FeatureStream
from edge.model import StreamingModel
from edge.pipeline import Pipeline
from edge.transcriber import TAIL, Said, Transcriber, TranscriberConfig
from edge.voices import Gate, Voice
from edge.wyoming.messages import RefusalError

if TYPE_CHECKING:
    from wyoming.event import Event

LONGEST_SECONDS: Final = 60.0
"""A transcript ends after this time in any case, for a beam grows with what is said."""

UNHURRIED: Final = EndpointConfig(
    nothing_seconds=LONGEST_SECONDS,
    silence_seconds=LONGEST_SECONDS,
    wordless_seconds=LONGEST_SECONDS,
    longest_seconds=LONGEST_SECONDS,
)
"""The client says when an utterance is over; only one that never does is cut off."""


class Hearing(Protocol):
    """What a client has asked for, over one stream of sound."""

    def feed(self, block: AudioBlock, timestamp: int | None) -> "list[Event]":
        """What is to be told after one more block; the timestamp is that of the client's message, in milliseconds."""
        ...

    def finish(self) -> "list[Event]":
        """What is to be told at the end."""
        ...


@dataclass(frozen=True, slots=True)
class Ears:
    """The models that all clients share."""

    trigger: StreamingModel

    thresholds: Mapping[str, float]
    """Of each word that may be asked for, 0 to 1."""

    speech: StreamingModel

    scorers: Sequence[Scorer] = ()
    """What guides the search for what was said."""

    beam: BeamConfig = field(default_factory=BeamConfig)

    make_rescorer: Callable[[], Rescorer | None] = lambda: None
    """Makes what ranks finished texts anew."""

    voices: Sequence[Voice] = ()
    """Those that alone trigger the words that they are enrolled for."""

    def choose(self, names: Sequence[str]) -> dict[str, float]:
        """The words that a client names, all if it names none.

        Raises:
            RefusalError: one of them is not known.
        """
        if not set(names) <= self.thresholds.keys():
            raise RefusalError(f"named a word that is not listened for, which are: {', '.join(self.thresholds)}")
        return {name: self.thresholds[name] for name in names or self.thresholds}

    @property
    def grammar(self) -> Grammar | None:
        """The sentences that alone are let through, if so."""
        return next((scorer for scorer in self.scorers if isinstance(scorer, Grammar)), None)

    def understand(self, text: str) -> "Event":
        """The intent of a text: the public rule of the grammar that it follows, with the other rules as entities."""
        from wyoming.intent import Entity, Intent, NotRecognized

        reading = self.grammar.read(text) if self.grammar else None
        if reading is None:
            return NotRecognized().event()
        return Intent(reading.intent, [Entity(name, words) for name, words in reading.slots]).event()

    def wake(self, thresholds: dict[str, float]) -> "Wake":
        """A hearing for trigger words."""
        judge = Gate(self.trigger.bundle.manifest, self.voices) if self.voices else None
        return Wake(Pipeline(self.trigger, thresholds, judge=judge))

    def dictation(self) -> "Dictation":
        """A hearing for what is said."""
        config = TranscriberConfig(self.beam, UNHURRIED, nbest=1)
        features = self.speech.bundle.manifest.frames
        return Dictation(FeatureStream(features), Transcriber(self.speech, self.scorers, config, self.make_rescorer()))


class Wake:
    """Tells of trigger words."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline
        self._detected = False
        self._last: int | None = None
        """Timestamp of the newest sound, if the client gives any."""

    def feed(self, block: AudioBlock, timestamp: int | None) -> "list[Event]":
        """A detection for each word, with the client's timestamp, or stream milliseconds if it has none."""
        self._last = self._last if timestamp is None else timestamp
        return self._detections(self._pipeline.feed(block))

    def _detections(self, events: "Sequence[Happening]") -> "list[Event]":
        from wyoming.wake import Detection

        triggers = [event for event in events if isinstance(event, Trigger)]
        self._detected |= bool(triggers)
        stamps = [round(1000 * trigger.at) if self._last is None else self._last for trigger in triggers]
        return [Detection(trigger.name, stamp).event() for trigger, stamp in zip(triggers, stamps, strict=True)]

    def finish(self) -> "list[Event]":
        """What ends with the sound, and says if there was no word at all."""
        from wyoming.wake import NotDetected

        last = self._detections(self._pipeline.finish())
        return last if self._detected else [NotDetected().event()]


class Dictation:
    """Tells what is said: word by word as far as that is settled, and in full at the end."""

    def __init__(self, features: FeatureStream, transcriber: Transcriber) -> None:
        self._features = features
        self._transcriber = transcriber
        self._agreement = Agreement()
        self._started = False
        transcriber.begin_recording(features)

    def feed(self, block: AudioBlock, timestamp: int | None) -> "list[Event]":  # noqa: ARG002 (of a hearing)
        """The words that are settled, and all there is to tell once the utterance is too long."""
        said = self._transcriber.feed(self._features.feed(block.samples))
        return [event for one in said for event in self._tell(one)]

    def finish(self) -> "list[Event]":
        """The transcript."""
        said = self._transcriber.feed(self._features.feed(np.zeros(TAIL, np.int16)))
        if self._transcriber.busy:
            said.append(self._transcriber.finish())
        return [event for one in said for event in self._tell(one)]

    def _tell(self, said: Said) -> "list[Event]":
        from wyoming import asr

        is_last = isinstance(said, Transcript)
        text = self._agreement.rest(said.text) if is_last else self._agreement.settled(said.text)
        chunk = [asr.TranscriptChunk(text).event()] if text else []
        start = [] if self._started or not (chunk or is_last) else [asr.TranscriptStart().event()]
        self._started |= bool(start)
        end = [asr.Transcript(said.text).event(), asr.TranscriptStop().event()] if is_last else []
        return [*start, *chunk, *end]


class Agreement:
    """The words that some looks at an unfinished text agree on: local agreement (Liu, Spanakis, Niehues 2020).

    What has been told is not taken back: where the end of an utterance still changes its beginning, the pieces differ
    from the transcript, which counts.
    """

    def __init__(self, looks: int = 8) -> None:
        self._looks: deque[list[str]] = deque(maxlen=looks)
        self._told = 0

    def settled(self, text: str) -> str:
        """The further words on which this look and those before it agree."""
        self._looks.append(text.split())
        if len(self._looks) < (self._looks.maxlen or 0):
            return ""
        agreed = [some[0] for some in takewhile(_all_same, zip(*self._looks, strict=False))]
        return self._advance(agreed)

    def rest(self, text: str) -> str:
        """All words after those that have been told."""
        return self._advance(text.split())

    def _advance(self, words: list[str]) -> str:
        """The words from the first that has not been told on, with the space before them."""
        new = words[self._told :]
        space = " " if self._told and new else ""
        self._told = max(self._told, len(words))
        return space + " ".join(new)


def _all_same(words: tuple[str, ...]) -> bool:
    return len(set(words)) == 1
