"""Nats per frame of pieces of music under a bundle: what each frame costs when those before it are known."""

import argparse
from collections.abc import Sequence
from typing import Any

from edge.errors import BundleError
from edge.model import StreamingModel
from edge.music.composer import TASK
from edge.music.roll import Roll
from train.corpora.music import find_pieces, read_pieces
from train.evaluate.music import nll_per_frame, streamed
from train.evaluate.telling import tell

PARTS = ("test", "valid")
"""Which file of a folder is meant."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the evaluation."""
    parser.add_argument("--bundle", default="music", help="name or folder of a model bundle, int8 or float")


def run(arguments: argparse.Namespace) -> None:
    """Evaluates and prints."""
    file = find_pieces(arguments.data, PARTS)
    result = evaluate_music(StreamingModel.load(arguments.bundle), read_pieces(file))
    tell(arguments, file, result, _line)


def evaluate_music(model: StreamingModel, pieces: Sequence[Roll]) -> dict[str, Any]:
    """The figure of a bundle.

    Raises:
        BundleError: it is no network of music.
    """
    manifest = model.bundle.manifest
    if manifest.task != TASK:
        raise BundleError(f"{model.bundle.folder} is no network of music: name one of those")
    return {
        "task": TASK,
        "bundle": manifest.name,
        "precision": manifest.precision,
        "n": sum(map(len, pieces)),
        "pieces": len(pieces),
        "nll_per_frame": round(nll_per_frame(pieces, streamed(model.stream())), 4),
    }


def _line(result: dict[str, Any]) -> str:
    head = f"{result['pieces']} pieces, {result['n']} frames, {result['bundle']} ({result['precision']})"
    return f"{head}: {result['nll_per_frame']:.3f} nats per frame"
