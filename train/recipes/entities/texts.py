"""The sentences of the recipe: what trains, what validates, and what is kept for a test of our own."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from edge.errors import DataError
from train.corpora.conll import OUTSIDE, VALIDATIONS, Tagged, find_conll, held_back, read_conll, spoken
from train.recipes.entities.fitting import EITHER, Lesson
from train.recipes.entities.labels import FOLDS, fold, known_types
from train.recipes.entities.recipe import ALERTS, FOLDERS


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a corpus."""

    train: list[Tagged]
    validation: list[Tagged]
    """The corpus' own."""
    test: list[Tagged]
    """Held back from training: the standard test is for others to score."""


def read_parts(folder: Path) -> Parts:
    """The parts of a corpus in a folder with train*.conll.gz and its validation, as they are spoken.

    Raises:
        DataError: one of them is not there, or cannot be read.
    """
    found = sorted(folder.glob("train*.conll*"))
    if len(found) != 1:
        mend = "--data names the folder of all texts, in which each corpus has one"
        raise DataError(f"{folder} holds {len(found)} files train*.conll*, not one: {mend}")
    learnt = [spoken(sentence) for sentence in read_conll(found[0])]
    learnt = [sentence for sentence in learnt if sentence.words]
    validation = [spoken(sentence) for sentence in read_conll(find_conll(folder, VALIDATIONS))]
    return Parts(
        [sentence for sentence in learnt if not held_back(sentence)],
        validation,
        [sentence for sentence in learnt if held_back(sentence)],
    )


def lessons(labels: str, data: Path) -> list[Lesson]:
    """The training part of one corpus with its own labels, or of all with the types of alerts."""
    if labels == ALERTS:
        return [
            Lesson(fold(sentence, corpus), known_types(corpus))
            for corpus in FOLDS
            for sentence in read_parts(data / FOLDERS[corpus]).train
        ]
    part = read_parts(data / FOLDERS[labels]).train
    known = frozenset(tag[2:] for sentence in part for tag in sentence.tags if tag != OUTSIDE)
    return [Lesson(sentence, known) for sentence in part]


def tags_for(taught: Sequence[Lesson]) -> tuple[str, ...]:
    """O, and B- and I- of each type."""
    labelled = {tag[2:] for lesson in taught for tag in lesson.sentence.tags if tag != OUTSIDE}
    kinds = sorted({kind for label in labelled for kind in label.split(EITHER)})
    return (OUTSIDE, *(f"{prefix}-{kind}" for kind in kinds for prefix in "BI"))
