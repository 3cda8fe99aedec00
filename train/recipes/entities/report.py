"""How a bundle fares on each corpus: its validation, and what was held back from training, clean and with faults."""

import random
from pathlib import Path

from edge.model import StreamingModel
from train.corpora.conll import Tagged
from train.corruption import corrupt
from train.evaluate.entities_command import evaluate_entities
from train.recipes.entities.recipe import ALERTS, FOLDERS
from train.recipes.entities.texts import read_parts

RATE = 0.1
"""Share of words with a fault in the columns for it."""

HEADER = """\
| corpus | sentences | entities | F1, validation | with 10 % wrong words | F1, held back | with 10 % wrong words |
|---|---|---|---|---|---|---|"""


def report_of(bundle: Path, labels: str, data: Path) -> str:
    """A Markdown table of F1 in percent: exact spans and types, micro-averaged."""
    model = StreamingModel.load(bundle)
    corpora = FOLDERS if labels == ALERTS else (labels,)
    return "\n".join([HEADER, *(_row(model, corpus, data / FOLDERS[corpus]) for corpus in corpora)])


def _row(model: StreamingModel, corpus: str, folder: Path) -> str:
    parts = read_parts(folder)
    scores = [
        evaluate_entities(model, some) for part in (parts.validation, parts.test) for some in (part, _wrong(part))
    ]
    counts = (f"{scores[0][what]} + {scores[2][what]}" for what in ("n", "entities"))
    return f"| {' | '.join([corpus, *counts, *(format(one['f1'], '.1f') for one in scores)])} |"


def _wrong(sentences: list[Tagged]) -> list[Tagged]:
    rng = random.Random(1)
    return [corrupt(sentence, RATE, rng) for sentence in sentences]
