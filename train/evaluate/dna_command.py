"""Accuracy of the splice junctions that a bundle tells, window by window and in one stream of them all."""

import argparse
import time
from typing import Any

import numpy as np

from edge.model import StreamingModel
from edge.sensors.dna import SpliceFinder
from train.corpora.sequences import SPLICE, TESTING, Labelled, find_sequences, read_sequences
from train.evaluate.dna import accuracy, count, find_in, rates, stream_of
from train.evaluate.telling import tell


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the evaluation."""
    parser.add_argument("--bundle", default="dna-splice", help="name or folder of a model bundle, int8 or float")


def run(arguments: argparse.Namespace) -> None:
    """Evaluates and prints."""
    file = find_sequences(arguments.data, TESTING)
    result = evaluate_dna(StreamingModel.load(arguments.bundle), read_sequences(file, SPLICE))
    tell(arguments, file, result, _line)


def evaluate_dna(model: StreamingModel, windows: list[Labelled]) -> dict[str, Any]:
    """Accuracy, the rates of sites in percent, and how fast streams were read."""
    finder, streams = SpliceFinder(model), (stream_of(windows), stream_of(windows, between=0))
    told = np.stack([finder.classify(window.bases) for window in windows])
    began = time.process_time()
    apart, end_to_end = (rates(find_in(stream, finder.find), count(stream)) for stream in streams)
    seconds = time.process_time() - began
    return {
        "task": "dna",
        "bundle": model.bundle.manifest.name,
        "precision": model.bundle.manifest.precision,
        "n": len(windows),
        **accuracy(windows, told),
        "stream": apart,
        "stream_end_to_end": end_to_end,
        "bases_per_cpu_second": round(sum(len(stream.bases) for stream in streams) / seconds),
    }


def _line(result: dict[str, Any]) -> str:
    classes = ", ".join(f"{name} {value:.2f} %" for name, value in result["accuracy_by_class"].items())
    return (
        f"{result['n']} windows, {result['bundle']} ({result['precision']}): "
        f"accuracy {result['accuracy']:.2f} % ({classes})\n"
        f"in one stream, random bases between them: {_sites(result['stream'])}\n"
        f"in one stream, end to end: {_sites(result['stream_end_to_end'])}\n"
        f"{result['bases_per_cpu_second']} bases a CPU second"
    )


def _sites(stream: dict[str, dict[str, float]]) -> str:
    return "; ".join(
        f"{found['sites']} {kind}s: precision {found['precision']:.2f} %, recall {found['recall']:.2f} %, "
        f"F1 {found['f1']:.2f} %"
        for kind, found in stream.items()
    )
