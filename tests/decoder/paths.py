"""CTC written out: every path of a few symbols, as the oracle of whatever sums over them or picks the best."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import product

import numpy as np
from hypothesis import strategies as st

from edge.decoder.alphabet import BLANK, SPACE, SYMBOLS, encode
from edge.decoder.ctc import LogProbs
from edge.maths import log_softmax

IMPOSSIBLE = float("-inf")
SOME = [SPACE, *encode("ab"), BLANK]
"""The symbols of a small world."""


@st.composite
def small_worlds(draw: st.DrawFn, steps: int = 5) -> LogProbs:
    """Log probabilities of few steps, in which most symbols are impossible."""
    logits = st.lists(st.floats(-9, 9, width=32) | st.just(IMPOSSIBLE), min_size=len(SOME), max_size=len(SOME))
    rows = draw(st.lists(logits.filter(lambda row: max(row) > IMPOSSIBLE), max_size=steps))
    world = np.full((len(rows), SYMBOLS), IMPOSSIBLE, np.float32)
    world[:, SOME] = np.array(rows, np.float32).reshape(-1, len(SOME))
    return log_softmax(world)


def collapsed(path: tuple[int, ...]) -> tuple[int, ...]:
    """The letters of a path, as its definition says: repeats merged, then blanks dropped."""
    return tuple(one for one, before in zip(path, (BLANK, *path), strict=False) if one not in (before, BLANK))


def paths(log_probs: LogProbs) -> Iterator[tuple[tuple[int, ...], float]]:
    """Every path that is possible, and its log probability."""
    for path in product(*(np.flatnonzero(now > IMPOSSIBLE).tolist() for now in log_probs)):
        yield path, float(log_probs[range(len(path)), list(path)].astype(np.float64).sum()) if path else 0.0


def likelihoods(log_probs: LogProbs) -> dict[tuple[int, ...], float]:
    """Log probability of every text."""
    total: dict[tuple[int, ...], float] = defaultdict(float)
    for path, log_prob in paths(log_probs):
        total[collapsed(path)] += np.exp(log_prob)
    return {letters: float(np.log(some)) for letters, some in total.items()}
