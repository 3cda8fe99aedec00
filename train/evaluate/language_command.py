"""Nats per character of a text under a language model; of one of words, perplexity and the share of unknown ones."""

import argparse
import json
from typing import Any

from edge.errors import BundleError
from edge.model import StreamingModel
from edge.understanding.language import OUTPUT
from train.evaluate.language import foresee, streamed
from train.recipes.language.texts import read_test, unit_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the evaluation."""
    parser.add_argument("--bundle", default="language-en", help="name or folder of a model bundle, int8 or float")


def run(arguments: argparse.Namespace) -> None:
    """Evaluates and prints."""
    model = StreamingModel.load(arguments.bundle)
    manifest = model.bundle.manifest
    if OUTPUT not in manifest.tensors.outputs:
        raise BundleError(f"{model.bundle.folder} is no language model: name one of those")
    text, left_out = read_test(arguments.data, unit_of(manifest.labels))
    result = evaluate_language(model, text) | {"left_out": left_out}
    print(json.dumps(result) if arguments.json else _line(result))


def evaluate_language(model: StreamingModel, text: str) -> dict[str, Any]:
    """The loss of a text; a model of letters or words wants sentences as they are spoken, one a line."""
    manifest = model.bundle.manifest
    found = foresee(streamed(model.stream()), text, manifest.labels)
    if unit_of(manifest.labels) == "word":
        figures = {"perplexity": round(found.perplexity, 2), "unknown_percent": round(found.unknown_percent, 2)}
    else:
        figures = {"characters": found.characters, "nats_per_char": round(found.nats_per_char, 4)}
    return {
        "task": "language",
        "bundle": manifest.name,
        "precision": manifest.precision,
        "n": found.symbols,
        **figures,
    }


def _line(result: dict[str, Any]) -> str:
    if "perplexity" in result:
        figures = f"{result['unknown_percent']:.2f} % unknown, perplexity {result['perplexity']:.1f}"
    else:
        figures = f"{result['nats_per_char']:.3f} nats per character"
    without = (
        f"; {result['left_out']} sentences with digits or foreign letters are left out" if result["left_out"] else ""
    )
    return f"{result['n']} symbols, {result['bundle']} ({result['precision']}): {figures}{without}"
