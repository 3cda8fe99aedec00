"""The signal path, in the order in which sound takes it. Read this file first.

    capture -> features -> trigger -> (decoder -> understanding -> alerts: to come) -> events

Stream time is counted in samples and nothing here looks at a clock or a device, so a recording that is played again
gives the very same events, however it is cut into blocks.
"""

from collections.abc import Iterable, Iterator

import numpy as np

from edge.audio import AudioBlock, seconds
from edge.errors import BundleError
from edge.events import Event, Status, Trigger
from edge.features import FeatureConfig, FeatureStream
from edge.model import Manifest, StreamingModel
from edge.trigger import Clock, Detector, DetectorConfig, Posteriors, sigmoid, threshold_for


class Pipeline:
    """Audio blocks in, events out; owns the state of one stream.

    Args:
        model: the trigger network.
        thresholds: threshold of each word to listen for, 0 to 1.
    """

    def __init__(self, model: StreamingModel, thresholds: dict[str, float]) -> None:
        manifest = model.bundle.manifest
        self._feature_config = manifest.features or FeatureConfig()
        self._features = FeatureStream(self._feature_config)
        self._network = model.stream()
        self._detector = Detector(manifest.labels, thresholds, model.bundle.model_id, detector_config(manifest))
        self._expected = 0
        self._steps = 0
        self._clock = Clock.of(self._feature_config, self._network.stack)
        self.scores: Posteriors = np.empty((0, len(manifest.labels)), np.float32)
        """Posteriors of the last block's steps, for those who want to watch: (steps, words)."""

    def run(self, blocks: Iterable[AudioBlock]) -> Iterator[Event]:
        """All events of a stream, as they happen."""
        for block in blocks:
            yield from self.feed(block)

    def feed(self, block: AudioBlock) -> list[Event]:
        """The events that one more block brings."""
        gap = self._gap(block)
        return [*gap, *self._trigger(block)]

    def _trigger(self, block: AudioBlock) -> list[Trigger]:
        frames = self._features.feed(block.samples)
        if not len(frames):
            self.scores = self.scores[:0]
            return []
        outputs = self._network.feed(frames)
        self.scores = sigmoid(outputs["scores"])
        first, self._steps = self._steps, self._steps + len(self.scores)
        return self._detector.feed(self.scores, sigmoid(outputs["timing"]), first, self._clock)

    def _gap(self, block: AudioBlock) -> list[Status]:
        """Samples that were lost before this block: said, and the clock moved on by them."""
        lost, self._expected = block.start - self._expected, block.end
        if lost <= 0:
            return []
        self._rejoin(block.start)
        detail = "audio came faster than it was worked on, or the device lost it"
        return [Status(at=seconds(block.start), what="overflow", lost_samples=lost, detail=detail)]

    def _rejoin(self, start: int) -> None:
        """Begin a new grid of windows at a sample index; what the network has heard, it keeps."""
        self._features.rejoin()
        self._network.rejoin()
        self._steps = 0
        self._clock = Clock.of(self._feature_config, self._network.stack, start)


def detector_config(manifest: Manifest) -> DetectorConfig:
    """The detector that goes with a network.

    Raises:
        BundleError: the manifest does not say.
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


def thresholds_for(model: StreamingModel, words: Iterable[str], false_accepts_per_hour: float) -> dict[str, float]:
    """The threshold of each word for a budget of false accepts, from the curves of the bundle.

    Raises:
        ConfigError: the budget is below what was measured.
    """
    points = model.bundle.manifest.operating_points
    return {word: threshold_for(points[word], false_accepts_per_hour, word) for word in words}
