"""`python -m train evaluate TASK --data PATH`: scores a bundle on data in the format of its task."""

import argparse
import json
from functools import cache
from pathlib import Path
from typing import Any

from edge.model import StreamingModel
from edge.pipeline import detector_config, thresholds_for
from train.corpora.audio import load
from train.corpora.manifest import read_corpora, read_manifest
from train.evaluate.held_out import held_out
from train.evaluate.scorers import bundle_scores, smoothed
from train.evaluate.trigger import Tally


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line of the evaluation."""
    parser.add_argument("task", choices=("trigger",))
    parser.add_argument("--data", type=Path, required=True, help="a corpus with manifest.csv, or a folder of corpora")
    parser.add_argument("--bundle", default="trigger-en", help="name or folder of a model bundle")
    parser.add_argument("--false-accepts-per-hour", type=float, default=0.5, help="budget that chooses the thresholds")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")


def run(arguments: argparse.Namespace) -> None:
    """Evaluates and prints."""
    result = evaluate_trigger(arguments.data, arguments.bundle, arguments.false_accepts_per_hour)
    if arguments.json:
        print(json.dumps(result))
        return
    for word, rate in result["false_accepts_per_hour"].items():
        misses = ", ".join(f"{name} {percent:.1f} %" for name, percent in result["miss_percent"].get(word, {}).items())
        print(f"{word}: {rate:.2f} false accepts an hour; misses: {misses or 'not in the data'}")


def evaluate_trigger(data: Path, bundle: str, false_accepts_per_hour: float) -> dict[str, Any]:
    """Misses in percent by word and condition, and false accepts an hour by word, at the device's own thresholds."""
    model = StreamingModel.load(bundle)
    manifest = model.bundle.manifest
    clips = read_manifest(data) if (data / "manifest.csv").is_file() else read_corpora(data)
    material = held_out(clips, manifest.labels, cache(load))
    tally, detector = Tally(manifest.labels), detector_config(manifest)
    step = manifest.stack * (manifest.features.hop if manifest.features else 0)
    for condition, streams in material.words.items():
        tally.add_words(condition, streams, smoothed(bundle_scores(model, streams), detector), step)
    tally.add_others(material.others, smoothed(bundle_scores(model, material.others), detector), step)
    thresholds = thresholds_for(model, manifest.labels, false_accepts_per_hour)
    return {
        "task": "trigger",
        "bundle": manifest.name,
        "precision": manifest.precision,
        "n": len(clips),
        "hours": round(tally.hours, 3),
        "thresholds": thresholds,
        "miss_percent": _misses(tally, thresholds),
        "false_accepts_per_hour": {
            word: tally.false_accepts(word, threshold) / tally.hours for word, threshold in thresholds.items()
        },
    }


def _misses(tally: Tally, thresholds: dict[str, float]) -> dict[str, dict[str, float]]:
    percent: dict[str, dict[str, float]] = {}
    for word, condition in tally.best:
        missed, trials = tally.miss(word, condition, thresholds[word])
        percent.setdefault(word, {})[condition] = 100 * missed / trials
    return percent
