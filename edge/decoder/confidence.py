"""How sure a transcript is, as a probability that is true: of all that is said with 0.9, nine in ten are right.

A logistic regression over two kinds of evidence (Platt 1999), fitted on speakers that training never heard:

margin -- how much likelier a hypothesis is than all others together
fit    -- how far the sound is, a letter, from what the network would have spelled with nobody to guide it
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from edge.decoder.beam import Hypothesis

Floats = npt.NDArray[np.float64]

FURTHEST = 12.0
"""Margins beyond this say nothing more."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """The weights of the evidence; those that fit a network and its language model are in its bundle."""

    margin: float = 1.0
    fit: float = 0.0
    offset: float = 0.0

    @classmethod
    def of(cls, values: Mapping[str, float]) -> "Calibration":
        """That of a manifest."""
        return cls(values["confidence_margin"], values["confidence_fit"], values["confidence_offset"])

    def confidences(self, hypotheses: Sequence[Hypothesis], free: float) -> list[float]:
        """Probability of each hypothesis to be right, falling with the score; the first is the best; see `evidence`."""
        found = evidence(hypotheses, free)
        # The fit is the utterance's: by its own, a hypothesis could be surer than a likelier one.
        found[:, 1:] = found[:1, 1:]
        logits = found @ np.array([self.margin, self.fit]) + self.offset
        confidences: list[float] = (0.5 * (1 + np.tanh(0.5 * logits))).tolist()
        return confidences


def evidence(hypotheses: Sequence[Hypothesis], free: float) -> Floats:
    """Margin and fit of each hypothesis, (hypotheses, 2).

    Args:
        hypotheses: of one utterance.
        free: log probability of the best path, whatever it spells.
    """
    if not hypotheses:
        return np.zeros((0, 2))
    scores = np.array([hypothesis.score for hypothesis in hypotheses])
    fits = np.array([(one.acoustic - free) / max(1, len(one.text)) for one in hypotheses])
    return np.stack([_log_odds(scores), fits], axis=1)


def _log_odds(scores: Floats) -> Floats:
    """Log odds of each score against the sum of all others, within +-FURTHEST."""
    # A stand-in for all that left the beam: a hypothesis that is alone is not certain.
    scores = np.append(scores, scores.max() - FURTHEST)
    others = [np.logaddexp.reduce(np.delete(scores, index)) for index in range(len(scores) - 1)]
    odds: Floats = np.clip(scores[:-1] - np.array(others), -FURTHEST, FURTHEST)
    return odds
