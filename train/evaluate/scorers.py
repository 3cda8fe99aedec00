"""What turns test streams into smoothed posteriors: a float network in training, or a finished bundle."""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from edge.audio import SAMPLE_RATE
from edge.features import FeatureConfig, FeatureStream, Frames
from edge.maths import sigmoid
from edge.model import ModelStream, StreamingModel
from edge.second_look import SecondLook
from edge.trigger import Detector, DetectorConfig, Posteriors
from train.evaluate.streams import LongStream
from train.networks import Network
from train.quantize import stack_frames

Logits: TypeAlias = npt.NDArray[np.float32]
"""Shape (steps, words)."""

MINUTE = 60 * SAMPLE_RATE
BATCH = 16
"""Streams that go through the float network side by side."""


def float_scores(network: Network, features: FeatureConfig, streams: Sequence[LongStream]) -> list[Logits]:
    """Logits of each stream, from the sequence view."""
    run = tf.function(lambda frames: network.sequence(frames)["scores"], reduce_retracing=True)
    logits: list[Logits] = []
    for first in range(0, len(streams), BATCH):
        group = [
            stack_frames(frames_of(stream, features), network.spec.stack) for stream in streams[first : first + BATCH]
        ]
        longest = max(len(steps) for steps in group)
        batch = np.stack([np.pad(steps, ((0, longest - len(steps)), (0, 0))) for steps in group])
        logits += [out[: len(steps)] for out, steps in zip(run(batch).numpy(), group, strict=True)]
    return logits


def bundle_scores(model: StreamingModel, streams: Iterable[LongStream]) -> Iterator[Logits]:
    """Logits of each stream, a step at a time, as the device computes them, with its second look."""
    features = model.bundle.manifest.frames
    network, look = model.stream(endless=True), SecondLook.of(model)
    return (looked_at(network, features, look, stream) for stream in streams)


def looked_at(network: ModelStream, features: FeatureConfig, look: SecondLook | None, stream: LongStream) -> Logits:
    """Logits of a stream by a network that hears some features, and by its second look, if it has one."""
    network.reset()
    frames = frames_of(stream, look.features if look else features)
    logits = network.feed(frames[:, : features.width])["scores"]
    if look is None:
        return logits
    look.reset()
    return look.feed(frames, logits)


def smoothed(logits: Iterable[Logits], config: DetectorConfig) -> list[Posteriors]:
    """The scores that the detector holds against its thresholds."""
    return [Detector([""] * track.shape[1], {}, "", config).smooth(sigmoid(track)) for track in logits]


@lru_cache(maxsize=4096)
def frames_of(stream: LongStream, features: FeatureConfig) -> Frames:
    """The stream's features, from its first sample; kept, because several views of a network hear the same stream."""
    source = FeatureStream(features)
    # Hours at once would need many times their memory.
    return np.concatenate(
        [source.feed(stream.samples[at : at + MINUTE]) for at in range(0, max(1, len(stream.samples)), MINUTE)]
    )
