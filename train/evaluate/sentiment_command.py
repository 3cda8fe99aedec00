"""Accuracy of the moods that a bundle tells, on any file in the format of the sentiment corpora."""

import argparse
from typing import Any

from edge.errors import DataError
from edge.model import StreamingModel
from edge.understanding.sentiment import SentimentClassifier
from train.corpora.opinions import Opinion, find_opinions, read_opinions
from train.evaluate.sentiment import evaluate, scheme_of
from train.evaluate.telling import tell


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the evaluation."""
    parser.add_argument("--bundle", default="sentiment-en", help="name or folder of a model bundle")


def run(arguments: argparse.Namespace) -> None:
    """Evaluates and prints."""
    file = find_opinions(arguments.data)
    opinions = read_opinions(file)
    result = evaluate_sentiment(StreamingModel.load(arguments.bundle), opinions)
    if not result["n"]:
        raise DataError(f"{file}: no sentence is known to be negative or positive; name a file of such moods")
    tell(arguments, file, result, _line)


def evaluate_sentiment(model: StreamingModel, opinions: list[Opinion]) -> dict[str, Any]:
    """Accuracy in percent: of five answers where the data names exact stars, otherwise of negative and positive."""
    scheme = scheme_of(opinions)
    found = evaluate(opinions, SentimentClassifier(model).probabilities, scheme)
    return {
        "task": "sentiment",
        "bundle": model.bundle.manifest.name,
        "precision": model.bundle.manifest.precision,
        "n": found.n,
        "answers": len(scheme),
        "accuracy": found.accuracy,
        "calibration_error_percent": found.calibration_error,
    }


def _line(result: dict[str, Any]) -> str:
    head = f"{result['n']} sentences, {result['answers']} answers, {result['bundle']} ({result['precision']})"
    return f"{head}: accuracy {result['accuracy']:.2f} %, calibration error {result['calibration_error_percent']:.2f} %"
