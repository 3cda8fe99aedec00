"""Four views of one network over the same frames: what quantisation costs, and what streaming costs.

    float             the sequence view that was trained, each recording from silence
    int8              the quantised file, each recording from silence
    streaming float   the float file in one unbroken stream over all recordings, cut into uneven blocks
    streaming int8    the quantised file likewise: what the device does

The streams are not reset between recordings, so an error that the states keep, or pile up, shows in them; they are
held against the sequence view over all recordings in one.
(Rybakov et al. 2020, arXiv 2005.06720, report their models by these four columns.)
"""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np

from edge.model.runtime import find_runtime
from edge.model.stream import ModelStream
from train.networks import Network
from train.quantize import Frames, stack_frames, state_names

Outputs: TypeAlias = Mapping[str, Frames]
"""Each output over time, (steps, width)."""

COLUMNS = ("float", "int8", "streaming float", "streaming int8")

BLOCKS = (1, 8, 3, 50, 2, 7)
"""Frames a call, in turn, of the streaming columns."""


@dataclass(frozen=True, slots=True)
class Difference:
    """How far an output lies from that of the sequence view over the same frames, in its own units."""

    rms: float
    largest: float
    agreement: float
    """Share of steps whose greatest output is the same one, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Parity:
    """The outputs of the four views, recording by recording: score them by the task's own measure."""

    outputs: Mapping[str, Sequence[Outputs]]
    """By column of `COLUMNS`; each holds one entry a recording."""

    unbroken: Outputs
    """The sequence view over all recordings in one: what the streaming columns should give."""

    def difference(self, column: str, output: str) -> Difference:
        """A column against the sequence view, over all recordings."""
        separate = np.concatenate([recording[output] for recording in self.outputs["float"]])
        reference = self.unbroken[output] if column.startswith("streaming") else separate
        other = np.concatenate([recording[output] for recording in self.outputs[column]])
        apart = np.abs(other - reference)
        agreement = np.mean(reference.argmax(axis=1) == other.argmax(axis=1))
        return Difference(float(np.sqrt(np.mean(apart**2))), float(apart.max()), float(agreement))

    def differences(self) -> dict[str, dict[str, Difference]]:
        """Of each output, those of all columns."""
        names = self.outputs["float"][0]
        return {output: {column: self.difference(column, output) for column in COLUMNS} for output in names}

    def table(self) -> str:
        """A Markdown table of all differences."""
        lines = ["| output | view | RMS | largest | same arg max |", "|---|---|---|---|---|"]
        for output, by_column in self.differences().items():
            for column, found in by_column.items():
                numbers = f"{found.rms:.2g} | {found.largest:.2g} | {100 * found.agreement:.2f} %"
                lines.append(f"| {output} | {column} | {numbers} |")
        return "\n".join(lines) + "\n"


def parity(network: Network, float_model: bytes, int8_model: bytes, recordings: Sequence[Frames]) -> Parity:
    """Run the four views.

    Args:
        network: the trained network.
        float_model: its float TFLite file.
        int8_model: its quantised TFLite file.
        recordings: frames of shape (frames, bands) each; what exceeds a whole number of steps is left out.
    """
    stack = network.spec.stack
    whole = [frames[: len(frames) // stack * stack] for frames in recordings]
    return Parity(
        {
            "float": [_sequence(network, frames) for frames in whole],
            "int8": [stream_of(int8_model, network).feed(frames) for frames in whole],
            "streaming float": list(_unbroken(stream_of(float_model, network), whole)),
            "streaming int8": list(_unbroken(stream_of(int8_model, network), whole)),
        },
        _sequence(network, np.concatenate(whole)),
    )


def stream_of(model: bytes, network: Network) -> ModelStream:
    """A stream from silence over a TFLite file that was exported from a network."""
    with tempfile.TemporaryDirectory(prefix="hark-parity-") as folder:
        path = Path(folder) / "model.tflite"
        path.write_bytes(model)
        spec = network.spec
        return ModelStream(find_runtime().open(path), spec.stack, state_names(network), window=spec.window)


def _sequence(network: Network, frames: Frames) -> Outputs:
    outputs = network.sequence(stack_frames(frames, network.spec.stack, network.spec.window)[None])
    return {name: value.numpy()[0] for name, value in outputs.items()}


def _unbroken(stream: ModelStream, recordings: Sequence[Frames]) -> Iterator[Outputs]:
    for frames in recordings:
        parts = [stream.feed(block) for block in cut(frames)]
        yield {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def cut(frames: Frames) -> Iterator[Frames]:
    """The frames in uneven blocks."""
    start = turn = 0
    while start < len(frames):
        size = BLOCKS[turn % len(BLOCKS)]
        yield frames[start : start + size]
        start, turn = start + size, turn + 1
