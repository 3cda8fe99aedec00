"""Everything that decides a network of music.

keys that sound now -> recurrent layers -> a logit for each key: does it sound in the next frame?

Given the past, keys are taken for independent, as Boulanger-Lewandowski et al. 2012 and Bai et al. 2018 do.
"""

from dataclasses import dataclass, field

from edge.music.composer import OUTPUT
from edge.music.roll import KEYS
from train.fit import FitConfig
from train.networks import Layer, Network, NetworkSpec


@dataclass(frozen=True, slots=True)
class MusicRecipe:
    """Everything that decides a network of music but its pieces."""

    layers: tuple[Layer, ...] = (Layer(384),)
    batch: int = 8
    """Stretches of music that are read side by side."""
    span: int = 96
    """Most frames of a stretch."""
    transposed: float = 0.2
    """Share of the stretches that are moved to another key, up to half an octave."""
    hidden: float = 0.05
    """Share of the sounding keys that the network is not shown."""
    dropout: float = 0.1
    """Share of each layer's outputs that training hides."""
    fit: FitConfig = field(
        default_factory=lambda: FitConfig(steps=5000, quantised_steps=300, learning_rate=2e-3, warm_up=50)
    )
    seed: int = 1

    def network(self) -> Network:
        """The network that the device runs, untrained."""
        return Network(NetworkSpec(KEYS, self.layers, ((OUTPUT, KEYS),), stack=1), self.seed)
