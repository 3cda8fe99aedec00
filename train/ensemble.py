"""Networks that were trained apart and answer together: the mean of their logits (Hansen and Salamon 1990).

    frame -> member 0 -> logits -> mean -> what the device hears
          -> member 1 -> logits ->

What each gets wrong by chance, the others mostly do not. As one step in one file, the device knows no second kind of
model; it costs as many times the operations as there are members.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from pathlib import Path

import tensorflow as tf

from train.cells import States
from train.export import load_weights, prefix, read_weights
from train.networks import Network, NetworkSpec, Outputs


@dataclass(frozen=True, slots=True)
class EnsembleSpec(NetworkSpec):
    """Everything that decides the shape of an ensemble: that of each member, and how many there are."""

    members: int = 2


class Ensemble(Network):
    """Several networks of one shape over the same frames.

    Args:
        spec: what each is made of, and how many there are.
        seed: makes the initial weights reproducible.
    """

    def __init__(self, spec: EnsembleSpec, seed: int = 0) -> None:
        tf.Module.__init__(self, name="network")
        self.spec = spec
        self.members = [Network(spec, seed + 1000 * n, prefix(n)) for n in range(spec.members)]
        self.quantised = False

    def quantise(self, on: bool = True) -> None:
        """Train as if weights, products and states were int8 (call before tracing)."""
        self.quantised = on
        for member in self.members:
            member.quantise(on)

    def initial_states(self, batch: int) -> States:
        """Zeros: those of one member after the other."""
        return tuple(state for member in self.members for state in member.initial_states(batch))

    def step(self, frame: tf.Tensor, states: States) -> tuple[Outputs, States]:
        """Step view: stacked frame (batch, features) and states to the mean of the outputs and the next states."""
        said = [member.step(frame, own) for member, own in zip(self.members, self._shared(states), strict=True)]
        return _together(said)

    def run(self, frames: tf.Tensor, states: States, dropout: float = 0.0) -> tuple[Outputs, States]:
        """Sequence view: (batch, time, features) to the mean of the outputs (batch, time, width)."""
        owned = zip(self.members, self._shared(states), strict=True)
        return _together([member.run(frames, own, dropout) for member, own in owned])

    def _shared(self, states: States) -> Sequence[States]:
        each = len(states) // len(self.members)
        return [states[first : first + each] for first in range(0, len(states), each)]


def load_members(ensemble: Ensemble, paths: Sequence[Path]) -> None:
    """Put the weights of networks that were trained apart into an ensemble, from a plain .npz each.

    Raises:
        DataError: a file cannot be read, or they are not as many networks of its shape as it has members.
    """
    weights = {f"{prefix(n)}{name}": one for n, path in enumerate(paths) for name, one in read_weights(path).items()}
    load_weights(ensemble, weights)


def _together(said: Sequence[tuple[Outputs, States]]) -> tuple[Outputs, States]:
    # Each is divided before they are added, so that the sum is the output itself: sums inside are saturated as gates.
    share = 1 / len(said)
    outputs = {name: reduce(tf.add, [out[name] * share for out, _ in said]) for name in said[0][0]}
    return outputs, tuple(state for _, states in said for state in states)
