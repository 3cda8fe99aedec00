"""Promoters of E. coli as the literature describes them, drawn at random: what a network may know before it meets one.

    -45 A A . . A . . . -36 TTGACA -31 -- 16 to 18 bases -- TATAAT -- 6 to 8 bases -- +1 the first that is transcribed

Where they lie: the rules of Towell and Shavlik (1990). How often each base is there: Hawley and McClure (1983).
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from edge.model.quantization import Real
from edge.sensors.dna import BASES
from train.corpora.sequences import PROMOTER

LENGTH: Final = 57
START: Final = 50
"""Place of the first base that is transcribed, +1; the one before it is -1."""

MINUS_35: Final = ("TTGACA", (0.82, 0.84, 0.78, 0.65, 0.54, 0.45))
MINUS_10: Final = ("TATAAT", (0.80, 0.95, 0.45, 0.60, 0.50, 0.96))
"""Each base, and the share of promoters that have it; the other three are equally likely."""

TRACT: Final = (START - 45, START - 44, START - 41)
TRACT_SHARE: Final = 0.5
"""Bases upstream that are A, and how often: this share is a guess."""

BEGINS_35: Final = START - 36
BEGINS_10: Final = (START - 14, START - 13, START - 12)
BACKGROUND: Final = 15.0
"""Of the Dirichlet distribution that each sequence has the shares of its other bases from: between 0.1 and 0.4."""


def draw(count: int, rng: np.random.Generator) -> tuple[Real, npt.NDArray[np.int32]]:
    """Sequences, (count, 57, 4) one-hot, and their classes, (count,): promoters, and bases in any order."""
    likely = np.repeat(rng.dirichlet([BACKGROUND] * len(BASES), count)[:, None], LENGTH, axis=1)
    labels = rng.integers(len(PROMOTER), size=count, dtype=np.int32)
    promoters = np.flatnonzero(labels == PROMOTER.index("+"))[:, None]
    likely[promoters, TRACT] = _shares("A", (TRACT_SHARE,))
    likely[promoters, BEGINS_35 + np.arange(len(MINUS_35[0]))] = _shares(*MINUS_35)
    begins = rng.choice(BEGINS_10, promoters.shape)
    likely[promoters, begins + np.arange(len(MINUS_10[0]))] = _shares(*MINUS_10)
    drawn = (rng.random((count, LENGTH, 1)) > likely.cumsum(axis=2)[..., :-1]).sum(axis=2)
    return np.eye(len(BASES), dtype=np.float32)[drawn], labels


def _shares(consensus: str, shares: tuple[float, ...]) -> npt.NDArray[np.float64]:
    """The shares of the four bases at each place, (places, 4)."""
    known = np.array([[base == letter for base in BASES] for letter in consensus])
    share = np.array(shares)[:, None]
    return np.where(known, share, (1 - share) / 3)
