"""How sure a transcript is, as a probability that is true: of all that is said with 0.9, nine in ten are right.

A logistic regression over three kinds of evidence (Platt 1999), fitted on speakers that training never heard:

margin  -- how much likelier a hypothesis is than all others together
fit     -- how far the sound is, a letter, from what the network would have spelled with nobody to guide it
clarity -- how much likelier the sound is, a letter, than if nobody had spoken
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from edge.decoder.alphabet import BLANK
from edge.decoder.beam import Hypothesis
from edge.decoder.ctc import LogProbs, best_path_score
from edge.maths import sigmoid

Floats = npt.NDArray[np.float64]

FURTHEST = 12.0
"""Margins beyond this say nothing more."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """The weights of the evidence; those that fit a network and its language model are in its bundle."""

    margin: float = 1.0
    fit: float = 0.0
    offset: float = 0.0
    clarity: float = 0.0

    @classmethod
    def of(cls, values: Mapping[str, float]) -> "Calibration":
        """That of a manifest; older ones do not know clarity."""
        margin, fit, offset = (values[f"confidence_{name}"] for name in ("margin", "fit", "offset"))
        return cls(margin, fit, offset, values.get("confidence_clarity", 0.0))

    def confidences(self, hypotheses: Sequence[Hypothesis], log_probs: LogProbs) -> list[float]:
        """Probability of each hypothesis to be right, falling with the score; the first is the best; see `evidence`.

        They exclude each other, so all together are 1 at most.
        """
        found = evidence(hypotheses, log_probs)
        if not len(found):
            return []
        # Fit and clarity are the utterance's: by its own, a hypothesis could be surer than a likelier one.
        found[:, 1:] = found[:1, 1:]
        logits = found @ np.array([self.margin, self.fit, self.clarity]) + self.offset
        best, *others = sigmoid(logits).tolist()
        posteriors = sigmoid(found[:, 0])
        left = (1 - best) * posteriors[1:] / max(1 - posteriors[0], posteriors[1:].sum())
        return [best, *np.minimum(others, left).tolist()]


def evidence(hypotheses: Sequence[Hypothesis], log_probs: LogProbs) -> Floats:
    """Margin, fit and clarity of each hypothesis, (hypotheses, 3).

    Args:
        hypotheses: of one utterance.
        log_probs: of its symbols at each step, (steps, SYMBOLS).
    """
    if not hypotheses:
        return np.zeros((0, 3))
    scores, acoustic = (np.array([getattr(one, name) for one in hypotheses]) for name in ("score", "acoustic"))
    letters = np.array([max(1, len(one.text)) for one in hypotheses])
    fits = (acoustic - best_path_score(log_probs)) / letters
    clarities = (acoustic - float(log_probs[:, BLANK].sum())) / letters
    return np.stack([_log_odds(scores), fits, clarities], axis=1)


def _log_odds(scores: Floats) -> Floats:
    """Log odds of each score against the sum of all others, within +-FURTHEST."""
    # A stand-in for all that left the beam: a hypothesis that is alone is not certain.
    scores = np.append(scores, scores.max() - FURTHEST)
    others = [np.logaddexp.reduce(np.delete(scores, index)) for index in range(len(scores) - 1)]
    odds: Floats = np.clip(scores[:-1] - np.array(others), -FURTHEST, FURTHEST)
    return odds
