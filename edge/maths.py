"""What logits mean: probabilities of one answer, or of one among several."""

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Logits: TypeAlias = npt.NDArray[np.floating[Any]]


def sigmoid(logits: Logits) -> Logits:
    """1 / (1 + exp(-x)), of the same shape and type, without overflow for any x."""
    probabilities: Logits = 0.5 * (1 + np.tanh(0.5 * logits))
    return probabilities


def log_softmax(logits: Logits) -> Logits:
    """Log probabilities over the last axis, of the same shape and type; one logit of each must be finite."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    log_probs: Logits = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return log_probs
