"""F1 of the entities that a bundle finds, on any file in CoNLL's columns, as it is spoken or with faults."""

import argparse
import random
from collections.abc import Iterable
from typing import Any

from edge.errors import DataError
from edge.model import StreamingModel
from edge.understanding.entities import EntityTagger
from train.corpora.conll import OUTSIDE, Tagged, find_conll, read_conll, spoken
from train.corruption import corrupt
from train.evaluate.entities import evaluate, finder
from train.evaluate.telling import tell
from train.options import natural, share
from train.recipes.entities.labels import fold, folded_corpus, known_types


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the evaluation."""
    parser.add_argument("--bundle", default="entities-en", help="name or folder of a model bundle")
    parser.add_argument("--corrupt", type=share, default=0.0, metavar="SHARE", help="of words that get a fault")
    parser.add_argument("--seed", type=natural, default=1, help="of the faults")


def run(arguments: argparse.Namespace) -> None:
    """Evaluates and prints."""
    file = find_conll(arguments.data)
    sentences = [spoken(sentence) for sentence in read_conll(file)]
    rng = random.Random(arguments.seed)
    sentences = [corrupt(sentence, arguments.corrupt, rng) for sentence in sentences]
    result = evaluate_entities(StreamingModel.load(arguments.bundle), sentences)
    if not result["entities"]:
        problem = f"{file}: no sentence has an entity of a type that {result['bundle']} may know"
        raise DataError(f"{problem}; name a file with such tags")
    tell(arguments, file, result, _line)


def evaluate_entities(model: StreamingModel, sentences: list[Tagged]) -> dict[str, Any]:
    """Precision, recall and F1 in percent; a bundle with the types of alerts has a corpus' labels folded into them.

    Raises:
        DataError: the sentences have entities, but none of a type that the bundle knows.
    """
    manifest = model.bundle.manifest
    given = types_of(tag for sentence in sentences for tag in sentence.tags)
    sentences, corpus, kinds = comparable(sentences, types_of(manifest.labels))
    found = evaluate(sentences, finder(EntityTagger(model)), kinds)
    return {
        "task": "entities",
        "bundle": manifest.name,
        "precision": manifest.precision,
        "n": len(sentences),
        "folded_from": corpus,
        "lower_cased": not corpus and not kinds <= given,
        "types": len(kinds),
        "scored": sorted(kinds),
        "entities": found.entities,
        "f1": found.f1,
        "precision_percent": found.precision,
        "recall_percent": found.recall,
    }


def comparable(sentences: list[Tagged], own: frozenset[str]) -> tuple[list[Tagged], str | None, frozenset[str]]:
    """The sentences with tags as a network of its `own` types gives them, the corpus folded from, the types that count.

    Raises:
        DataError: the sentences have entities, but none of a type that the network knows.
    """
    kinds = types_of(tag for sentence in sentences for tag in sentence.tags)
    corpus = folded_corpus(kinds, own)
    if corpus:
        return [fold(sentence, corpus) for sentence in sentences], corpus, known_types(corpus) & own
    lower = frozenset(map(str.lower, kinds))
    if kinds & own or not kinds:
        return sentences, None, kinds
    if lower != kinds:
        return comparable([sentence._replace(tags=tuple(map(_lower, sentence.tags))) for sentence in sentences], own)
    sets = f"of {_listed(kinds)}, but the network knows {_listed(own)}"
    raise DataError(f"the entities are {sets}: rename the tags, or name a bundle with such")


def types_of(tags: Iterable[str]) -> frozenset[str]:
    """The types among some tags."""
    return frozenset(tag[2:] for tag in tags if tag != OUTSIDE)


def _lower(tag: str) -> str:
    return tag[:2] + tag[2:].lower()


def _listed(kinds: Iterable[str]) -> str:
    return ", ".join(sorted(kinds))


def _line(result: dict[str, Any]) -> str:
    head = f"{result['n']} sentences, {result['entities']} entities, {result['bundle']} ({result['precision']})"
    figures = f"precision {result['precision_percent']:.2f} %, recall {result['recall_percent']:.2f} %"
    origin = f"folded from {result['folded_from']}" if result["folded_from"] else "in lower case"
    changed = result["folded_from"] or result["lower_cased"]
    scored = f"; scored, {origin}: {_listed(result['scored'])}" if changed else ""
    return f"{head}: F1 {result['f1']:.2f} %, {figures}{scored}"
