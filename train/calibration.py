"""Probabilities that may be believed: the temperature that divides a network's logits (Guo et al. 2017)."""

from typing import Final

import numpy as np
import numpy.typing as npt

from edge.maths import log_softmax
from edge.model.quantization import Real

TEMPERATURES: Final = tuple(float(value) for value in np.round(np.geomspace(0.5, 5.0, 47), 3))


def best_temperature(logits: Real, allowed: npt.NDArray[np.bool_]) -> float:
    """The temperature under which the answers that may be right are likeliest, on what was not learnt.

    Args:
        logits: (n, answers).
        allowed: of the same shape, the answers that may be right.
    """

    def loss(temperature: float) -> float:
        likely = np.where(allowed, np.exp(log_softmax(logits / temperature)), 0.0).sum(axis=1)
        return -float(np.log(np.maximum(likely, 1e-9)).mean())

    return min(TEMPERATURES, key=loss)
