"""Everything that decides a sentiment network.

Word vectors -> one GRU or more in each direction -> logits of one to five stars at each word -> their mean over the
sentence.
"""

from dataclasses import dataclass, field
from typing import Final

from edge.understanding.sentiment import LABELS, OUTPUT
from train.bidirectional import Bidirectional
from train.fit import FitConfig
from train.networks import Layer, NetworkSpec

SHIPPED: Final = "shipped"
"""The corpora whose licences let a network ship that has learnt from them."""

BENCHMARK: Final = "sst"
"""The treebank, which has no licence: to compare with what is published, never to ship."""


@dataclass(frozen=True, slots=True)
class SentimentRecipe:
    """Everything that decides a sentiment network."""

    corpora: str = SHIPPED
    """SHIPPED or BENCHMARK."""
    baseline: bool = False
    """The mean of the vectors and a linear layer, which knows nothing of the order of words."""
    dims: int = 80
    """Width of a word's vector."""
    units: int = 96
    """Width of each direction's GRU."""
    layers: int = 1
    """GRUs on top of each other, in each direction."""
    buckets: int = 4096
    """Rows that character n-grams share."""
    least_count: int = 2
    """A word that training has fewer times has no row of its own."""
    dropout: float = 0.5
    """Share of vectors and of the GRU's outputs that training hides."""
    tokens: int = 640
    """Words in a batch."""
    corrupted: float = 0.3
    """Share of the sentences with faults, up to two in ten words."""
    fit: FitConfig = field(
        default_factory=lambda: FitConfig(steps=2400, quantised_steps=400, learning_rate=2e-3, clip_norm=5.0)
    )
    seed: int = 1

    def network(self) -> Bidirectional:
        """The network that the device runs, untrained."""
        spec = NetworkSpec(2 * self.dims, (Layer(self.units),) * self.layers, ((OUTPUT, len(LABELS)),), stack=1)
        return Bidirectional(spec, self.seed)
