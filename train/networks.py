"""Networks as data: a stack of recurrent layers with named linear heads, built from a frozen description."""

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import tensorflow as tf

from train.cells import GRU, LSTM, Cell, States, fake_quantise_weight

Outputs: TypeAlias = dict[str, tf.Tensor]
CELLS: dict[str, type[GRU] | type[LSTM]] = {"gru": GRU, "lstm": LSTM}


@dataclass(frozen=True, slots=True)
class Layer:
    """One recurrent layer."""

    units: int
    cell: Literal["gru", "lstm"] = "gru"


@dataclass(frozen=True, slots=True)
class NetworkSpec:
    """Everything that decides the shape of a network."""

    bands: int
    """Width of one feature frame."""

    layers: tuple[Layer, ...]
    """From the input upwards."""

    heads: tuple[tuple[str, int], ...]
    """Name and width of each linear output on the top layer."""

    stack: int = 3
    """Frames that are stacked into one step; the step's stride is the same, so each frame is seen once."""

    @property
    def features(self) -> int:
        """Width of the input of a step."""
        return self.bands * self.stack


class Network(tf.Module):
    """Recurrent layers and linear heads, with a step view and a sequence view over the same variables."""

    def __init__(self, spec: NetworkSpec, seed: int = 0) -> None:
        super().__init__(name="network")
        self.spec = spec
        widths = [spec.features, *(layer.units for layer in spec.layers)]
        self.cells: list[Cell] = [
            CELLS[layer.cell](width, layer.units, seed + 10 * depth, f"layer{depth}")
            for depth, (width, layer) in enumerate(zip(widths, spec.layers, strict=False))
        ]
        self.heads = {name: Head(widths[-1], width, seed, name) for name, width in spec.heads}
        self.quantised = False

    def quantise(self, on: bool = True) -> None:
        """Train as if weights, products and states were int8 (call before tracing)."""
        self.quantised = on
        parts: tuple[Cell | Head, ...] = (*self.cells, *self.heads.values())
        for part in parts:
            part.quantised = on

    def initial_states(self, batch: int) -> States:
        """Zeros for every layer, from the input upwards; an LSTM has two."""
        return tuple(state for cell in self.cells for state in cell.initial_states(batch))

    def with_heads(self, heads: tuple[tuple[str, int], ...], seed: int = 0) -> "Network":
        """New heads on a copy of the cells: what was learnt for one task begins another."""
        copy = Network(replace(self.spec, heads=heads), seed)
        for mine, theirs in zip(copy.cells, self.cells, strict=True):
            for variable, value in zip(mine.variables, theirs.variables, strict=True):
                variable.assign(value)
        return copy

    def step(self, frame: tf.Tensor, states: States) -> tuple[Outputs, States]:
        """Step view: stacked frame (batch, features) and states to the heads' outputs and the next states."""
        following: list[tf.Tensor] = []
        for cell in self.cells:
            own, states = states[: cell.states], states[cell.states :]
            own = cell.step(frame, own)
            following += own
            frame = own[0]
        return {name: head(frame) for name, head in self.heads.items()}, tuple(following)

    def sequence(self, frames: tf.Tensor, dropout: float = 0.0) -> Outputs:
        """Sequence view: (batch, time, features) to the heads' outputs (batch, time, width), from zero states.

        `dropout` is the share of each layer's outputs that is hidden, at other places for each sequence.
        """
        for cell in self.cells:
            frames = cell.sequence(frames)
            frames = tf.nn.dropout(frames, dropout) if dropout else frames
        return {name: head(frames) for name, head in self.heads.items()}


class Head(tf.Module):
    """A linear layer: y = V h + c."""

    def __init__(self, features: int, width: int, seed: int, name: str) -> None:
        super().__init__(name=name)
        self.quantised = False
        self.kernel = tf.Variable(tf.keras.initializers.GlorotUniform(seed)((features, width)), name="kernel")
        self.bias = tf.Variable(tf.zeros(width), name="bias")

    def __call__(self, h: tf.Tensor) -> tf.Tensor:
        """(..., features) to (..., width)."""
        kernel = fake_quantise_weight(self.kernel) if self.quantised else self.kernel
        return tf.matmul(h, kernel) + self.bias
