"""A bidirectional network (Schuster and Paliwal 1997) as a step: one file runs both directions at once.

    front:  h_t = GRU(x_t, h_{t-1})          the step takes x_t and x_{n+1-t} side by side,
    back:   g_t = GRU(x_t, g_{t+1})          and gives both directions' logits
    y_t = (V h_t + c) + (W g_t + d)

Either direction needs nothing of the other but the sum, which is made when both are through. So the device knows no
second kind of model: the frames are twice as wide, and the second half of each output is read from behind.
"""

from dataclasses import replace

import tensorflow as tf

from edge.model.stream import BACK
from train.cells import States
from train.networks import Network, NetworkSpec, Outputs


class Bidirectional(Network):
    """Two stacks of layers side by side.

    Args:
        spec: `bands` counts both halves of a frame.
        seed: makes the initial weights reproducible.
    """

    def __init__(self, spec: NetworkSpec, seed: int = 0) -> None:
        tf.Module.__init__(self, name="network")
        self.spec = spec
        half = replace(spec, bands=spec.bands // 2)
        self.front, self.back = Network(half, seed, "front_"), Network(half, seed + 1000, "back_")
        self.quantised = False

    def quantise(self, on: bool = True) -> None:
        """Train as if weights, products and states were int8 (call before tracing)."""
        self.quantised = on
        self.front.quantise(on)
        self.back.quantise(on)

    def initial_states(self, batch: int) -> States:
        """Zeros: those of the forward direction, then those of the backward one."""
        return *self.front.initial_states(batch), *self.back.initial_states(batch)

    def step(self, frame: tf.Tensor, states: States) -> tuple[Outputs, States]:
        """Step view: both words (batch, features) and states to the outputs of both directions and the next states."""
        ahead, behind = tf.split(frame, 2, axis=-1)
        half = len(states) // 2
        outputs, forwards = self.front.step(ahead, states[:half])
        reverse, backwards = self.back.step(behind, states[half:])
        return _side_by_side(outputs, reverse), (*forwards, *backwards)

    def run(self, frames: tf.Tensor, states: States, dropout: float = 0.0) -> tuple[Outputs, States]:
        """Sequence view: (batch, time, features), as of the steps, to what the steps give, (batch, time, width)."""
        ahead, behind = tf.split(frames, 2, axis=-1)
        half = len(states) // 2
        outputs, forwards = self.front.run(ahead, states[:half], dropout)
        reverse, backwards = self.back.run(behind, states[half:], dropout)
        return _side_by_side(outputs, reverse), (*forwards, *backwards)


def both_ways(vectors: tf.Tensor) -> tf.Tensor:
    """The frames of the steps: each vector beside the one that is as far from the end, (batch, time, 2 * dims)."""
    return tf.concat([vectors, tf.reverse(vectors, axis=[1])], axis=-1)


def meet(outputs: Outputs, name: str) -> tf.Tensor:
    """An output where both directions have met: (batch, time, width)."""
    return outputs[name] + tf.reverse(outputs[name + BACK], axis=[1])


def _side_by_side(outputs: Outputs, reverse: Outputs) -> Outputs:
    return outputs | {f"{name}{BACK}": value for name, value in reverse.items()}
