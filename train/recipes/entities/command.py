"""`python -m train entities STAGE`: a tagger of named entities for text as a recogniser writes it."""

import argparse
from dataclasses import replace
from pathlib import Path

from train.export import load_weights
from train.options import add_steps, dropout, width
from train.recipes.entities.fitting import Lesson, fit_tagger, vocabulary_of
from train.recipes.entities.publishing import publish
from train.recipes.entities.recipe import ALERTS, FOLDERS, EntitiesRecipe
from train.recipes.entities.report import report_of
from train.recipes.entities.tagger import Tagger
from train.recipes.entities.texts import lessons, tags_for
from train.recipes.entities.variety import Variety

STAGES = ("fit", "publish", "report")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line of the recipe."""
    recipe = EntitiesRecipe()
    parser.add_argument("stage", choices=STAGES)
    parser.add_argument("--data", type=Path, required=True, help="folder of texts, with ner_snips and the others")
    parser.add_argument("--work", type=Path, required=True, help="folder for checkpoints and weights")
    parser.add_argument("--labels", choices=(ALERTS, *FOLDERS), default=ALERTS, help="of all corpora, or one's own")
    parser.add_argument("--one-way", action="store_true", help="read forwards only")
    parser.add_argument("--dims", type=width, default=recipe.dims, help="width of a word's vector")
    parser.add_argument("--units", type=width, default=recipe.units, help="width of each direction's GRU")
    parser.add_argument("--dropout", type=dropout, default=recipe.dropout, help="share that training hides (fit)")
    add_steps(parser, recipe.fit)
    parser.add_argument("--precision", choices=("int8", "float"), default="int8", help="of the bundle (publish)")
    parser.add_argument(
        "--out", type=Path, default=Path("firmware_models/entities-en"), help="bundle (publish, report)"
    )


def run(arguments: argparse.Namespace) -> None:
    """One stage."""
    if arguments.stage == "report":
        print(report_of(arguments.out, arguments.labels, arguments.data))
        return
    recipe = _recipe(arguments)
    taught = lessons(recipe.labels, arguments.data)
    tagger = Tagger(recipe, vocabulary_of(taught, recipe), tags_for(taught))
    if arguments.stage == "fit":
        vary = Variety(arguments.data / "ner_gazetteers") if recipe.labels == ALERTS else None
        fit_tagger(tagger, taught, arguments.work, vary)
    else:
        _publish(tagger, taught, arguments)


def _recipe(arguments: argparse.Namespace) -> EntitiesRecipe:
    sizes = {name: getattr(arguments, name) for name in ("labels", "dims", "units", "dropout")}
    recipe = EntitiesRecipe(bidirectional=not arguments.one_way, **sizes)
    fit = replace(recipe.fit, steps=arguments.steps, quantised_steps=arguments.quantised_steps)
    return replace(recipe, fit=fit)


def _publish(tagger: Tagger, taught: list[Lesson], arguments: argparse.Namespace) -> None:
    load_weights(tagger, arguments.work / "weights.npz")
    publish(tagger, taught, arguments.precision, arguments.data, arguments.out)
