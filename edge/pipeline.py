"""The signal path, in the order in which sound takes it. Read this file first.

    capture -> features -> trigger (-> second look) -> decoder -> understanding -> events -> alerts

Stream time is counted in samples and nothing here looks at a clock or a device, so a recording that is played again
gives the very same events, however it is cut into blocks. What was heard before a quiet does not matter after it
(edge/quiet.py), but for the last seconds, which a second look may read again, and for what it read just before
(edge/second_look.py).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from edge.audio import SAMPLE_RATE, AudioBlock, seconds
from edge.errors import BundleError, ConfigError
from edge.events import Event, Status, Trigger, Veto
from edge.features import FeatureConfig, FeatureStream, Frames
from edge.maths import sigmoid
from edge.model import Manifest, StreamingModel
from edge.second_look import SecondLook
from edge.spotter import Spotter
from edge.transcriber import TAIL, Said, Transcriber
from edge.trigger import Clock, Detector, DetectorConfig, Posteriors, threshold_for
from edge.understanding.meaning import Understanding
from edge.voices import Judge

PREROLL = 100
"""Frames (1 s) that are kept: a transcript begins where the trigger word ended, which is known only later."""
SILENT_TAIL = np.zeros(TAIL, np.int16)
"""What follows a recording, so that its last word can be heard out."""

FORGOTTEN = SAMPLE_RATE
"""Missing samples (1 s) after which nobody goes on with a sentence, or a word: all begins anew."""


class Pipeline:
    """Audio blocks in, events out; owns the state of one stream.

    Args:
        model: the trigger network.
        thresholds: threshold of each word to listen for, 0 to 1; none: no events, and `scores` tell of all words.
        transcriber: writes down what is said after a trigger word; None: nothing does.
        spotter: listens for keywords all the time; None: nothing does.
        understanding: says what a transcript means; None: nothing does.
        judge: hears in whose voice a trigger word was said, and may veto it; None: anybody's will do.

    Raises:
        ConfigError: a threshold is for a word that the network does not know.
        BundleError: the networks do not hear the same frames, or one that hears again is missing or damaged.
    """

    def __init__(
        self,
        model: StreamingModel,
        thresholds: dict[str, float],
        transcriber: Transcriber | None = None,
        spotter: Spotter | None = None,
        understanding: Understanding | None = None,
        judge: Judge | None = None,
    ) -> None:
        manifest = model.bundle.manifest
        own = manifest.frames
        _known(thresholds, manifest.labels)
        self._look = SecondLook.of(model)
        # One stream of frames for all: others' may hold more than the trigger network's, which then come first.
        decoded = [stage.features for stage in (transcriber, spotter) if stage]
        self._feature_config = _widest([own, *decoded, *([self._look.features] if self._look else [])])
        self._features, self._width = FeatureStream(self._feature_config), own.width
        self._decoded = decoded[0].width if decoded else own.width
        self._judge, self._network = judge, model.stream(tell_frames=judge is not None, endless=True)
        self._detector = Detector(manifest.labels, thresholds, model.bundle.model_id, detector_config(manifest))
        self._transcriber, self._spotter, self._understanding = transcriber, spotter, understanding
        self._expected = self._steps = self._frames = 0
        self._paused = False
        self._recent: Frames = np.empty((0, self._decoded), np.float32)
        self._clock = Clock.of(self._feature_config, self._network.stack)
        self.scores: Posteriors = np.empty((0, len(manifest.labels)), np.float32)
        """Posteriors of the last block's steps, for those who want to watch: (steps, words); of others than those to
        listen for, a second look tells nothing."""
        self.tune(thresholds)

    def run(self, blocks: Iterable[AudioBlock]) -> Iterator[Event]:
        """All events of a stream, as they happen."""
        for block in blocks:
            yield from self.feed(block)
        yield from self.finish()

    def feed(self, block: AudioBlock) -> list[Event]:
        """The events that one more block brings."""
        gap = self._gap(block)
        frames = self._features.feed(block.samples)
        if not len(frames):
            self.scores = self.scores[:0]
            return gap
        return [*gap, *self._decode(frames, self._trigger(frames))]

    def finish(self) -> list[Event]:
        """The stream has ended: what it was in the middle of, as if silence followed; a last word is heard out, too."""
        frames = self._features.feed(SILENT_TAIL)
        return [*self._decode(frames, self._trigger(frames)), *self._understand(self._written())]

    def pause(self) -> list[Event]:
        """The stream is not to be heard for a while: what was being written down, as if silence followed.

        What is missing before the next samples is then no loss.
        """
        self._paused = True
        return self.cut_off()

    def cut_off(self) -> list[Event]:
        """What was being written down, as if silence followed: nobody knows when there will be sound again.

        No word is made of a half and a silence that nobody heard.
        """
        frames = self._features.feed(SILENT_TAIL)
        said = self._transcribe(self._transcriber, frames[:, : self._decoded], []) if self._transcriber else []
        told = [*self._understand([*said, *self._written()])]
        self._begin_anew(self._expected)
        return told

    def forget_utterance(self) -> None:
        """Write down nothing of what was said since the last trigger word."""
        if self._transcriber:
            self._transcriber.busy = False

    def _written(self) -> list[Said]:
        """What was in the middle of being written down, to its end."""
        return [self._transcriber.finish()] if self._transcriber and self._transcriber.busy else []

    def tune(self, thresholds: dict[str, float]) -> None:
        """Decide by other thresholds from now on, by word, 0 to 1; only these words wake who hears again."""
        self._detector.tune(thresholds)
        if self._look:
            self._look.watch(thresholds)

    def _trigger(self, frames: Frames) -> list[Trigger | Veto]:
        outputs = self._network.feed(frames[:, : self._width])
        scores, timing = outputs["scores"], sigmoid(outputs["timing"])
        if self._look:
            scores = self._look.feed(frames[:, : self._look.features.width], scores)
            timing = self._look.recall(timing, seconds(self._clock.step) / self._detector.timing_seconds)
        self.scores = sigmoid(scores)
        first, self._steps = self._steps, self._steps + len(self.scores)
        triggers = self._detector.feed(self.scores, timing, first, self._clock)
        return self._judge.feed(outputs, triggers, first, self._clock) if self._judge else [*triggers]

    def _decode(self, frames: Frames, heard: Sequence[Trigger | Veto]) -> list[Event]:
        triggers = [event for event in heard if isinstance(event, Trigger)]
        vetoes = [event for event in heard if isinstance(event, Veto)]
        decoded = frames[:, : self._decoded]
        said = self._transcribe(self._transcriber, decoded, triggers) if self._transcriber else triggers
        keywords = self._spotter.feed(decoded) if self._spotter else []
        return sorted([*vetoes, *self._understand(said), *keywords], key=lambda event: event.at)

    def _transcribe(self, transcriber: Transcriber, frames: Frames, triggers: list[Trigger]) -> list[Trigger | Said]:
        """Each trigger begins a transcript anew, also in the middle of another (barge-in)."""
        events: list[Trigger | Said] = []
        recent = np.concatenate([self._recent, frames])
        base = self._frames - len(self._recent)
        for trigger in triggers:
            heard = self._frames_until(trigger.at)
            events += [*transcriber.feed(recent[self._frames - base : heard - base]), trigger]
            first = max(base, heard - PREROLL, min(heard, self._frames_until(trigger.ended)))
            transcriber.begin(self._clock.start + first * self._feature_config.hop)
            # What was said before the trigger was known is not told as if it had been.
            events += [replace(one, at=trigger.at) for one in transcriber.feed(recent[first - base : heard - base])]
            self._frames = heard
        events += transcriber.feed(recent[self._frames - base :])
        self._frames, self._recent = base + len(recent), recent[-PREROLL:]
        return events

    def _understand(self, said: Sequence[Event]) -> Iterator[Event]:
        """The events, and after each transcript what it means."""
        for event in said:
            yield event
            if self._understanding:
                yield from self._understanding.feed(event)

    def _frames_until(self, at: float) -> int:
        """Frames of this grid that are complete at a stream time."""
        samples = round(at * SAMPLE_RATE) - self._clock.start - self._feature_config.window
        return max(0, samples // self._feature_config.hop + 1)

    def _gap(self, block: AudioBlock) -> list[Event]:
        """Samples that were lost before this block: said, and the clock moved on by them."""
        lost, self._expected = block.start - self._expected, block.end
        paused = self._paused
        if len(block.samples):
            self._paused = False
        said = self.cut_off() if lost > FORGOTTEN and not paused else []
        if paused or lost > FORGOTTEN:
            self._begin_anew(block.start)
        elif lost > 0:
            self._rejoin(block.start)
        if paused or lost <= 0:
            return []
        detail = "audio came faster than it was worked on, or the device lost it"
        return [*said, Status(at=seconds(block.start), what="overflow", lost_samples=lost, detail=detail)]

    def _begin_anew(self, start: int) -> None:
        """Forget all that was heard before a sample index: halves of a word that lie far apart are none."""
        self._features.reset()
        self._network.reset()
        self._detector.reset()
        if self._look:
            self._look.reset()
        if self._judge:
            self._judge.reset()
        if self._spotter:
            self._spotter.begin(start)
        if self._transcriber:
            self._transcriber.rejoin(start)
        self._begin_grid(start)

    def _rejoin(self, start: int) -> None:
        """Go on at a sample index after a short gap; what was heard before it counts."""
        self._features.rejoin()
        self._network.rejoin()
        if self._look:
            self._look.rejoin()
        for stage in (self._transcriber, self._spotter):
            if stage:
                stage.rejoin(start)
        self._begin_grid(start)

    def _begin_grid(self, start: int) -> None:
        """Windows begin at a sample index, and are counted from there."""
        self._steps = self._frames = 0
        self._recent = self._recent[:0]
        self._clock = Clock.of(self._feature_config, self._network.stack, start)


def _widest(stages: Sequence[FeatureConfig]) -> FeatureConfig:
    """What frames hold, so that each stage finds what it hears, or that comes first."""
    widest = max(stages, key=lambda features: features.width)
    if any(features not in (widest, widest.first) for features in stages):
        raise BundleError("the speech model hears other frames than the trigger model or its second look: name another")
    return widest


def _known(words: Iterable[str], labels: Sequence[str]) -> list[str]:
    """The words, all of which a network knows."""
    words = list(words)
    for word in words:
        if word not in labels:
            raise ConfigError(f"{word!r} is none of the words of the model: {', '.join(labels)}")
    return words


def detector_config(manifest: Manifest) -> DetectorConfig:
    """The detector that goes with a network.

    Raises:
        BundleError: the manifest does not say, or what cannot be.
    """
    try:
        return DetectorConfig(
            smoothing_steps=int(manifest.detector["smoothing_steps"]),
            leave_ratio=manifest.detector["leave_ratio"],
            refractory_seconds=manifest.detector["refractory_seconds"],
            timing_seconds=manifest.detector["timing_seconds"],
        )
    except KeyError as missing:
        name = missing.args[0]
        raise BundleError(f"{manifest.name}: the manifest has no detector.{name}; use a trigger model") from None
    except (ValueError, OverflowError) as error:
        raise BundleError(f"{manifest.name}: detector: {error}; copy or export the bundle again") from None


def thresholds_for(model: StreamingModel, words: Iterable[str], false_accepts_per_hour: float) -> dict[str, float]:
    """The threshold of each word for a budget of false accepts, from the curves of the bundle.

    Raises:
        ConfigError: the budget is below what was measured, or the network does not know a word.
    """
    points = model.bundle.manifest.operating_points
    words = _known(words, tuple(points))
    return {word: threshold_for(points[word], false_accepts_per_hour, word) for word in words}
