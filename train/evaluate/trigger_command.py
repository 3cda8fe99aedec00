"""Misses of trigger words, false accepts an hour, and when words are heard."""

import argparse
import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from edge.model import StreamingModel
from edge.pipeline import detector_config, thresholds_for
from train.corpora.audio import load
from train.corpora.manifest import read_data
from train.evaluate.hearings import hearings, percentiles
from train.evaluate.held_out import held_out, tally
from train.evaluate.scorers import bundle_scores
from train.evaluate.streams import LongStream
from train.evaluate.trigger import Tally


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the evaluation."""
    parser.add_argument("--bundle", default="trigger-en", help="name or folder of a model bundle")
    parser.add_argument("--false-accepts-per-hour", type=float, default=0.5, help="budget that chooses the thresholds")


def run(arguments: argparse.Namespace) -> None:
    """Evaluates and prints."""
    result = evaluate_trigger(arguments.data, arguments.bundle, arguments.false_accepts_per_hour)
    if arguments.json:
        print(json.dumps(result))
        return
    for word, rate in result["false_accepts_per_hour"].items():
        misses = ", ".join(f"{name} {percent:.1f} %" for name, percent in result["miss_percent"].get(word, {}).items())
        print(f"{word}: {rate:.2f} false accepts an hour; misses: {misses or 'not in the data'}")
    for what, shares in result["timing_seconds"].items():
        print(f"{what}, clean words: " + ", ".join(f"{share} within {s:.2f} s" for share, s in shares.items()))


def evaluate_trigger(data: Path, bundle: str, false_accepts_per_hour: float) -> dict[str, Any]:
    """Misses in percent by word and condition, false accepts an hour by word, timing: at the device's thresholds."""
    model = StreamingModel.load(bundle)
    manifest = model.bundle.manifest
    clips = read_data(data)
    material = held_out(clips, manifest.labels, cache(load))
    step = manifest.stack * (manifest.features.hop if manifest.features else 0)
    detector = detector_config(manifest)
    result = tally(lambda streams: bundle_scores(model, streams), manifest.labels, material, detector, step)
    thresholds = thresholds_for(model, manifest.labels, false_accepts_per_hour)
    return {
        "task": "trigger",
        "bundle": manifest.name,
        "precision": manifest.precision,
        "n": len(clips),
        "hours": round(result.hours, 3),
        "thresholds": thresholds,
        "miss_percent": _misses(result, thresholds),
        "false_accepts_per_hour": {
            word: result.false_accepts(word, threshold) / result.hours for word, threshold in thresholds.items()
        },
        "timing_seconds": _timing(model, thresholds, material.words["clean"]),
    }


def _timing(
    model: StreamingModel, thresholds: dict[str, float], words: Sequence[LongStream]
) -> dict[str, dict[str, float]]:
    """Delays after the end of a clean word, and errors of the times that events carry, by share of the words heard."""
    heard = list(hearings(model, thresholds, words))
    return {
        "delay": percentiles([one.delay for one in heard]),
        "error of began": percentiles([abs(one.began) for one in heard]),
        "error of ended": percentiles([abs(one.ended) for one in heard]),
    }


def _misses(tally: Tally, thresholds: dict[str, float]) -> dict[str, dict[str, float]]:
    percent: dict[str, dict[str, float]] = {}
    for word, condition in tally.best:
        missed, trials = tally.miss(word, condition, thresholds[word])
        percent.setdefault(word, {})[condition] = 100 * missed / trials
    return percent
