"""Beam search (Graves 2012; Sutskever et al. 2014): the likeliest sentence that a step-by-step network can write.

At each step the B likeliest beginnings are kept. One that ends is finished, and makes the beam one narrower; the search
ends when all have. B = 1 is greedy search. Finished sentences are compared by

    log P(y|x) / Ty^alpha

for each piece costs probability: alpha = 0 prefers short sentences, 1 compares the mean of a piece.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

Memory = TypeVar("Memory")
"""What the network must be given back to go on from a beginning, such as its states."""

LogProbs: TypeAlias = npt.NDArray[np.float32]

Step: TypeAlias = Callable[[Sequence[int], Sequence[Memory]], tuple[LogProbs, list[Memory]]]
"""Last symbol and memory of each beginning to log probabilities of the next, (beginnings, symbols), and memories."""


@dataclass(frozen=True, slots=True)
class Hypothesis(Generic[Memory]):
    """A beginning of a sentence, or a finished one, with END as its last symbol."""

    symbols: tuple[int, ...]
    log_prob: float
    """Of all its symbols, in nats; 0 or below."""
    memory: Memory

    def score(self, alpha: float) -> float:
        """Log probability, normalised by its length to the power alpha."""
        return normalised(self.log_prob, len(self.symbols), alpha)


def normalised(log_prob: float, length: int, alpha: float) -> float:
    """Log P / Ty^alpha; a sentence of no symbol counts as one of one."""
    return float(log_prob / max(1, length) ** alpha)


def beam_search(
    step: Step[Memory], start: Memory, end: int, beam: int = 4, alpha: float = 0.7, longest: int = 100
) -> list[Hypothesis[Memory]]:
    """The finished sentences, the best first.

    Args:
        step: the network.
        start: its memory before the first symbol.
        end: the symbol that ends a sentence, and that stands before its first.
        beam: beginnings that are kept, 1 or more.
        alpha: power of the length, 0 to 1.
        longest: symbols after which a sentence is broken off, 1 or more; such a one counts as finished.
    """
    alive, finished = [Hypothesis((), 0.0, start)], list[Hypothesis[Memory]]()
    for _ in range(longest):
        candidates = _extend(step, alive, end, beam - len(finished))
        finished += [one for one in candidates if one.symbols[-1] == end]
        alive = [one for one in candidates if one.symbols[-1] != end]
        if not alive:
            break
    return sorted(finished + alive, key=lambda one: one.score(alpha), reverse=True)


def follow(step: Step[Memory], start: Memory, symbols: Sequence[int], end: int) -> Hypothesis[Memory]:
    """The hypothesis of a given sentence, whatever the network thinks of it; `symbols` without END, which is added."""
    reached = Hypothesis((), 0.0, start)
    for symbol in (*symbols, end):
        log_probs, (memory,) = step([reached.symbols[-1] if reached.symbols else end], [reached.memory])
        reached = Hypothesis((*reached.symbols, symbol), reached.log_prob + float(log_probs[0, symbol]), memory)
    return reached


def _extend(step: Step[Memory], alive: Sequence[Hypothesis[Memory]], end: int, count: int) -> list[Hypothesis[Memory]]:
    """The likeliest continuations of all beginnings, the best first."""
    last = [one.symbols[-1] if one.symbols else end for one in alive]
    log_probs, memories = step(last, [one.memory for one in alive])
    totals = (log_probs + np.array([[one.log_prob] for one in alive])).ravel()
    count = min(count, int(np.isfinite(totals).sum()))
    best = np.argpartition(-totals, count - 1)[:count]
    rows, symbols = np.divmod(best[np.argsort(-totals[best], kind="stable")], log_probs.shape[1])
    return [
        Hypothesis((*alive[row].symbols, int(symbol)), float(totals[row * log_probs.shape[1] + symbol]), memories[row])
        for row, symbol in zip(rows, symbols, strict=True)
    ]
