"""Accuracy of the splice junctions that a bundle tells, window by window and in one stream of them all."""

import argparse
import json
import time
from typing import Any

import numpy as np

from edge.model import StreamingModel
from edge.sensors.dna import SpliceFinder
from train.corpora.sequences import SPLICE, TESTING, Labelled, find_sequences, read_sequences
from train.evaluate.dna import accuracy, sites


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the evaluation."""
    parser.add_argument("--bundle", default="dna-splice", help="name or folder of a model bundle, int8 or float")


def run(arguments: argparse.Namespace) -> None:
    """Evaluates and prints."""
    windows = read_sequences(find_sequences(arguments.data, TESTING), SPLICE)
    result = evaluate_dna(StreamingModel.load(arguments.bundle), windows)
    print(json.dumps(result) if arguments.json else _line(result))


def evaluate_dna(model: StreamingModel, windows: list[Labelled]) -> dict[str, Any]:
    """Accuracy, precision and recall in percent, and how fast the stream was read."""
    finder = SpliceFinder(model)
    told = np.stack([finder.classify(window.bases) for window in windows])
    began = time.process_time()
    found = sites(windows, finder.find)
    seconds = time.process_time() - began
    return {
        "task": "dna",
        "bundle": model.bundle.manifest.name,
        "precision": model.bundle.manifest.precision,
        "n": len(windows),
        **accuracy(windows, told),
        "stream": found,
        "bases_per_cpu_second": round(sum(len(window.bases) for window in windows) / seconds),
    }


def _line(result: dict[str, Any]) -> str:
    classes = ", ".join(f"{name} {value:.2f} %" for name, value in result["accuracy_by_class"].items())
    stream = "; ".join(
        f"{kind}s: precision {found['precision']:.2f} %, recall {found['recall']:.2f} %"
        for kind, found in result["stream"].items()
    )
    return (
        f"{result['n']} windows, {result['bundle']} ({result['precision']}): "
        f"accuracy {result['accuracy']:.2f} % ({classes})\n"
        f"in one stream: {stream}; {result['bases_per_cpu_second']} bases a CPU second"
    )
