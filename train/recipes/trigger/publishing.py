"""From the final network and the tallies of all folds to the bundle that ships."""

from collections.abc import Iterable, Sequence
from itertools import product
from pathlib import Path
from typing import Any

from edge.features import Frames
from train.bundle import About, write_bundle
from train.corpora.credits import training_data
from train.corpora.manifest import Clip
from train.evaluate.trigger import Tally, table
from train.export import export
from train.networks import Network
from train.recipes.trigger.card import card
from train.recipes.trigger.recipe import TriggerRecipe
from train.recipes.trigger.words import WORDS
from train.second_look import second_look
from train.targets import TIMING_SECONDS

VERSION = "1.4.0"
BUDGETS = (0.5, 0.1)
"""False accepts an hour at which misses are reported."""


def publish(
    network: Network, recipe: TriggerRecipe, tally: Tally, clips: Iterable[Clip], calibration: list[Frames], out: Path
) -> None:
    """Writes the bundle: the int8 network, and the curves of the networks that cross-validation trained likewise."""
    network.quantise(False)
    data = training_data(clip for clip in clips if clip.ship_weights and clip.kind != "digit")
    detector = recipe.detector()
    about = About(
        name=out.name,
        task="trigger",
        version=VERSION,
        precision="int8",
        stack=recipe.stack,
        labels=WORDS,
        licence="Apache-2.0",
        features=recipe.features,
        detector={
            "smoothing_steps": 1,  # The second look has a mean of its own.
            "leave_ratio": detector.leave_ratio,
            "refractory_seconds": detector.refractory_seconds,
            "timing_seconds": TIMING_SECONDS,
        },
        operating_points={word: tally.operating_points(word) for word in WORDS},
        metrics=figures(tally),
        training_data=data,
        second_look=second_look(recipe.look, detector.smoothing_steps),
    )
    text = card(recipe, table(tally, conditions(tally), BUDGETS), tally.hours, data)
    write_bundle(out, export(network, calibration, "int8"), about, text, calibration[0])


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
