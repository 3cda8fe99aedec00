"""Entities found against entities that are there: exact spans, micro-averaged, as conlleval and seqeval count them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from edge.understanding.entities import EntityTagger
from edge.understanding.words import tokenise
from train.corpora.conll import Span, Tagged, spans

Find: TypeAlias = Callable[[Sequence[str]], Iterable[Span]]
"""Finds the entities in the words of a sentence."""


@dataclass(frozen=True, slots=True)
class Score:
    """How well entities were found, in percent."""

    precision: float
    """Of those found, how many are there, with that very type and those very words."""
    recall: float
    """Of those there, how many were found."""
    f1: float
    """Harmonic mean of the two."""
    entities: int
    """How many are there."""


def score(found: Iterable[Iterable[Span]], there: Iterable[Iterable[Span]]) -> Score:
    """The score of some sentences, all entities counted alike."""
    right = answers = entities = 0
    for predicted, true in zip(map(set, found), map(set, there), strict=True):
        right += len(predicted & true)
        answers += len(predicted)
        entities += len(true)
    precision, recall = right / max(1, answers), right / max(1, entities)
    f1 = 2 * right / max(1, answers + entities)
    return Score(round(100 * precision, 2), round(100 * recall, 2), round(100 * f1, 2), entities)


def evaluate(sentences: Sequence[Tagged], find: Find, kinds: frozenset[str]) -> Score:
    """The score on sentences as they are spoken; entities of other than these types do not count."""
    found = [[one for one in find(sentence.words) if one.kind in kinds] for sentence in sentences]
    there = [[one for one in spans(sentence.tags) if one.kind in kinds] for sentence in sentences]
    return score(found, there)


def finder(tagger: EntityTagger) -> Find:
    """What a device finds, by words."""

    def find(words: Sequence[str]) -> list[Span]:
        text = " ".join(words)
        places = tokenise(text)
        starts = {word.start: place for place, word in enumerate(places)}
        ends = {word.end: place for place, word in enumerate(places, start=1)}
        return [Span(one.type, starts[one.start], ends[one.end]) for one in tagger.tag(text)]

    return find
