"""How good word vectors are: what people find alike, and analogies."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from scipy.stats import spearmanr

from edge.errors import DataError, reason
from train.corpora.text import UNREADABLE, open_text
from train.recipes.embeddings.vectors import WordVectors

BATCH: Final = 256
"""Analogies that are searched for at once."""


@dataclass(frozen=True, slots=True)
class Similarities:
    """A collection of pairs of words that people have scored."""

    pairs: int
    known: int
    """Of them, both words in the vocabulary."""
    spearman: float
    """Rank correlation of people's scores and cosines over the known pairs, -1 to 1."""


@dataclass(frozen=True, slots=True)
class Analogies:
    """Questions a : b = c : ? of one category."""

    category: str
    questions: int
    known: int
    """Of them, all four words in the vocabulary."""
    right: int

    @property
    def percent(self) -> float:
        """Of the known questions, those that are answered right."""
        return 100 * self.right / max(1, self.known)


def similarities(vectors: WordVectors, path: Path) -> Similarities:
    """Compares cosines with a file of lines `word<TAB>word<TAB>score`.

    Raises:
        DataError: the file is not like that.
    """
    try:
        with open_text(path) as lines:
            rows = [line.lower().split("\t") for line in lines if line.strip()]
        scored = [(one.strip(), other.strip(), float(score)) for one, other, score in rows]
    except (*UNREADABLE, ValueError) as error:
        raise DataError(
            f"{path} cannot be read ({reason(error)}); give lines of two words and a score, with tabs"
        ) from error
    known = [(one, other, score) for one, other, score in scored if {one, other} <= vectors.index.keys()]
    if len(known) < 3:
        return Similarities(len(scored), len(known), 0.0)
    cosines = [vectors.similarity(one, other) for one, other, _ in known]
    correlation = spearmanr(cosines, [score for *_, score in known]).statistic
    return Similarities(len(scored), len(known), float(np.nan_to_num(correlation)))


def read_questions(path: Path) -> dict[str, list[tuple[str, ...]]]:
    """The questions of a file by category: a line `: category`, then lines of four words.

    Raises:
        DataError: the file is not like that.
    """
    found, category = dict[str, list[tuple[str, ...]]](), ""
    try:
        with open_text(path) as file:
            for line in map(str.lower, file):
                if line.startswith(":"):
                    category = line[1:].strip()
                elif line.strip():
                    found.setdefault(category, []).append(_four(line.split()))
    except (*UNREADABLE, ValueError) as error:
        raise DataError(
            f"{path} cannot be read ({reason(error)}); give ': category', then lines of four words"
        ) from error
    return found


def _four(words: list[str]) -> tuple[str, ...]:
    if len(words) != 4:
        raise ValueError(f"{' '.join(words)!r} are not four words")
    return tuple(words)


def analogies(vectors: WordVectors, questions: dict[str, list[tuple[str, ...]]]) -> list[Analogies]:
    """Answers questions a : b = c : ?, each by the word d of the largest cos(d, b - a + c) that is none of the three.

    That is 3CosAdd (Mikolov et al. 2013c; Levy & Goldberg 2014 name it).
    """
    return [_answered(vectors, category, asked) for category, asked in questions.items()]


def _answered(vectors: WordVectors, category: str, asked: Sequence[tuple[str, ...]]) -> Analogies:
    known = np.array([vectors.rows(words) for words in asked if {*words} <= vectors.index.keys()], int).reshape(-1, 4)
    right = sum(_right(vectors, known[start : start + BATCH]) for start in range(0, len(known), BATCH))
    return Analogies(category, len(asked), len(known), right)


def _right(vectors: WordVectors, rows: np.ndarray[tuple[int, int], np.dtype[np.int_]]) -> int:
    a, b, c, d = rows.T
    unit = vectors.unit
    cosines = (unit[b] - unit[a] + unit[c]) @ unit.T
    np.put_along_axis(cosines, rows[:, :3], -np.inf, 1)
    return int((cosines.argmax(1) == d).sum())


def total(some: Iterable[Analogies]) -> Analogies:
    """All categories as one."""
    every = list(some)
    counts = (sum(getattr(one, name) for one in every) for name in ("questions", "known", "right"))
    return Analogies("all", *counts)
