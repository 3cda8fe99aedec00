"""Misses and false accepts of keywords that are given as text, without any training."""

import argparse
import json
from pathlib import Path
from typing import Any

from edge.model import StreamingModel
from train.corpora.manifest import read_data
from train.evaluate.intervals import percent, poisson, wilson
from train.evaluate.keywords import keyword_tally
from train.evaluate.negatives import SNR_HELP, noise_under
from train.evaluate.speech import as_said, heard_by
from train.evaluate.trigger import Tally, table
from train.options import budget, decibels


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the evaluation."""
    parser.add_argument("--bundle", default="speech-en", help="name or folder of a speech model")
    help_text = "one word or several, as they are said"
    parser.add_argument(
        "--keyword", type=_keyword, nargs="+", action="extend", required=True, metavar="TEXT", help=help_text
    )
    parser.add_argument("--false-accepts-per-hour", type=budget, default=1.0, help="it chooses the thresholds")
    parser.add_argument("--noise", type=Path, metavar="FOLDER", help="recordings to put under the speech")
    parser.add_argument("--snr", type=decibels, help=SNR_HELP)


def run(arguments: argparse.Namespace) -> None:
    """Evaluates and prints; what holds no keyword is what false accepts are looked for in."""
    model = StreamingModel.load(arguments.bundle)
    noise = noise_under(arguments.noise, arguments.snr)
    heard = heard_by(model, read_data(arguments.data), arguments.data, noise)
    condition = f"{noise.snr_db:g} dB" if noise else "clean"
    manifest = model.bundle.manifest
    step_seconds = manifest.stack * manifest.frames.seconds_per_frame
    tally = keyword_tally(heard, list(dict.fromkeys(arguments.keyword)), step_seconds, condition)
    if arguments.json:
        figures = keyword_figures(tally, condition, arguments.false_accepts_per_hour)
        of = {"task": "keywords", "bundle": manifest.name, "precision": manifest.precision, "n": len(heard)}
        print(json.dumps(of | figures))
    else:
        print(f"{len(heard)} clips, {tally.hours:.2f} h without a keyword\n")
        print(table(tally, [condition], [arguments.false_accepts_per_hour]))


def keyword_figures(tally: Tally, condition: str, rate: float) -> dict[str, Any]:
    """By keyword, at the lowest threshold that keeps to a rate of false accepts an hour; None for what is not known."""
    rows = {}
    for word in tally.labels:
        threshold = tally.threshold(word, rate)
        missed, clips = tally.miss(word, condition, threshold)
        accepts, hours = tally.false_accepts(word, threshold), tally.hours_without(word)
        rows[word] = {
            "threshold": threshold,
            "clips": clips,
            "miss_percent": 100 * missed / clips if clips else None,
            "miss_percent_interval": percent(wilson(missed, clips)),
            "hours": round(hours, 3),
            "false_accepts_per_hour": accepts / hours if hours else None,
            "false_accepts_per_hour_interval": poisson(accepts, hours) if hours else None,
        }
    return {"hours": round(tally.hours, 3), "condition": condition, "keywords": rows}


def _keyword(text: str) -> str:
    said = as_said(text)
    if not said:
        raise argparse.ArgumentTypeError(f"{text!r} cannot be heard: write words in letters, as they are said")
    return said
