"""Whether hours of audio wear the trigger network out: what it hears after an hour, and what after a reset.

    python benchmarks/drift.py AUDIO [HOURS]               AUDIO: a folder of corpora, each with a manifest.csv

The shipped network, in int8 and in float, hears silence, a hiss, or the noises of the data for an hour, and then words
of many speakers. The same network is set to zero ten seconds before the end of the hour: what the two differ by in the
words is what an hour has done to the state. Neither forgets by itself, as the listener does when it is quiet.
"""

import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from edge.audio import SAMPLE_RATE, Pcm16
from edge.features import FeatureConfig, FeatureStream, Frames
from edge.maths import sigmoid
from edge.model import StreamingModel, find_runtime
from edge.model.stream import ModelStream
from edge.pipeline import detector_config, thresholds_for
from edge.second_look import SecondLook
from edge.trigger import Detector, Posteriors
from train.corpora.audio import load
from train.corpora.manifest import Clip, read_corpora
from train.export import export, load_weights
from train.recipes.trigger.recipe import WEIGHTS, TriggerRecipe

MINUTE: Final = 60 * SAMPLE_RATE
RECENT: Final = 1000
"""Frames (10 s) between the reset and the words."""
SPEAKERS: Final = 20
"""Of each word."""
HEADER: Final = """\
| stream | an hour of | highest score, first 10 min | last 10 min | states apart | after words | scores apart | most | \
missed | after a reset |
|---|---|---|---|---|---|---|---|---|---|"""
"""Scores apart: their median, and the most."""


@dataclass(frozen=True, slots=True)
class Heard:
    """Scores of the words, and the states before and after them."""

    scores: list[float]
    before: npt.NDArray[np.float64]
    after: npt.NDArray[np.float64]


class Room:
    """The frames of an hour in which nobody speaks, and of words after it."""

    def __init__(
        self, kind: str, config: FeatureConfig, noises: Sequence[Pcm16], said: Sequence[Pcm16], hours: float
    ) -> None:
        features, minutes = FeatureStream(config), _minutes(kind, noises)
        self.kind = kind
        self.hour: list[Frames] = [features.feed(next(minutes)) for _ in range(round(hours * 60))]
        self.words: list[Frames] = [features.feed(samples) for samples in said]


def _minutes(kind: str, noises: Sequence[Pcm16]) -> Iterator[Pcm16]:
    rng = np.random.default_rng(1)
    while True:
        if kind == "silence":
            yield np.zeros(MINUTE, np.int16)
        elif kind == "hiss":
            yield rng.normal(0, 100, MINUTE).astype(np.int16)
        else:
            drawn = [noises[int(rng.integers(len(noises)))] for _ in range(60)]
            yield np.resize(np.concatenate(drawn), MINUTE)


def features_of(model: StreamingModel) -> FeatureConfig:
    """What frames hold, for the network and for its second look."""
    look = SecondLook.of(model)
    return look.features if look else model.bundle.manifest.frames


def float_stream(model: StreamingModel, folder: Path) -> ModelStream:
    """The network that the bundle was quantised from, whose weights lie beside the recipe."""
    manifest = model.bundle.manifest
    network = TriggerRecipe().cascade().always
    load_weights(network, WEIGHTS)
    file = folder / "float.tflite"
    file.write_bytes(export(network, [], "float"))
    states = [(state.input, state.output) for state in manifest.tensors.states]
    return ModelStream(find_runtime().open(file), manifest.stack, states)


def state_of(stream: ModelStream) -> npt.NDArray[np.float64]:
    """In real units, -1 to 1."""
    joined = np.concatenate([state.ravel() for state in stream.states])
    return joined / (128 if joined.dtype == np.int8 else 1)


class Listening:
    """What the device makes of a stream: with the second look, and the mean of the last steps."""

    def __init__(self, model: StreamingModel, stream: ModelStream) -> None:
        manifest = model.bundle.manifest
        self.stream, self._look = stream, SecondLook.of(model)
        self._detector = Detector(manifest.labels, {}, "", detector_config(manifest))

    def scores(self, frames: Frames) -> Posteriors:
        """Of the words, (steps, words)."""
        logits = self.stream.feed(frames[:, : self.stream.bands])["scores"]
        return self._detector.smooth(sigmoid(self._look.feed(frames, logits) if self._look else logits))


def hear(listening: Listening, frames: Sequence[Frames], columns: Sequence[int]) -> Heard:
    """The words, one after another; `columns` are those of their scores."""
    before = state_of(listening.stream)
    scores = [float(listening.scores(some)[:, column].max()) for some, column in zip(frames, columns, strict=True)]
    return Heard(scores, before, state_of(listening.stream))


def row(name: str, stream: ModelStream, room: Room, model: StreamingModel, labels: Sequence[str]) -> str:
    """What an hour in a room has done to a stream."""
    manifest = model.bundle.manifest
    columns = [manifest.labels.index(label) for label in labels]
    stream.reset()
    listening = Listening(model, stream)
    peaks = [float(listening.scores(minute).max()) for minute in room.hour]
    worn = hear(listening, room.words, columns)
    stream.reset()
    stream.feed(room.hour[-1][-RECENT:, : stream.bands])
    fresh = hear(Listening(model, stream), room.words, columns)
    apart = np.abs(np.subtract(worn.scores, fresh.scores))
    thresholds = thresholds_for(model, manifest.labels, 0.5)
    missed = [sum(s < thresholds[w] for s, w in zip(one.scores, labels, strict=True)) for one in (worn, fresh)]
    states = [
        float(np.abs(one - other).max()) for one, other in ((worn.before, fresh.before), (worn.after, fresh.after))
    ]
    figures = [max(peaks[:10]), max(peaks[-10:]), *states, float(np.median(apart)), float(apart.max())]
    cells = [name, room.kind, *(f"{figure:.3f}" for figure in figures), *(f"{n} of {len(labels)}" for n in missed)]
    return f"| {' | '.join(cells)} |"


def words(clips: Sequence[Clip], label: str) -> list[Pcm16]:
    """Clips of a word, each of another speaker and with a second of silence after it."""
    chosen = {clip.speaker: clip for clip in clips if clip.kind == "wakeword" and clip.label == label}
    return [np.pad(load(clip.path), (0, SAMPLE_RATE)) for clip in list(chosen.values())[:SPEAKERS]]


def main() -> None:
    """Print a row for each stream and room."""
    hours = float(sys.argv[2]) if len(sys.argv) > 2 else 1.0
    clips, model = read_corpora(Path(sys.argv[1])), StreamingModel.load("trigger-en")
    noises = [load(clip.path) for clip in clips if clip.kind == "noise"]
    said = [(label, samples) for label in model.bundle.manifest.labels for samples in words(clips, label)]
    labels, recordings = [label for label, _ in said], [samples for _, samples in said]
    print(HEADER)
    with tempfile.TemporaryDirectory() as folder:
        streams = {"int8": model.stream(), "float": float_stream(model, Path(folder))}
        for kind in ("silence", "hiss", "noises"):
            room = Room(kind, features_of(model), noises, recordings, hours)
            for name, stream in streams.items():
                print(row(name, stream, room, model, labels), flush=True)


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    main()
