"""Everything that decides a network over bases.

Four bases, each with its left neighbour -> a GRU -> logits of three classes for each of four places, 30 bases behind.
"""

from dataclasses import dataclass, field

from edge.sensors.dna import BANDS, LABELS, OUTPUT
from train.fit import FitConfig
from train.networks import Layer, Network, NetworkSpec


@dataclass(frozen=True, slots=True)
class DnaRecipe:
    """Everything that decides a network but its windows."""

    units: int = 96
    """Width of each GRU."""
    members: int = 2
    """Networks that are trained apart and become one."""
    stack: int = 4
    """Bases of a step, and places that it judges."""
    dropout: float = 0.3
    """Share of the GRU's outputs that training hides."""
    batch: int = 64
    """Sequences of a batch."""
    windows: int = 2
    """Windows that follow one another in a sequence."""
    crossed: float = 0.5
    """Share of windows of which one side comes from another of the same class."""
    hidden: float = 0.1
    """Largest share of the bases of a sequence that are made unknown."""
    elsewhere: float = 0.5
    """Weight of all the places of a window that are not its middle, together; that of the middle is 1."""
    fit: FitConfig = field(
        default_factory=lambda: FitConfig(steps=1500, quantised_steps=200, learning_rate=6e-3, warm_up=50)
    )
    seed: int = 1

    def network(self, member: int = 0) -> Network:
        """One of the networks, untrained."""
        heads = ((OUTPUT, len(LABELS) * self.stack),)
        return Network(NetworkSpec(BANDS, (Layer(self.units),), heads, self.stack), self.seed + 100 * member)
