"""Cross-validation over groups of speakers: what five views of each fold's networks do with speakers they never heard.

float             the sequence views that were trained: the mean of all networks at every step, which no device computes
int8              the same with weights, products and states rounded, as in the last epochs
streaming float   the float files, a step at a time, begun anew whenever it is quiet
streaming int8    the int8 files likewise
second look       the int8 file of the first likewise; the verifier and the speech network where it asks: the device
"""

import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from edge.features import Frames
from edge.model import Bundle, find_bundle
from edge.model.bundle import MANIFEST, VERIFIER
from edge.model.runtime import find_runtime
from edge.model.stream import ModelStream, StreamingModel
from edge.quiet import Quiet
from edge.second_look import SecondLook
from train.cascade import ALWAYS, Cascade
from train.evaluate.held_out import HeldOut, Score, tally
from train.evaluate.scorers import Logits, float_scores, frames_of, looked_at
from train.evaluate.streams import LongStream
from train.export import export
from train.files import made, write_text
from train.fit import is_younger
from train.networks import Network
from train.quantize import Precision, state_names
from train.recipes.trigger.recipe import SECOND_LOOK, TriggerRecipe
from train.recipes.trigger.words import WORDS
from train.second_look import SPELLER, detector_of

CALIBRATION_STREAMS = 6
READ_BY = "read-by.txt"
"""Beside the tally of a second look: the hash of the speech network that read again."""


def validate(cascade: Cascade, recipe: TriggerRecipe, material: HeldOut, calibration: list[Frames], out: Path) -> None:
    """Writes `tally-VIEW.json` for each view of the recipe; what is there, and younger than its networks, is kept."""
    step = recipe.stack * recipe.features.hop
    ears = _Ears(cascade, recipe, calibration)
    for view in recipe.views:
        if not is_validated(out, view):
            path = tally_path(out, view)
            detector = detector_of(recipe.detector(), looks_again=view == SECOND_LOOK)
            tally(ears.scorer(view), WORDS, material, detector, step).save(path)
            if view == SECOND_LOOK:
                write_text(out / READ_BY, Bundle.read(find_bundle(recipe.speller)).model_id)
            print(path, flush=True)


def read_by_stranger(run: Path) -> bool:
    """Whether a run's fold was read again by another speech network than what is installed, which has heard everybody.

    Raises:
        UsageError: which one did was not written down.
    """
    reader = made(run / READ_BY, "trigger validate").read_text(encoding="utf-8")
    return reader != Bundle.read(find_bundle(SPELLER)).model_id


def is_validated(run: Path, view: str) -> bool:
    """Whether a view's tally of a run is there, and is of the networks as they are."""
    networks, speller = run.glob("*/weights.npz"), [find_bundle(SPELLER) / MANIFEST]
    return is_younger(tally_path(run, view), [*networks, *(speller if view == SECOND_LOOK else [])])


def tally_path(run: Path, view: str) -> Path:
    """Where a view's tally of a run is kept."""
    return run / f"tally-{view.replace(' ', '-')}.json"


def calibration_frames(material: HeldOut, recipe: TriggerRecipe) -> list[Frames]:
    """Frames of some minutes of real audio, with and without words and noise."""
    streams = [*material.words["clean"], *material.words.get("10 dB", []), *material.others]
    return [frames_of(stream, recipe.features) for stream in streams[:: max(1, len(streams) // CALIBRATION_STREAMS)]]


class _Ears:
    """What turns test streams into scores, by view; a file that two views need is exported once."""

    def __init__(self, cascade: Cascade, recipe: TriggerRecipe, calibration: list[Frames]) -> None:
        self._cascade, self._recipe, self._calibration = cascade, recipe, calibration
        self._files: dict[tuple[str, Precision], bytes] = {}

    def scorer(self, view: str) -> Score:
        """That of all networks."""
        if view == SECOND_LOOK:
            verifier = self._open(VERIFIER, "int8") if self._cascade.verifier else None
            look = SecondLook(StreamingModel.load(self._recipe.speller), WORDS, self._recipe.second_look(), verifier)
            return self._streaming(ALWAYS, "int8", look)
        return _mean([self._scorer_of(name, network, view) for name, network in self._cascade.networks.items()])

    def _scorer_of(self, name: str, network: Network, view: str) -> Score:
        if view.startswith("streaming"):
            return self._streaming(name, "int8" if view.endswith("int8") else "float")
        network.quantise(view == "int8")
        return lambda streams: float_scores(network, self._recipe.features, streams)

    def _streaming(self, name: str, precision: Precision, look: SecondLook | None = None) -> Score:
        stream = self._open(name, precision, Quiet(self._recipe.features, self._recipe.stack))
        return lambda streams: [looked_at(stream, self._recipe.features, look, test) for test in streams]

    def _open(self, name: str, precision: Precision, quiet: Quiet | None = None) -> ModelStream:
        """What the device would run."""
        network = self._cascade.networks[name]
        if (name, precision) not in self._files:
            self._files[name, precision] = export(network, self._calibration, precision)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "model.tflite")
            path.write_bytes(self._files[name, precision])
            return ModelStream(find_runtime().open(path), network.spec.stack, state_names(network), quiet=quiet)


def _mean(scorers: Sequence[Score]) -> Score:
    def score(streams: Sequence[LongStream]) -> Iterable[Logits]:
        tracks = zip(*(scorer(streams) for scorer in scorers), strict=True)
        return [np.mean(some, axis=0, dtype=np.float32) for some in tracks]

    return score
