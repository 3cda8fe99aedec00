"""Everything that decides the training of a phrase, but for its data."""

from dataclasses import dataclass, field

from edge.model.manifest import Precision
from train.fit import FitConfig
from train.recipes.trigger.recipe import TriggerRecipe
from train.second_look import Look

PRECISION: Precision = "int8"
BUDGET = 1.0
"""False accepts an hour at which the closing report counts misses."""


@dataclass(frozen=True, slots=True)
class Takes:
    """How much is spoken."""

    phrase: int = 800
    near: int = 5
    """Takes of each near phrase."""

    snippets: int = 700
    """One to three words of a text."""

    passages: int = 500
    held_phrase: int = 200
    held_near: int = 1
    held_passages: int = 150
    held_texts: int = 650
    """Unseen texts by the voices that are kept back, and by those that train: only where no people are kept back."""


@dataclass(frozen=True, slots=True)
class PhraseRecipe:
    """How a phrase is taught."""

    phrase: str
    takes: Takes = field(default_factory=Takes)
    parts: int = 8
    """Parts of 500 mixtures."""

    fit: FitConfig = field(
        default_factory=lambda: FitConfig(
            steps=600, quantised_steps=150, learning_rate=1e-3, warm_up=50, checkpoint_every=50
        )
    )
    """Gentler and shorter than a beginning from nothing: the ear is there already."""

    verifier_floor: float = 0.05
    """The least posterior of the network that listens always at which the larger one is asked."""

    real_hours: float = 3.0
    """Most real speech that trains, and half of it that is kept back: what fits memory and the minutes."""

    look: Look | None = field(default_factory=lambda: Look(floor=0.05, weight=1.5))
    """None: the phrase is what the small network alone says."""

    seed: int = 1
    base: TriggerRecipe = field(default_factory=TriggerRecipe)
    """Of the network that it starts from: features, steps, mixtures and their augmentation."""
