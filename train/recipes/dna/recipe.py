"""Everything that decides a network over bases.

The last 60 bases, each with its left neighbour -> logits of three classes for the place in their middle.

It is a weight array model (Zhang and Marr 1993) whose weights are learnt to tell the classes apart. No layer lies
between: with one of 64 units, dense or a GRU, sites were found no better (RESULTS.md has the figures).
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from edge.sensors.dna import AHEAD, BANDS, LABELS, OUTPUT
from train.corpora.sequences import Labelled
from train.networks import Network, NetworkSpec


@dataclass(frozen=True, slots=True)
class DnaRecipe:
    """Everything that decides a network but its windows."""

    places: int = 8
    """That a step of what ships judges, by the same weights."""
    others: int = 10
    """Windows from elsewhere in a stream, for each of the table."""
    elsewhere: float = 2.0
    """Weight of all windows from elsewhere together; that of the windows of the table is 1."""
    decay: float = 5e-3
    """Weight of half the sum of all squared weights, beside the mean cross-entropy."""
    seed: int = 1

    def network(self) -> Network:
        """The network, untrained."""
        return Network(NetworkSpec(BANDS, (), ((OUTPUT, len(LABELS)),), stack=1, window=2 * AHEAD), self.seed)


def decided_by(windows: Sequence[Labelled], recipe: object) -> str:
    """A checksum of everything that decides networks: their windows, and any recipe."""
    return hashlib.sha256(repr((list(windows), recipe)).encode()).hexdigest()
