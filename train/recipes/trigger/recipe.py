"""Everything that decides the shipped trigger network.

Stacked log-mel frames -> GRU -> GRU -> one logit a word, and when the word began and ended.
"""

from dataclasses import dataclass, field
from pathlib import Path

from edge.features import FeatureConfig
from train.fit import FitConfig
from train.letters import SYMBOLS
from train.networks import Layer, Network, NetworkSpec
from train.recipes.trigger.words import WORDS

HEADS = (("scores", len(WORDS)), ("timing", 2))
WEIGHTS = Path(__file__).with_name("weights.npz")
"""Float weights of the shipped network, from which training can go on."""
SPELLING_FIT = FitConfig(steps=2800, quantised_steps=0, learning_rate=5e-3, clip_norm=5.0)


@dataclass(frozen=True, slots=True)
class TriggerRecipe:
    """Everything that decides the shipped trigger network."""

    features: FeatureConfig = field(default_factory=lambda: FeatureConfig(normalise="pcen", time_constant=0.5))
    layers: tuple[Layer, ...] = (Layer(96), Layer(96))
    stack: int = 3
    batch: int = 64
    """Mixtures a batch; JOINED of them make one sequence."""
    spelling: FitConfig = SPELLING_FIT
    fit: FitConfig = field(default_factory=FitConfig)
    seed: int = 1

    def network(self) -> Network:
        """The network that the device runs, untrained."""
        return self._network(HEADS)

    def speller(self) -> Network:
        """The same cells with a head for letters, untrained."""
        return self._network((("letters", SYMBOLS),))

    def _network(self, heads: tuple[tuple[str, int], ...]) -> Network:
        return Network(NetworkSpec(self.features.bands, self.layers, heads, self.stack), self.seed)
