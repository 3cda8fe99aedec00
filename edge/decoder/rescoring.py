"""The last word on an utterance: another language model looks at whole sentences and ranks the hypotheses anew.

    hypotheses -- score + weight * log P(text) --> the same, in another order

A network cannot guide the beam, which would have to run it for each prefix; a dozen finished sentences it can read.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from edge.decoder.beam import Hypothesis


@dataclass(frozen=True, slots=True)
class Rescorer:
    """A second opinion."""

    log_prob: Callable[[str], float]
    """Of a text, in nats."""

    weight: float
    """Of that opinion beside what the search has found, 0 or above."""

    def __call__(self, hypotheses: Sequence[Hypothesis]) -> list[Hypothesis]:
        """The hypotheses, best first, their scores with the opinion added."""
        rescored = (replace(one, score=one.score + self.weight * self.log_prob(one.text)) for one in hypotheses)
        return sorted(rescored, key=lambda one: one.score, reverse=True)
