"""`python -m train entities STAGE`: a tagger of named entities for text as a recogniser writes it."""

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

from edge.understanding.words import Embedding
from train.bundle import place
from train.export import load_weights
from train.files import made
from train.options import add_fit, dropout, eagerness, fit_config, natural, width, work_of
from train.recipes.entities.fitting import Lesson, Vary, fit_tagger, vocabulary_of
from train.recipes.entities.helpers import OtherNames, helped_lessons, known_words
from train.recipes.entities.lexicon import GAZETTEERS, Lexicon
from train.recipes.entities.publishing import publish
from train.recipes.entities.recipe import ALERTS, FOLDERS, SCARCE, EntitiesRecipe
from train.recipes.entities.report import report_of
from train.recipes.entities.tagger import Tagger
from train.recipes.entities.texts import lessons, tags_for
from train.recipes.entities.variety import Variety

STAGES = ("fit", "publish", "report")
Untrained: TypeAlias = tuple[Tagger, list[Lesson]]
"""A network, and what it learns from."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line of the recipe."""
    recipe = EntitiesRecipe()
    parser.add_argument("stage", choices=STAGES)
    parser.add_argument("--data", type=Path, required=True, help="folder of texts, with ner_snips and the others")
    parser.add_argument("--work", type=Path, help="folder for checkpoints and weights (fit, publish)")
    parser.add_argument("--labels", choices=(ALERTS, *FOLDERS), default=ALERTS, help="of all corpora, or one's own")
    parser.add_argument(
        "--helpers",
        type=Path,
        metavar="VECTORS",
        help="words.embedding to begin with, beside lists of names; other corpora help wnut17, too",
    )
    parser.add_argument("--one-way", action="store_true", help="read forwards only")
    parser.add_argument("--dims", type=width, default=recipe.dims, help="width of a word's vector")
    parser.add_argument("--units", type=width, default=recipe.units, help="width of each direction's GRU")
    parser.add_argument("--dropout", type=dropout, default=recipe.dropout, help="share that training hides (fit)")
    parser.add_argument("--seed", type=natural, default=recipe.seed, help="of where training begins (fit)")
    parser.add_argument(
        "--eagerness", type=eagerness, default=recipe.eagerness, help="to call a word an entity (publish)"
    )
    add_fit(parser, recipe.fit)
    parser.add_argument("--precision", choices=("int8", "float"), default="int8", help="of the bundle (publish)")
    parser.add_argument(
        "--out", type=place, default=Path("firmware_models/entities-en"), help="bundle (publish, report)"
    )


def run(arguments: argparse.Namespace) -> None:
    """One stage."""
    if arguments.stage == "report":
        print(report_of(arguments.out, arguments.labels, arguments.data))
        return
    work, recipe = work_of(arguments), _recipe(arguments)
    tagger, taught = _helped(recipe, arguments) if recipe.helped else _alone(recipe, arguments.data)
    if arguments.stage == "fit":
        fit_tagger(tagger, taught, work, _vary(recipe, arguments.data))
    else:
        _publish(tagger, taught, arguments)


def _alone(recipe: EntitiesRecipe, data: Path) -> Untrained:
    taught = lessons(recipe.labels, data)
    return Tagger(recipe, vocabulary_of(taught, recipe), tags_for(taught)), taught


def _helped(recipe: EntitiesRecipe, arguments: argparse.Namespace) -> Untrained:
    data, learnt = arguments.data, Embedding.open(arguments.helpers)
    taught = helped_lessons(data) if recipe.labels == SCARCE else lessons(recipe.labels, data)
    vocabulary = vocabulary_of(taught, recipe, known_words(recipe.labels, learnt, data))
    tagger = Tagger(recipe, vocabulary, tags_for(taught))
    if arguments.stage == "fit":
        tagger.vectors.start_from(learnt, Lexicon.read(data).beside(vocabulary.words))
    return tagger, taught


def _vary(recipe: EntitiesRecipe, data: Path) -> Vary | None:
    if recipe.labels == ALERTS:
        return Variety(data / GAZETTEERS)
    return OtherNames(data) if recipe.helped and recipe.labels == SCARCE else None


def _recipe(arguments: argparse.Namespace) -> EntitiesRecipe:
    sizes = {name: getattr(arguments, name) for name in ("labels", "dims", "units", "dropout", "eagerness", "seed")}
    recipe = EntitiesRecipe(helped=bool(arguments.helpers), bidirectional=not arguments.one_way, **sizes)
    return replace(recipe, fit=fit_config(arguments, recipe.fit))


def _publish(tagger: Tagger, taught: list[Lesson], arguments: argparse.Namespace) -> None:
    load_weights(tagger, made(work_of(arguments) / "weights.npz", "entities fit"))
    publish(tagger, taught, arguments.precision, arguments.data, arguments.out)
    print(arguments.out)
