"""From the trained network to the bundle that ships."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np

from edge.model import StreamingModel
from edge.model.manifest import TrainingData
from edge.sensors.dna import LABELS, TASK, SpliceFinder, pairs_of, shares_of
from train.bundle import GOLDEN_STEPS, About, measured, write_bundle
from train.corpora.sequences import Labelled
from train.export import export
from train.networks import Network
from train.quantize import Frames, Precision
from train.recipes.dna.card import card
from train.recipes.dna.folds import judge, read_results
from train.recipes.dna.recipe import DnaRecipe
from train.recipes.dna.spreading import spread

VERSION: Final = "2.0.1"
CALIBRATION_WINDOWS: Final = 100
"""Read as one stream, from which export learns the ranges of activations."""
THRESHOLD: Final = 0.8
"""Probability from which a place is a junction, if no cross-validation has chosen one."""
DATA: Final = (TrainingData("splice-junction gene sequences (UCI)", "CC BY 4.0", 0.0),)


def publish(
    network: Network, recipe: DnaRecipe, windows: Sequence[Labelled], precision: Precision, work: Path, out: Path
) -> None:
    """Writes the bundle of a network, spread over as many places a step as its recipe says.

    Its card tells what cross-validation in `work` has found, if it was done.

    Raises:
        DataError: what it found is damaged.
        UsageError: it was done with other windows, or by another recipe.
    """
    found, frames = read_results(work, windows, recipe), calibration_frames(windows)
    wide = spread(network, recipe.places)
    model, golden = export(wide, [frames], precision), frames[: GOLDEN_STEPS * recipe.places]
    about = About(
        name=out.name,
        task=TASK,
        version=VERSION,
        precision=precision,
        stack=recipe.places,
        window=wide.spec.window,
        labels=LABELS,
        licence="Apache-2.0",
        detector={"threshold": float(found.get("threshold", THRESHOLD))},
        training_data=DATA,
    )
    trial = partial(write_bundle, model=model, about=about, card="", golden_frames=golden)
    metrics = measured(trial, partial(figures, network, windows, found))
    write_bundle(out, model, replace(about, metrics=metrics), card(wide.spec, precision, metrics), golden)


def calibration_frames(windows: Sequence[Labelled]) -> Frames:
    """Some windows of all classes behind one another, (bases, 16)."""
    chosen = windows[:: max(1, len(windows) // CALIBRATION_WINDOWS)]
    return pairs_of(np.concatenate([shares_of(window.bases) for window in chosen]))


def figures(network: Network, windows: Sequence[Labelled], found: dict[str, Any], bundle: Path) -> dict[str, Any]:
    """What cross-validation found, and for how many windows in a hundred the file says what the network says."""
    finder, expected = SpliceFinder(StreamingModel.load(bundle)), judge(network, windows).argmax(axis=1)
    told = np.array([finder.classify(window.bases).argmax() for window in windows])
    agreement = {"same_class_as_float_percent": round(100 * float((told == expected).mean()), 2)}
    return agreement | ({"cross_validation": found} if found else {})
