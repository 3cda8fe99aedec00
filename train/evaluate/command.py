"""`python -m train evaluate TASK --data PATH`: scores a bundle on data in the format of its task."""

from pathlib import Path
from typing import Final

from train.program import Parser

TASKS: Final = {
    "trigger": "misses and false accepts of trigger words",
    "speech": "word and letter errors of transcripts",
    "keywords": "misses and false accepts of keywords from text",
    "entities": "F1 of the entities in a text",
    "sentiment": "how often the mood of a sentence is found",
    "embeddings": "word similarities and analogies",
    "language": "how surprising a text is",
    "music": "how surprising music is",
    "dna": "how often the class of a window of bases is found",
    "activity": "how often it is found what a body does",
    "rescoring": "word errors of transcripts that a language model ranks",
    "translation": "BLEU of translated sentences",
    "parity": "what int8 and streaming cost the outputs of a network that hears",
}
"""What each tells; the rest of it is in `train.evaluate.NAME_command`."""


def add_arguments(parser: Parser) -> None:
    """The tasks, each loaded only when it is asked for."""
    tasks = parser.add_subparsers(required=True, metavar="TASK")
    for name, summary in TASKS.items():
        task = tasks.add_parser(name, help=summary, home=f"train.evaluate.{name}_command")
        task.add_argument("--data", type=Path, required=True, help="data in the format of the task")
        task.add_argument("--json", action="store_true", help="one JSON object instead of a table")
