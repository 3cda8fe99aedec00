"""Everything that decides the shipped speech network.

Stacked frames, which begin with those of the trigger network -> four GRUs -> a logit for each letter and the blank.
"""

from dataclasses import dataclass, field
from pathlib import Path

from edge.decoder.alphabet import SYMBOLS
from edge.features import FeatureConfig
from train.fit import FitConfig
from train.networks import Layer, Network, NetworkSpec

HEADS = (("letters", SYMBOLS),)
WEIGHTS = Path(__file__).with_name("weights.npz")
"""Float weights of the shipped network, from which training can go on."""


@dataclass(frozen=True, slots=True)
class SpeechRecipe:
    """Everything that decides the shipped speech network."""

    features: FeatureConfig = field(default_factory=lambda: FeatureConfig(normalise="pcen+peak", time_constant=0.5))
    """They begin with the trigger's, so that a device computes its frames once for both."""
    layers: tuple[Layer, ...] = (Layer(256), Layer(256), Layer(384), Layer(384))
    stack: int = 3
    """Frames a step: 30 ms. Fast speakers say a letter every 50 ms, and two alike need a blank between."""
    frames: int = 32_000
    """Frames of speech in a batch, with padding."""
    dropout: float = 0.0
    """Share of each layer's outputs that training hides."""
    fit: FitConfig = field(
        default_factory=lambda: FitConfig(
            steps=3120, quantised_steps=80, learning_rate=3e-3, warm_up=300, clip_norm=5.0
        )
    )
    seed: int = 1

    def network(self) -> Network:
        """The network that the device runs, untrained."""
        return Network(NetworkSpec(self.features.width, self.layers, HEADS, self.stack), self.seed)
