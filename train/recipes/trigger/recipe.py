"""Everything that decides a trigger network: the one that ships, and the plain one that it is held against.

Stacked log-mel frames -> GRU -> GRU -> one logit a word, and when the word began and ended.
"""

from dataclasses import dataclass, field
from pathlib import Path

from edge.decoder.alphabet import SYMBOLS
from edge.features import FeatureConfig
from edge.trigger import DetectorConfig
from train.fit import FitConfig
from train.networks import Layer, Network, NetworkSpec
from train.recipes.trigger.words import WORDS

HEADS = (("scores", len(WORDS)), ("timing", 2))
WEIGHTS = Path(__file__).with_name("weights.npz")
"""Float weights of the shipped network, from which training can go on."""
SMOOTHED_FRAMES = 18
"""Frames (0.18 s) over which the detector averages posteriors, however many make a step."""
VIEWS = ("float", "int8", "streaming float", "streaming int8")
"""How validation looks at a network (see `validation`)."""
SPELLING_FIT = FitConfig(steps=2800, quantised_steps=0, learning_rate=5e-3, clip_norm=5.0)


@dataclass(frozen=True, slots=True)
class TriggerRecipe:
    """Everything that decides a trigger network; as it stands, the one that ships."""

    synthetic: bool = True
    """Whether programs speak in the mixtures, beside people."""

    seconds: float = 4.0
    """Length of a mixture."""

    joined: int = 2
    """Mixtures that follow each other in one sequence: a device is never in the state of silence when a word begins."""

    augmented: bool = True
    """Whether a mixture has another voice, pace and company each time it is drawn."""

    features: FeatureConfig = field(default_factory=lambda: FeatureConfig(normalise="pcen", time_constant=0.5))
    layers: tuple[Layer, ...] = (Layer(96), Layer(96))
    stack: int = 3
    batch: int = 64
    """Mixtures a batch."""

    dropout: float = 0.1
    """Share of each layer's outputs that training hides: a few dozen speakers are soon known by heart."""

    spelling: FitConfig | None = SPELLING_FIT
    """How the cells learn letters before words; None for cells that know nothing."""

    fit: FitConfig = field(default_factory=FitConfig)
    views: tuple[str, ...] = VIEWS
    seed: int = 1

    def detector(self) -> DetectorConfig:
        """How its scores become events."""
        return DetectorConfig(smoothing_steps=SMOOTHED_FRAMES // self.stack)

    def network(self) -> Network:
        """The network that the device runs, untrained."""
        return self._network(HEADS)

    def speller(self) -> Network:
        """The same cells with a head for letters, untrained."""
        return self._network((("letters", SYMBOLS),))

    def _network(self, heads: tuple[tuple[str, int], ...]) -> Network:
        return Network(NetworkSpec(self.features.bands, self.layers, heads, self.stack), self.seed)


PLAIN = TriggerRecipe(
    synthetic=False,
    seconds=3.0,
    joined=1,
    augmented=False,
    features=FeatureConfig(normalise="mean"),
    stack=2,
    dropout=0.0,
    spelling=None,
    fit=FitConfig(steps=2500, quantised_steps=0),
    views=("float",),
)
"""The ground: the same cells on the real recordings alone, and none of what was found to help."""
