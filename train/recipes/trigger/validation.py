"""Cross-validation over groups of speakers: what five views of each fold's network do with speakers it never heard.

float             the sequence view that was trained
int8              the same with weights, products and states rounded, as in the last epochs
streaming float   the float file, a step at a time, begun anew whenever it is quiet
streaming int8    the int8 file likewise: what the device believes
second look       and with what the speech network reads there: what the device hears
"""

import tempfile
from dataclasses import replace
from pathlib import Path

from edge.features import Frames
from edge.model.runtime import find_runtime
from edge.model.stream import ModelStream, StreamingModel
from edge.quiet import Quiet
from edge.second_look import SecondLook
from train.evaluate.held_out import HeldOut, Score, tally
from train.evaluate.scorers import float_scores, frames_of, looked_at
from train.export import export
from train.networks import Network
from train.quantize import Precision, state_names
from train.recipes.trigger.recipe import SECOND_LOOK, TriggerRecipe
from train.recipes.trigger.words import WORDS
from train.second_look import SPELLER, second_look

CALIBRATION_STREAMS = 6


def validate(network: Network, recipe: TriggerRecipe, material: HeldOut, calibration: list[Frames], out: Path) -> None:
    """Writes `tally-VIEW.json` for each view of the recipe; what is already there is kept."""
    step = recipe.stack * recipe.features.hop
    for view in recipe.views:
        path = tally_path(out, view)
        if not path.exists():
            detector = recipe.detector()
            if view == SECOND_LOOK:  # It has a mean of its own.
                detector = replace(detector, smoothing_steps=1)
            tally(_scorer(network, recipe, view, calibration), WORDS, material, detector, step).save(path)
            print(path, flush=True)


def tally_path(run: Path, view: str) -> Path:
    """Where a view's tally of a run is kept."""
    return run / f"tally-{view.replace(' ', '-')}.json"


def calibration_frames(material: HeldOut, recipe: TriggerRecipe) -> list[Frames]:
    """Frames of some minutes of real audio, with and without words and noise."""
    streams = [*material.words["clean"], *material.words.get("10 dB", []), *material.others]
    return [frames_of(stream, recipe.features) for stream in streams[:: max(1, len(streams) // CALIBRATION_STREAMS)]]


def _scorer(network: Network, recipe: TriggerRecipe, view: str, calibration: list[Frames]) -> Score:
    if view == SECOND_LOOK:
        look = SecondLook(
            StreamingModel.load(SPELLER), WORDS, second_look(recipe.look, recipe.detector().smoothing_steps)
        )
        return _streaming(export(network, calibration, "int8"), network, recipe, look)
    if view.startswith("streaming"):
        precision: Precision = "int8" if view.endswith("int8") else "float"
        return _streaming(export(network, calibration, precision), network, recipe)
    network.quantise(view == "int8")
    return lambda streams: float_scores(network, recipe.features, streams)


def _streaming(model: bytes, network: Network, recipe: TriggerRecipe, look: SecondLook | None = None) -> Score:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model.tflite")
        path.write_bytes(model)
        quiet = Quiet(recipe.features, recipe.stack)
        stream = ModelStream(find_runtime().open(path), recipe.stack, state_names(network), quiet=quiet)

    return lambda streams: [looked_at(stream, recipe.features, look, test) for test in streams]
