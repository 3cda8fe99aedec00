"""From the trained network to a bundle, float and int8 side by side on its card."""

from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np

from edge.model import StreamingModel
from edge.model.manifest import TrainingData
from edge.sensors.activity import TASK, ActivityConfig
from edge.sensors.pose import BANDS, FRAME_RATE
from train.bundle import GOLDEN_STEPS, About, measured, write_bundle
from train.calibration import best_temperature
from train.evaluate.activity import Score, evaluate
from train.export import export
from train.networks import Network
from train.quantize import Frames, Precision
from train.recipes.activity.card import LICENCE, card
from train.recipes.activity.fitting import batches
from train.recipes.activity.parts import Parts
from train.recipes.activity.recipe import ActivityRecipe

VERSION: Final = "1.0.0"
CALIBRATION_BATCHES: Final = 3
"""Of varied clips, from which export learns the ranges of activations."""


def publish(network: Network, parts: Parts, recipe: ActivityRecipe, precision: Precision, out: Path) -> None:
    """Writes the bundle; its temperature is chosen on validation, and its card tells how it fares there."""
    frames = calibration_frames(parts, recipe)
    seconds = sum(len(clip.poses) for clip in parts.train) / FRAME_RATE
    about = About(
        name=out.name,
        task=TASK,
        version=VERSION,
        precision=precision,
        stack=recipe.stack,
        labels=parts.classes,
        licence=LICENCE,
        training_data=(TrainingData("JHMDB", LICENCE, round(seconds / 3600, 3)),),
    )
    golden = np.concatenate(frames)[: GOLDEN_STEPS * recipe.stack]
    models = {one: export(network, frames, one) for one in dict.fromkeys((precision, "float", "int8"))}
    trial = partial(write_bundle, card="", golden_frames=golden)
    figures: dict[str, dict[str, Score]] = {}
    for one, model in models.items():
        write = partial(trial, model=model, about=replace(about, precision=one))
        figures[one] = measured(write, partial(_figures, parts=parts))
    about = replace(about, detector=asdict(_config(figures[precision][parts.name])), metrics=_metrics(figures))
    write_bundle(out, models[precision], about, card(recipe, figures, about), golden)


def calibration_frames(parts: Parts, recipe: ActivityRecipe) -> list[Frames]:
    """What the network is given for some varied clips, (frames, bands) each."""
    made = batches(parts.train, parts.classes, recipe)
    some = [next(made).frames for _ in range(CALIBRATION_BATCHES)]
    return [clip.reshape(-1, BANDS) for batch in some for clip in batch]


def _figures(bundle: Path, parts: Parts) -> dict[str, Score]:
    model = StreamingModel.load(bundle)
    named = {parts.name: parts.validation, "development test": parts.test}
    return {name: evaluate(model, clips) for name, clips in named.items() if clips}


def _config(validation: Score) -> ActivityConfig:
    there = np.eye(len(validation.labels), dtype=bool)[validation.there]
    return ActivityConfig(temperature=best_temperature(validation.logits[:, -1], there))


def _metrics(figures: dict[str, dict[str, Score]]) -> dict[str, dict[str, float]]:
    return {
        part: {precision: round(scores[part].accuracy, 2) for precision, scores in figures.items()}
        for part in next(iter(figures.values()))
    }
