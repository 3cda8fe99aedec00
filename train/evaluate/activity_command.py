"""Accuracy of the activities that a bundle sees in clips of poses, and how early it knows them."""

import argparse
from pathlib import Path
from typing import Any

from edge.model import StreamingModel
from train.corpora.poses import find_clips, read_clips
from train.evaluate.activity import Score, draw, evaluate
from train.evaluate.telling import tell


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the evaluation."""
    none = "none is shipped, `python -m train activity` makes one (docs/pose.md)"
    parser.add_argument("--bundle", required=True, help=f"folder of a model bundle, int8 or float: {none}")
    parser.add_argument("--picture", type=Path, help="where to draw accuracy against the share of the clip, as .png")


def run(arguments: argparse.Namespace) -> None:
    """Evaluates and prints."""
    model = StreamingModel.load(arguments.bundle)
    file = find_clips(arguments.data)
    score = evaluate(model, read_clips(file).clips)
    if arguments.picture:
        draw(score, arguments.picture, model.bundle.manifest.name)
    tell(arguments, file, _result(model, score), _table)


def _result(model: StreamingModel, score: Score) -> dict[str, Any]:
    return {
        "task": "activity",
        "bundle": model.bundle.manifest.name,
        "precision": model.bundle.manifest.precision,
        "n": score.n,
        "accuracy": round(score.accuracy, 2),
        "accuracy_by_share_seen": {f"{share:g}": round(value, 2) for share, value in score.early.items()},
        "accuracy_by_activity": {label: round(value, 1) for label, value in score.by_activity.items()},
    }


def _table(result: dict[str, Any]) -> str:
    shares = result["accuracy_by_share_seen"].items()
    early = [f"  {100 * float(share):3.0f} %  {value:5.1f} %" for share, value in shares]
    each = ", ".join(f"{label} {value:.0f}" for label, value in result["accuracy_by_activity"].items())
    head = f"{result['n']} clips, {result['bundle']} ({result['precision']}): accuracy {result['accuracy']:.2f} %"
    return "\n".join([head, "by the share of the clip that was seen:", *early, f"by activity, %: {each}"])
