"""Many small GRUs at once: each has its own weights and its own examples, and all run in the same few operations.

    leave-one-out of n examples   n networks, of which each learns from all examples but one
    a vote                        several networks, which differ in where they begin

A network of a few units leaves a processor idle between its operations: a hundred of them take hardly longer than one.
"""

from copy import deepcopy

import tensorflow as tf

from train.cells import GRU
from train.networks import Head


class Committee(tf.Module):
    """GRUs with one linear head each; all variables have the members as their first axis.

    Args:
        members: how many.
        features: width of the input of a step.
        units: width of each GRU.
        classes: width of each head.
        seed: each member begins elsewhere.
    """

    def __init__(self, members: int, features: int, units: int, classes: int, seed: int = 0) -> None:
        super().__init__(name="committee")
        self.quantised = False
        self.cell, self.head = GRU(features, units), Head(units, classes, 0, "head")
        cells = [GRU(features, units, 100 * (seed + member)) for member in range(members)]
        heads = [Head(units, classes, 100 * (seed + member), "head") for member in range(members)]
        for part, parts in ((self.cell, cells), (self.head, heads)):
            for name in _variables(part):
                setattr(part, name, _stacked([getattr(one, name) for one in parts]))

    def repeated(self, times: int) -> "Committee":
        """All members `times` over, each to go on by itself: those of a copy are next to one another."""
        wide = deepcopy(self)
        for part in (wide.cell, wide.head):
            for name in _variables(part):
                setattr(part, name, tf.Variable(tf.tile(getattr(part, name), (times, 1, 1))))
        return wide

    def quantise(self, on: bool = True) -> None:
        """Train as if weights, products and states were int8 (call before tracing)."""
        self.quantised = self.cell.quantised = self.head.quantised = on

    def logits(self, frames: tf.Tensor, dropout: float = 0.0) -> tf.Tensor:
        """After the last step: (members, batch, time, features) to (members, batch, classes)."""
        projected = self.cell.project(tf.transpose(frames, (2, 0, 1, 3)))
        initial = tf.zeros((*tf.unstack(tf.shape(frames)[:2]), self.cell.units))
        last = tf.scan(lambda states, now: self.cell.advance(now, states), projected, (initial,))[0][-1]
        return self.head(tf.nn.dropout(last, dropout) if dropout else last)


def _variables(part: tf.Module) -> list[str]:
    return [name for name, value in vars(part).items() if isinstance(value, tf.Variable)]


def _stacked(variables: list[tf.Variable]) -> tf.Variable:
    """One variable of all, a vector as a row."""
    return tf.Variable(tf.stack([variable if len(variable.shape) == 2 else variable[None] for variable in variables]))
