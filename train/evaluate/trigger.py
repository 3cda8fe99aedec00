"""How often a trigger misses, and how often it fires at nothing: by word, condition and threshold, with intervals."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from edge.audio import SAMPLE_RATE
from edge.model.manifest import OperatingPoints
from edge.trigger import Posteriors
from train.evaluate.intervals import poisson, wilson
from train.evaluate.streams import LongStream
from train.files import read_json, write_text

REFRACTORY_SECONDS = 2.0
HIT_SECONDS = 1.0
"""A word counts as heard from its clip's start until this long after its end."""

THRESHOLDS = np.round(
    np.concatenate([np.geomspace(0.01, 0.042, 8), np.arange(0.05, 0.9, 0.01), 1 - np.geomspace(0.1, 0.002, 60)]), 4
)
"""What curves are told at."""


@dataclass(slots=True)
class Tally:
    """What a network did with a set of streams."""

    labels: Sequence[str]
    best: dict[tuple[str, str], list[tuple[float, str]]] = field(default_factory=dict)
    """By (word, condition): best score of each clip that holds the word, and the clip's name."""

    accepts: dict[str, list[tuple[float, str]]] = field(default_factory=dict)
    """By word: score and clip of every peak where the word was not said."""

    hours_of: dict[str, dict[str, float]] = field(default_factory=dict)
    """By word and corpus: length of the streams in which accepts of the word were looked for."""

    @property
    def hours(self) -> float:
        """Length of all streams in which accepts were looked for, in the mean over the words."""
        return sum(map(self.hours_without, self.labels)) / len(self.labels)

    def hours_without(self, word: str) -> float:
        """Length of the streams in which accepts of a word were looked for: those in which it is not said."""
        return sum(self.hours_of.get(word, {}).values())

    def among(self, corpora: Sequence[str]) -> "Tally":
        """The same words, and the accepts in some corpora only, given by the beginnings of their names."""
        chosen = tuple(corpora)
        accepts = {word: [one for one in found if one[1].startswith(chosen)] for word, found in self.accepts.items()}
        hours_of = {
            word: {corpus: hours for corpus, hours in of_corpus.items() if corpus.startswith(chosen)}
            for word, of_corpus in self.hours_of.items()
        }
        return Tally(self.labels, self.best, accepts, hours_of)

    def add_words(self, condition: str, streams: Iterable[LongStream], tracks: Iterable[Posteriors], step: int) -> None:
        """Adds streams of words; other words that fire in them are false accepts."""
        for stream, track in zip(streams, tracks, strict=True):
            word = self.labels.index(stream.label)
            scores = self.best.setdefault((stream.label, condition), [])
            for (begin, end), name in zip(stream.clips, stream.keys, strict=True):
                window = track[begin // step : (end + int(HIT_SECONDS * SAMPLE_RATE)) // step, word]
                scores.append((float(window.max()), name))
            others = [label for label in self.labels if label != stream.label]
            self._add_accepts(stream, np.delete(track, word, axis=1), others, step)

    def add_others(self, streams: Iterable[LongStream], tracks: Iterable[Posteriors], step: int) -> None:
        """Adds streams in which no word is said."""
        for stream, track in zip(streams, tracks, strict=True):
            self._add_accepts(stream, track, self.labels, step)

    def add_hours(self, words: Iterable[str], corpus: str, hours: float) -> None:
        """Adds hours in which accepts of some words were looked for."""
        for word in words:
            of_corpus = self.hours_of.setdefault(word, {})
            of_corpus[corpus] = of_corpus.get(corpus, 0.0) + hours

    def merge(self, other: "Tally") -> None:
        """Adds the tally of another fold."""
        for key, scores in other.best.items():
            self.best.setdefault(key, []).extend(scores)
        for word, accepts in other.accepts.items():
            self.accepts.setdefault(word, []).extend(accepts)
        for word, of_corpus in other.hours_of.items():
            for corpus, hours in of_corpus.items():
                self.add_hours([word], corpus, hours)

    def save(self, path: Path) -> None:
        """Writes JSON that `load` reads."""
        best = [[word, condition, scores] for (word, condition), scores in self.best.items()]
        saved = {"labels": self.labels, "best": best, "accepts": self.accepts, "hours_of": self.hours_of}
        write_text(path, json.dumps(saved))

    @classmethod
    def load(cls, path: Path) -> "Tally":
        """Reads what `save` wrote.

        Raises:
            DataError: it is damaged, or of a version that did not keep the hours of each word.
        """
        return read_json(path, cls._of, "delete it, and validate the fold again")

    @classmethod
    def _of(cls, saved: dict[str, Any]) -> "Tally":
        best = {(word, condition): [tuple(score) for score in scores] for word, condition, scores in saved["best"]}
        accepts = {word: [tuple(accept) for accept in accepts] for word, accepts in saved["accepts"].items()}
        hours_of = saved["hours_of"]
        if not all(isinstance(of_corpus, dict) for of_corpus in hours_of.values()):
            raise ValueError("an earlier version wrote it, with hours that are of no word")
        return cls(saved["labels"], best, accepts, hours_of)

    def miss(self, word: str, condition: str, threshold: float) -> tuple[int, int]:
        """Misses and clips."""
        scores = [score for score, _ in self.best.get((word, condition), [])]
        return sum(score < threshold for score in scores), len(scores)

    def false_accepts(self, word: str, threshold: float) -> int:
        """Peaks at or above the threshold."""
        return sum(score >= threshold for score, _ in self.accepts.get(word, []))

    def operating_points(self, condition: str = "clean") -> dict[str, OperatingPoints]:
        """The curve over THRESHOLDS of each word that could be accepted falsely in something that was heard."""
        return {word: self._curve(word, condition) for word in self.labels if self.hours_without(word)}

    def threshold(self, word: str, rate: float) -> float:
        """The lowest threshold with at most this many false accepts an hour; 1 if none has."""
        most = rate * self.hours_without(word)
        fitting = (t for t in THRESHOLDS if self.false_accepts(word, t) <= most)
        return float(next(fitting, 1.0))

    def _curve(self, word: str, condition: str) -> OperatingPoints:
        rates = [self.false_accepts(word, t) / self.hours_without(word) for t in THRESHOLDS]
        misses = [self.miss(word, condition, t) for t in THRESHOLDS]
        percent = [100 * missed / max(1, n) for missed, n in misses]
        return OperatingPoints(
            tuple(THRESHOLDS.tolist()), tuple(np.round(rates, 4).tolist()), tuple(np.round(percent, 2).tolist())
        )

    def _add_accepts(self, stream: LongStream, track: Posteriors, labels: Sequence[str], step: int) -> None:
        self.add_hours(labels, stream.corpus, stream.hours)
        for word, scores in zip(labels, track.T, strict=True):
            found = peaks(scores, int(REFRACTORY_SECONDS * SAMPLE_RATE / step), float(THRESHOLDS[0]))
            named = [(score, "{} + {:.1f} s".format(*stream.place(at * step))) for at, score in found]
            self.accepts.setdefault(word, []).extend(named)


def peaks(scores: npt.NDArray[np.float32], apart: int, lowest: float) -> list[tuple[int, float]]:
    """(step, score) of the highest peaks that lie more than `apart` steps from every higher one."""
    remaining = scores.copy()
    found = []
    while remaining.size and remaining[at := int(remaining.argmax())] >= lowest:
        found.append((at, float(scores[at])))
        remaining[max(0, at - apart) : at + apart + 1] = -1
    return found


def table(tally: Tally, conditions: Sequence[str], rates: Sequence[float] = (0.5, 0.1)) -> str:
    """A Markdown table: misses of each word by condition, at thresholds for each rate of false accepts."""
    lines = ["| word | FA/h budget | threshold | FA/h (95 %) | " + " | ".join(f"miss {c}" for c in conditions) + " |"]
    lines.append("|---" * (4 + len(conditions)) + "|")
    for word in tally.labels:
        for rate in rates:
            threshold = tally.threshold(word, rate)
            cells = [miss_cell(*tally.miss(word, condition, threshold)) for condition in conditions]
            accepts = rate_cell(tally.false_accepts(word, threshold), tally.hours_without(word))
            lines.append(f"| {word} | {rate} | {threshold:.3f} | {accepts} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def rate_cell(accepts: int, hours: float) -> str:
    """False accepts an hour with their interval (95 %), where anything was heard in which there could be some."""
    if not hours:
        return "not measured"
    low, high = poisson(accepts, hours)
    return f"{accepts / hours:.2f} ({low:.2f}-{high:.2f})"


def miss_cell(missed: int, clips: int) -> str:
    """Percent missed with its interval (95 %), and of how many; of none, nothing is known."""
    if not clips:
        return "-"
    low, high = wilson(missed, clips)
    return f"{100 * missed / clips:.1f} % ({100 * low:.1f}-{100 * high:.1f}), n={clips}"
