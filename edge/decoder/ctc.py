"""Connectionist temporal classification (Graves et al. 2006): what letters a sequence of log probabilities may mean.

    logits -- log_softmax --> log P(symbol at each step) -- greedy --> the text of the best path
                                                         -- log_likelihood --> log P(a text), over all its paths
                                                         -- align --> when each letter of a text was said

A path names one symbol a step. It collapses to a text: repeats are merged, then blanks dropped.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from edge.decoder.alphabet import BLANK, decode

LogProbs: TypeAlias = npt.NDArray[np.floating[Any]]
"""Shape (steps, SYMBOLS), natural logarithms; -inf is impossible."""

_Floats: TypeAlias = npt.NDArray[np.float64]

IMPOSSIBLE = -np.inf
"""Log probability of what cannot be."""

PIECE = 500
"""Steps that are aligned at once."""


class Span(NamedTuple):
    """The steps of one letter."""

    first: int
    end: int
    """The step after the last."""


def collapse(path: Iterable[int], blank: int = BLANK) -> list[int]:
    """The letters of a path: repeats merged, then blanks dropped."""
    return [symbol for symbol, _ in groupby(path) if symbol != blank]


def greedy(log_probs: LogProbs) -> str:
    """The text of the single most probable path, which need not be the most probable text."""
    return decode(collapse(log_probs.argmax(axis=1).tolist()))


def best_path_score(log_probs: LogProbs) -> float:
    """Log probability of the single most probable path, whatever it spells; 0 without steps."""
    return float(log_probs.max(axis=1).sum()) if len(log_probs) else 0.0


def log_likelihood(log_probs: LogProbs, letters: Sequence[int]) -> float:
    """Log probability that the letters were said, summed over all paths that collapse to them; -inf if there is none.

    The forward algorithm, equations 6 to 8 of Graves et al. 2006.

    Args:
        log_probs: (steps, SYMBOLS).
        letters: indices of `edge.decoder.alphabet`, without blanks.
    """
    lattice = _Lattice(letters)
    alpha = lattice.start()
    for emitted in lattice.emissions(log_probs):
        alpha = np.logaddexp.reduce(lattice.arrivals(alpha)) + emitted
    return float(np.logaddexp.reduce(alpha[-2:]))


def align(log_probs: LogProbs, letters: Sequence[int]) -> list[Span]:
    """When each letter is said on the most probable path of all that collapse to the letters (Viterbi).

    Args:
        log_probs: (steps, SYMBOLS).
        letters: indices of `edge.decoder.alphabet`, without blanks.

    Raises:
        ValueError: no path collapses to the letters.
    """
    lattice = _Lattice(letters)
    pieces = [log_probs[first : first + PIECE] for first in range(0, len(log_probs), PIECE)]
    scores = [lattice.start()]
    for piece in pieces:
        scores.append(lattice.viterbi(scores[-1], piece)[0])
    state = len(scores[-1]) - 1 - int(scores[-1][:-3:-1].argmax())
    if scores[-1][state] == IMPOSSIBLE:
        raise ValueError(f"{decode(letters)!r} cannot have been said in these {len(log_probs)} steps")
    path = _path(lattice, pieces, scores, state)
    states = 2 * np.arange(len(letters)) + 1
    firsts, ends = (path.searchsorted(states, side).tolist() for side in ("left", "right"))
    return [Span(first, end) for first, end in zip(firsts, ends, strict=True)]


def _path(
    lattice: "_Lattice", pieces: Sequence[LogProbs], scores: Sequence[_Floats], state: int
) -> npt.NDArray[np.intp]:
    """The state at each step, which never decreases, from the scores before each piece and the last state.

    How far back each state came from is found again, a piece at a time: of ten minutes at once it would be 300 MB.
    """
    path: list[int] = []
    for piece, before in zip(reversed(pieces), scores[-2::-1], strict=True):
        for came_from in lattice.viterbi(before, piece)[1][::-1]:
            path.append(state)
            state -= int(came_from[state])
    return np.array(path[::-1], np.intp)


class _Lattice:
    """The states that spell a text: its letters, at odd places, and a blank before, between and after them."""

    def __init__(self, letters: Sequence[int]) -> None:
        self._symbols = np.full(2 * len(letters) + 1, BLANK)
        self._symbols[1::2] = letters
        before, symbols = self._symbols[:-2], self._symbols[2:]
        self._skips = np.where((symbols != BLANK) & (symbols != before), 0.0, IMPOSSIBLE)

    def start(self) -> _Floats:
        """Log probability of each state before the first step: as if a blank had just been said."""
        start = np.full(len(self._symbols), IMPOSSIBLE)
        start[0] = 0.0
        return start

    def emissions(self, log_probs: LogProbs) -> Iterator[_Floats]:
        """Log probability of each state's symbol, (states,), at one step after another: all at once they may be GB."""
        return (step[self._symbols].astype(np.float64) for step in log_probs)

    def viterbi(self, score: _Floats, log_probs: LogProbs) -> tuple[_Floats, npt.NDArray[np.int8]]:
        """The scores after some steps, and how far back each state came from, (steps, states)."""
        back = np.empty((len(log_probs), len(score)), np.int8)
        for step, emitted in enumerate(self.emissions(log_probs)):
            arrivals = self.arrivals(score)
            back[step] = arrivals.argmax(axis=0)
            score = arrivals.max(axis=0) + emitted
        return score, back

    def arrivals(self, scores: _Floats) -> _Floats:
        """Scores of what leads to each state: itself, the one before, and the one before that; (3, states).

        The blank between two letters may be left out, unless they are the same.
        """
        arrivals = np.full((3, len(scores)), IMPOSSIBLE)
        arrivals[0] = scores
        arrivals[1, 1:] = scores[:-1]
        arrivals[2, 2:] = scores[:-2] + self._skips
        return arrivals
