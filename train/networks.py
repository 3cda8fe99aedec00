"""Networks as data: a stack of recurrent layers with named linear heads, built from a frozen description."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

import tensorflow as tf

from train.cells import GRU, LSTM, RNN, Cell, States, fake_quantise_weight, product

Outputs: TypeAlias = dict[str, tf.Tensor]
CELLS: dict[str, type[RNN] | type[GRU] | type[LSTM]] = {"rnn": RNN, "gru": GRU, "lstm": LSTM}


@dataclass(frozen=True, slots=True)
class Layer:
    """One recurrent layer."""

    units: int
    cell: Literal["rnn", "gru", "lstm"] = "gru"


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

    embedding: int | None = None
    """Width of a linear layer under the cells, worth its while where frames are long one-hot vectors."""

    window: int | None = None
    """Frames that a step sees, the `stack` new ones last and zeros before the first, where an answer wants to look at
    much of the past at once; None: it sees the new ones alone, and the states tell of the past."""

    @property
    def features(self) -> int:
        """Width of the input of a step."""
        return self.bands * (self.window or self.stack)


class Network(tf.Module):
    """Recurrent layers and linear heads, with a step view and a sequence view over the same variables.

    Args:
        spec: what it is made of.
        seed: makes the initial weights reproducible.
        prefix: begins the name of each part, where a network is itself a part.
    """

    def __init__(self, spec: NetworkSpec, seed: int = 0, prefix: str = "") -> None:
        super().__init__(name="network")
        self.spec = spec
        self.embedding = Embedding(spec.features, spec.embedding, seed) if spec.embedding else None
        widths = [spec.embedding or spec.features, *(layer.units for layer in spec.layers)]
        self.cells: list[Cell] = [
            CELLS[layer.cell](width, layer.units, seed + 10 * depth, f"{prefix}layer{depth}")
            for depth, (width, layer) in enumerate(zip(widths, spec.layers, strict=False))
        ]
        self.heads = {name: Head(widths[-1], width, seed, f"{prefix}{name}") for name, width in spec.heads}
        self.quantised = False

    def quantise(self, on: bool = True) -> None:
        """Train as if weights, products and states were int8 (call before tracing)."""
        self.quantised = on
        parts: list[Cell | Head | Embedding] = [*self.cells, *self.heads.values()]
        for part in [*parts, self.embedding] if self.embedding else parts:
            part.quantised = on

    def initial_states(self, batch: int) -> States:
        """Zeros for every layer, from the input upwards; an LSTM has two."""
        return tuple(state for cell in self.cells for state in cell.initial_states(batch))

    def step(self, frame: tf.Tensor, states: States) -> tuple[Outputs, States]:
        """Step view: stacked frame (batch, features) and states to the heads' outputs and the next states."""
        following: list[tf.Tensor] = []
        frame = self.embedding(frame) if self.embedding else frame
        for cell in self.cells:
            own, states = states[: cell.states], states[cell.states :]
            own = cell.step(frame, own)
            following += own
            frame = own[0]
        return {name: head(frame) for name, head in self.heads.items()}, tuple(following)

    def sequence(self, frames: tf.Tensor, dropout: float = 0.0) -> Outputs:
        """Sequence view: (batch, time, features) to the heads' outputs (batch, time, width), from zero states.

        Indices (batch, time) stand for one-hot frames. `dropout` is the share of each layer's outputs that is hidden,
        at other places for each sequence.
        """
        return self.run(frames, self.initial_states(tf.shape(frames)[0]), dropout)[0]

    def run(self, frames: tf.Tensor, states: States, dropout: float = 0.0) -> tuple[Outputs, States]:
        """Sequence view from given states, which also gives the states after the last step."""
        following: list[tf.Tensor] = []
        frames = self.embedding(frames) if self.embedding else frames
        for cell in self.cells:
            own, states = states[: cell.states], states[cell.states :]
            frames, own = cell.run(frames, own)
            following += own
            frames = tf.nn.dropout(frames, dropout) if dropout else frames
        return {name: head(frames) for name, head in self.heads.items()}, tuple(following)


class Embedding(tf.Module):
    """A vector for each symbol: E x of a one-hot x."""

    def __init__(self, symbols: int, width: int, seed: int) -> None:
        super().__init__(name="embedding")
        self.quantised = False
        self.kernel = tf.Variable(tf.random.stateless_normal((symbols, width), (seed, 0), stddev=0.1), name="kernel")

    def __call__(self, x: tf.Tensor) -> tf.Tensor:
        """(..., symbols), or indices (...), to (..., width)."""
        return product(x, fake_quantise_weight(self.kernel) if self.quantised else self.kernel)


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
