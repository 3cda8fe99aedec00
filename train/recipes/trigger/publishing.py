"""From the final networks and the tallies of all folds to the bundle that ships, and that of the verifier in it."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from itertools import product
from pathlib import Path
from typing import Any

from edge.features import Frames
from train.bundle import About
from train.cascade import Cascade, Exported
from train.corpora.credits import training_data
from train.corpora.manifest import Clip
from train.evaluate.trigger import Tally, table
from train.recipes.trigger.card import card, verifier_card
from train.recipes.trigger.recipe import TriggerRecipe
from train.recipes.trigger.words import WORDS
from train.second_look import detector_of

VERSION = "1.7.0"
BUDGETS = (0.5, 0.1)
"""False accepts an hour at which misses are reported."""


def publish(
    cascade: Cascade,
    recipe: TriggerRecipe,
    tally: Tally,
    clips: Iterable[Clip],
    calibration: list[Frames],
    out: Path,
    *,
    read_by_stranger: bool,
) -> None:
    """Writes the bundle: the int8 networks, and the curves of those that cross-validation trained likewise."""
    data = training_data(clip for clip in clips if clip.ship_weights and clip.kind != "digit")
    look = recipe.second_look()
    about = About(
        name=out.name,
        task="trigger",
        version=VERSION,
        precision="int8",
        stack=recipe.stack,
        labels=WORDS,
        licence="Apache-2.0",
        features=recipe.features,
        detector=asdict(detector_of(recipe.detector(), looks_again=True)),
        operating_points=tally.operating_points(),
        metrics=figures(tally),
        training_data=data,
        second_look=look,
    )
    found = table(tally, conditions(tally), BUDGETS)
    text = card(recipe, found, tally.hours, data, read_by_stranger=read_by_stranger)
    Exported.of(cascade, calibration).write(out, about, text, verifier_card(recipe), calibration[0])


def figures(tally: Tally) -> dict[str, Any]:
    """Misses in percent by condition, budget and word; the card has them with their intervals."""
    misses: dict[str, Any] = {"negative hours": round(tally.hours, 2)}
    for condition, budget in product(conditions(tally), BUDGETS):
        counts = {word: tally.miss(word, condition, tally.threshold(word, budget)) for word in WORDS}
        percent = {word: round(100 * missed / max(1, clips), 1) for word, (missed, clips) in counts.items()}
        misses[f"miss % {condition} at {budget:g}/h"] = percent
    return misses


def conditions(tally: Tally) -> Sequence[str]:
    """Names of the conditions that were tallied, in their order."""
    return list(dict.fromkeys(condition for _, condition in tally.best))
