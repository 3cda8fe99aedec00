"""Everything that decides a network of activities.

Features of the body, two frames a step -> GRU -> logits of the activities at each step -> their mean over the clip.
"""

from dataclasses import dataclass, field

from edge.sensors.activity import OUTPUT
from edge.sensors.pose import BANDS
from train.fit import FitConfig
from train.networks import Layer, Network, NetworkSpec


@dataclass(frozen=True, slots=True)
class ActivityRecipe:
    """Everything that decides a network of activities."""

    units: int = 128
    """Width of each layer."""
    layers: int = 1
    stack: int = 2
    """Frames of one step."""
    dropout: float = 0.4
    """Share of the layers' outputs that training hides."""
    smoothing: float = 0.1
    """Share of a label that is spread over all activities (Szegedy et al. 2016): there are few clips."""
    batch: int = 48
    """Clips."""
    fit: FitConfig = field(
        default_factory=lambda: FitConfig(steps=900, quantised_steps=200, learning_rate=2e-3, warm_up=50)
    )
    seed: int = 1

    def network(self, activities: int) -> Network:
        """The network that the device runs, untrained."""
        layers = tuple(Layer(self.units) for _ in range(self.layers))
        return Network(NetworkSpec(BANDS, layers, ((OUTPUT, activities),), self.stack), self.seed)
