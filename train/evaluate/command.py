"""`python -m train evaluate TASK --data PATH`: scores a bundle on data in the format of its task."""

import argparse
from pathlib import Path

from train.evaluate import (
    activity_command,
    dna_command,
    embeddings_command,
    entities_command,
    language_command,
    music_command,
    rescoring_command,
    sentiment_command,
    speech_command,
    translation_command,
    trigger_command,
)

TASKS = {
    "trigger": trigger_command,
    "speech": speech_command,
    "entities": entities_command,
    "sentiment": sentiment_command,
    "embeddings": embeddings_command,
    "language": language_command,
    "music": music_command,
    "dna": dna_command,
    "activity": activity_command,
    "rescoring": rescoring_command,
    "translation": translation_command,
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line of each task's evaluation."""
    tasks = parser.add_subparsers(required=True, metavar="TASK")
    for name, module in TASKS.items():
        task = tasks.add_parser(name, help=module.__doc__, description=module.__doc__)
        task.add_argument("--data", type=Path, required=True, help="data in the format of the task")
        task.add_argument("--json", action="store_true", help="one JSON object instead of a table")
        module.add_arguments(task)
        task.set_defaults(evaluate=module.run)


def run(arguments: argparse.Namespace) -> None:
    """Evaluates and prints."""
    arguments.evaluate(arguments)
