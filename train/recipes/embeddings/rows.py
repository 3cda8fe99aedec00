"""Steps of table rows: a batch names few rows of a large table, some of them many times."""

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from train.recipes.embeddings.corpus import Floats

Rows: TypeAlias = npt.NDArray[np.integer[Any]]
"""Numbers of rows, of any shape, with repetitions; what belongs to them has one dimension more, the row's."""

LONGEST = 1.6
"""Times a row's mean gradient that a step may go: all its gradients were taken at the same place, so the sum of very
many would overshoot."""


def ascend(table: Floats, rows: Rows, gradients: Floats, repeats: Floats, rate: float) -> None:
    """A step of stochastic gradient ascent, in place.

    Args:
        table: (rows, dimensions).
        rows: which of them.
        gradients: of what is to grow.
        repeats: how many examples each gradient sums up, of the shape of `rows`.
        rate: the learning rate.
    """
    named, sums = _summed(rows, np.concatenate([gradients, repeats[..., None]], -1))
    lengths = rate * sums[:, -1:]
    table[named] += rate * LONGEST / np.maximum(lengths, LONGEST) * sums[:, :-1]


def adagrad(table: Floats, squares: Floats, rows: Rows, gradients: Floats, rate: float) -> None:
    """A step of AdaGrad downhill, in place (Duchi et al. 2011): what has moved much already moves less.

    Args:
        table: (rows, dimensions).
        squares: sums of the squared gradients so far, of the same shape.
        rows: which of them.
        gradients: of what is to shrink.
        rate: the learning rate.
    """
    named, sums = _summed(rows, gradients)
    squares[named] += sums**2
    table[named] -= rate * sums / np.sqrt(squares[named])


def _summed(rows: Rows, values: Floats) -> tuple[npt.NDArray[np.intp], Floats]:
    """Each row that is named, once, and the sum of all values for it."""
    rows, values = rows.reshape(-1), values.reshape(rows.size, -1)
    order = np.argsort(rows, kind="stable")
    starts = np.flatnonzero(np.diff(rows[order], prepend=-1))
    # A sparse matrix of ones adds rows up eight times faster than np.add.at.
    ones = np.ones(len(rows), np.float32)
    adder = csr_array((ones, order, np.append(starts, len(rows))), shape=(len(starts), len(rows)))
    return rows[order[starts]].astype(np.intp), adder @ values
