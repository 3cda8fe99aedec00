"""Everything that decides a trigger network: the one that ships, and the plain one that it is held against.

Stacked log-mel frames -> GRU -> GRU -> one logit a word, and when the word began and ended; and the same with twice as
many layers, a verifier that listens only where that believes a little (see edge/second_look.py).

The GRUs begin as those of the speech network, from the lowest on: some thirty people say each word, hundreds say
everything else, and what knows letters does not take a new voice for a new word.
"""

from dataclasses import dataclass, field
from pathlib import Path

from edge.features import FeatureConfig
from edge.model import SecondLookConfig
from edge.model.manifest import VerifierConfig
from edge.trigger import DetectorConfig
from train.cascade import Cascade
from train.fit import FitConfig
from train.networks import Layer, Network, NetworkSpec
from train.recipes.speech.recipe import WEIGHTS as SPEECH_WEIGHTS
from train.recipes.speech.recipe import SpeechRecipe
from train.recipes.trigger.words import WORDS
from train.second_look import SPELLER, Look, second_look
from train.targets import TIMING_SECONDS

HEADS = (("scores", len(WORDS)), ("timing", 2))
WEIGHTS = Path(__file__).with_name("weights.npz")
"""Float weights of the shipped network, from which training can go on; those of its verifier lie beside it."""
SMOOTHED_FRAMES = 18
"""Frames (0.18 s) over which the detector averages posteriors, however many make a step."""
SECOND_LOOK = "second look"
VIEWS = ("float", "int8", "streaming float", "streaming int8", SECOND_LOOK)
"""How validation looks at a network (see `validation`)."""


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

    features: FeatureConfig = field(default_factory=lambda: SpeechRecipe().features.first)
    """What the speech network's frames begin with, so that a device computes them once for both."""

    layers: tuple[Layer, ...] = field(default_factory=lambda: SpeechRecipe().layers[:2])
    stack: int = SpeechRecipe().stack
    cells: Path | None = SPEECH_WEIGHTS
    """Weights whose lowest layers it begins with; None for cells that know nothing."""

    verifier: tuple[Layer, ...] = field(default_factory=lambda: SpeechRecipe().layers)
    """Layers of the network that is asked by the other, none for no such network."""

    verifier_floor: float = 0.1
    """The least posterior at which it is asked."""

    verifier_share: float = 0.5
    """Of its logit in that of both."""

    batch: int = 32
    """Mixtures a batch."""

    dropout: float = 0.1
    """Share of each layer's outputs that training hides: a few dozen speakers are soon known by heart."""

    fit: FitConfig = field(default_factory=lambda: FitConfig(steps=1200, quantised_steps=100, learning_rate=1e-3))
    look: Look = field(default_factory=lambda: Look(floor=0.2, weight=0.25))
    """How the speech network reads again what they believe they heard; real people taught them, so their belief counts
    more beside the letters than that in a phrase of one's own."""

    speller: str = SPELLER
    """Name or folder of the speech network that reads again when folds are judged; one that never heard their speakers
    judges them better than what ships."""

    views: tuple[str, ...] = VIEWS
    seed: int = 1

    def detector(self) -> DetectorConfig:
        """How its scores become events."""
        return DetectorConfig(smoothing_steps=SMOOTHED_FRAMES // self.stack, timing_seconds=TIMING_SECONDS)

    def cascade(self) -> Cascade:
        """The networks, untrained."""
        return Cascade(self._network(self.layers), self._network(self.verifier) if self.verifier else None)

    def _network(self, layers: tuple[Layer, ...]) -> Network:
        return Network(NetworkSpec(self.features.width, layers, HEADS, self.stack), self.seed)

    def second_look(self) -> SecondLookConfig:
        """How scores are looked at again; without layers for a verifier, by the speech network alone."""
        verifier = VerifierConfig("", self.verifier_floor, self.verifier_share) if self.verifier else None
        return second_look(self.look, self.detector().smoothing_steps, verifier=verifier)


PLAIN = TriggerRecipe(
    synthetic=False,
    seconds=3.0,
    joined=1,
    augmented=False,
    features=FeatureConfig(normalise="mean"),
    layers=(Layer(96), Layer(96)),
    stack=2,
    cells=None,
    verifier=(),
    batch=64,
    dropout=0.0,
    fit=FitConfig(steps=2500, quantised_steps=0),
    views=("float",),
)
"""The ground: GRUs of 96 on the real recordings alone, and none of what was found to help."""
