"""Word vectors against what people find alike (Spearman's rank correlation), on analogies (3CosAdd), as a picture."""

import argparse
import json
import sys
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from edge.errors import DataError
from edge.model.bundle import EMBEDDING
from edge.model.shipped import search_path
from edge.understanding.words import Embedding
from train.evaluate.embeddings import analogies, read_questions, similarities, total
from train.recipes.embeddings.picture import draw_words
from train.recipes.embeddings.vectors import WordVectors

NEIGHBOURS = 6
PAIRS, QUESTIONS = "EN-*.txt*", "questions-words*"
"""What the files with scored pairs and with analogies are called; both may be packed."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the evaluation."""
    origin = parser.add_mutually_exclusive_group()
    origin.add_argument("--bundle", default="embeddings-en", help="name or folder of a bundle with words.embedding")
    origin.add_argument("--vectors", type=Path, help="vectors in word2vec's text format instead")
    parser.add_argument(
        "--near", nargs="+", action="extend", default=[], metavar="WORD", help="words to name the neighbours of"
    )
    parser.add_argument("--picture", type=Path, help="file for the t-SNE picture")


def run(arguments: argparse.Namespace) -> None:
    """Evaluates and prints."""
    vectors, source = _vectors(arguments)
    if arguments.picture:  # First, for what cannot be drawn would take the figures with it.
        draw_words(vectors, arguments.picture)
    result = {"task": "embeddings", **source, **evaluate_embeddings(vectors, arguments.data)}
    for word in arguments.near:
        if word not in vectors.index:
            print(f"near {word}: it is not among the words", file=sys.stderr)
    result["nearest"] = {word: vectors.nearest(word, NEIGHBOURS) for word in arguments.near if word in vectors.index}
    print(json.dumps(result) if arguments.json else _table(result))


def evaluate_embeddings(vectors: WordVectors, data: Path) -> dict[str, Any]:
    """Scores vectors on the scored pairs and the analogies of a folder, or of one such file (PAIRS, QUESTIONS).

    Analogies of one category count together, whatever file they stand in.

    Raises:
        DataError: there is neither, or a file is not in its format.
    """
    files = sorted(data.iterdir()) if data.is_dir() else [data]
    pairs, questions = ([file for file in files if fnmatch(file.name, name)] for name in (PAIRS, QUESTIONS))
    if not pairs and not questions:
        raise DataError(f"{data} has no {PAIRS} and no {QUESTIONS}; name a folder of evaluation sets, or one of them")
    alike = {_collection(path): similarities(vectors, path) for path in pairs}
    asked = dict[str, list[tuple[str, ...]]]()
    for category, some in (found for path in questions for found in read_questions(path).items()):
        asked.setdefault(category, []).extend(some)
    answered = analogies(vectors, asked)
    every = total(answered)
    return {
        "n": sum(one.pairs for one in alike.values()) + every.questions,
        "words": len(vectors.words),
        "spearman": {name: round(100 * one.spearman, 2) for name, one in alike.items()},
        "analogy_percent": round(every.percent, 2),
        "analogies": {one.category: round(one.percent, 2) for one in answered},
        "known": {name: [one.known, one.pairs] for name, one in alike.items()}
        | {"analogies": [every.known, every.questions]},
    }


def _collection(path: Path) -> str:
    """The name of a collection of pairs, by that of its file."""
    return path.name.removeprefix("EN-").partition(".txt")[0]


def _vectors(arguments: argparse.Namespace) -> tuple[WordVectors, dict[str, str]]:
    if arguments.vectors:
        return WordVectors.read(arguments.vectors), {"vectors": str(arguments.vectors), "precision": "float"}
    folders = [Path(arguments.bundle), *(place / arguments.bundle for place in search_path())]
    folder = next((place for place in folders if (place / EMBEDDING).is_file()), folders[0])
    table = Embedding.open(folder / EMBEDDING)
    return WordVectors.of_table(table), {"bundle": folder.name, "precision": "int8"}


def _table(result: dict[str, Any]) -> str:
    known = result["known"]
    lines = [f"{result.get('bundle') or result['vectors']} ({result['precision']}), {result['words']} words"]
    lines += [
        f"{name}: rank correlation {value:.1f} % over {known[name][0]} of {known[name][1]} pairs"
        for name, value in result["spearman"].items()
    ]
    if result["analogies"]:
        answerable, asked = known["analogies"]
        lines.append(f"analogies: {result['analogy_percent']:.1f} % of the {answerable} known of {asked}")
    lines += [f"  {name}: {value:.1f} %" for name, value in result["analogies"].items()]
    lines += [f"near {word}: {', '.join(near)}" for word, near in result["nearest"].items()]
    return "\n".join(lines)
