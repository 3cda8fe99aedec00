"""What int8 and streaming cost the outputs of a network that hears: four views of the same recordings.

Only of the models whose float weights lie beside their recipe, as a bundle has none; see `train.parity`.
"""

import argparse
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Final

from edge.errors import DataError
from edge.features import FeatureConfig, FeatureStream
from edge.model.bundle import Bundle
from edge.model.shipped import find_bundle
from train.cascade import ALWAYS, kept
from train.corpora.audio import load, sound_files
from train.export import export, load_weights
from train.networks import Network
from train.options import count
from train.parity import Parity, parity
from train.quantize import Frames
from train.recipes.speech.recipe import WEIGHTS as SPEECH
from train.recipes.speech.recipe import SpeechRecipe
from train.recipes.trigger.recipe import WEIGHTS as TRIGGER
from train.recipes.trigger.recipe import TriggerRecipe

NETWORKS: Final[Mapping[str, tuple[Callable[[], Network], Path]]] = {
    "trigger-en": (lambda: TriggerRecipe().cascade().always, kept(TRIGGER, ALWAYS)),
    "speech-en": (lambda: SpeechRecipe().network(), SPEECH),
}
"""By bundle, the network that it was quantised from, untrained, and its weights."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the evaluation."""
    parser.add_argument("--bundle", choices=NETWORKS, default="trigger-en", help="shipped model (default: %(default)s)")
    parser.add_argument("--limit", type=count, default=20, help="recordings, of all in --data (default: %(default)s)")


def run(arguments: argparse.Namespace) -> None:
    """Compares and prints."""
    bundle = Bundle.read(find_bundle(arguments.bundle))
    manifest = bundle.manifest
    recordings = frames_of(arguments.data, arguments.limit, manifest.frames, manifest.stack)
    make, weights = NETWORKS[arguments.bundle]
    network = make()
    load_weights(network, weights)
    found = parity(network, export(network, [], "float"), bundle.model.read_bytes(), recordings)
    what = {"task": "parity", "bundle": manifest.name, "precision": manifest.precision, "n": len(recordings)}
    print(json.dumps(what | {"outputs": _figures(found)}) if arguments.json else _shown(found, manifest.name))


def frames_of(folder: Path, limit: int, features: FeatureConfig, least: int) -> list[Frames]:
    """Frames of so many of the recordings below a folder, from all over it; those of fewer than the least do not count.

    Raises:
        DataError: there is none, or one cannot be read.
    """
    files = sound_files(folder)
    some = files[:: -(-len(files) // limit)]
    recordings = [frames for file in some if len(frames := FeatureStream(features).feed(load(file))) >= least]
    if not recordings:
        raise DataError(f"{folder}: no recording is as long as a step of the network; name others")
    return recordings


def _figures(found: Parity) -> dict[str, dict[str, dict[str, float]]]:
    return {
        output: {column: asdict(one) for column, one in by_column.items()}
        for output, by_column in found.differences().items()
    }


def _shown(found: Parity, bundle: str) -> str:
    recordings = found.outputs["float"]
    steps = sum(len(next(iter(outputs.values()))) for outputs in recordings)
    return f"{bundle}, {len(recordings)} recordings, {steps} steps\n\n{found.table()}"
