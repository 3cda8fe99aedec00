"""From the final network and the tallies of all folds to the bundle that ships."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from edge.features import Frames
from edge.model.manifest import TrainingData
from train.bundle import About, write_bundle
from train.corpora.manifest import Clip
from train.evaluate.intervals import poisson, wilson
from train.evaluate.trigger import Tally, table
from train.export import export
from train.networks import Network
from train.recipes.trigger.card import card
from train.recipes.trigger.fitting import TriggerRecipe
from train.recipes.trigger.validation import DETECTOR
from train.recipes.trigger.words import WORDS
from train.targets import TIMING_SECONDS

VERSION = "1.0.0"
BUDGETS = (0.5, 0.1)
"""False accepts an hour at which misses are reported."""


def publish(
    network: Network, recipe: TriggerRecipe, tally: Tally, clips: Iterable[Clip], calibration: list[Frames], out: Path
) -> None:
    """Writes the bundle: the int8 network, and the curves of the networks that cross-validation trained likewise."""
    network.quantise(False)
    data = training_data(clips)
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
            "smoothing_steps": DETECTOR.smoothing_steps,
            "leave_ratio": DETECTOR.leave_ratio,
            "refractory_seconds": DETECTOR.refractory_seconds,
            "timing_seconds": TIMING_SECONDS,
        },
        operating_points={word: tally.operating_points(word) for word in WORDS},
        metrics={"cross_validation": [figures(tally, word, budget) for word in WORDS for budget in BUDGETS]},
        training_data=data,
    )
    text = card(recipe, table(tally, conditions(tally), BUDGETS), tally.hours, data)
    write_bundle(out, export(network, calibration, "int8"), about, text, calibration[0])


def figures(tally: Tally, word: str, budget: float) -> dict[str, Any]:
    """Misses of a word by condition at a budget of false accepts an hour, with 95 % intervals."""
    threshold = tally.threshold(word, budget)
    accepts = tally.false_accepts(word, threshold)
    misses = {}
    for condition in conditions(tally):
        missed, trials = tally.miss(word, condition, threshold)
        interval = [round(100 * limit, 1) for limit in wilson(missed, trials)]
        misses[condition] = {"percent": round(100 * missed / max(1, trials), 1), "interval": interval, "clips": trials}
    return {
        "word": word,
        "budget": budget,
        "threshold": threshold,
        "false_accepts": accepts,
        "hours": round(tally.hours, 2),
        "false_accepts_per_hour_interval": [round(limit, 2) for limit in poisson(accepts, tally.hours)],
        "miss": misses,
    }


def conditions(tally: Tally) -> Sequence[str]:
    """Names of the conditions that were tallied, in their order."""
    return list(dict.fromkeys(condition for _, condition in tally.best))


def training_data(clips: Iterable[Clip]) -> tuple[TrainingData, ...]:
    """What the shipped network has learnt from, by corpus."""
    hours: dict[str, float] = {}
    licences: dict[str, list[str]] = {}
    for clip in clips:
        if clip.ship_weights and clip.kind != "digit":
            hours[clip.corpus] = hours.get(clip.corpus, 0) + clip.seconds / 3600
            if clip.licence not in licences.setdefault(clip.corpus, []):
                licences[clip.corpus].append(clip.licence)
    return tuple(TrainingData(name, "; ".join(licences[name]), round(hours[name], 3)) for name in sorted(hours))
