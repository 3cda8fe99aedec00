"""`python -m train language STAGE`: the stages of the recipe, each taken up where it was left."""

import argparse
import hashlib
import json
from dataclasses import replace
from pathlib import Path

from edge.cli.options import number
from edge.model.manifest import TrainingData
from train.bundle import place
from train.export import load_weights
from train.files import made, read_json
from train.fit import decide
from train.options import add_fit, add_units, count, dropout, fit_config
from train.recipes.language.fitting import fit_network
from train.recipes.language.publishing import publish
from train.recipes.language.recipe import LanguageRecipe
from train.recipes.language.texts import Parts, encode, labels_of, read_parts

STAGES = ("fit", "publish")
LABELS = "labels.json"
UNITS = [layer.units for layer in LanguageRecipe().layers]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line of the recipe."""
    fit = LanguageRecipe().fit
    parser.add_argument("stage", choices=STAGES)
    texts = "texts, or folders with train*.txt*"
    parser.add_argument("--data", type=Path, nargs="+", action="extend", required=True, help=texts)
    parser.add_argument("--work", type=Path, required=True, help="folder for checkpoints and weights")
    parser.add_argument(
        "--unit",
        choices=("char", "letters", "word"),
        default="char",
        help="characters as they are, or the letters or words of spoken sentences (default: %(default)s)",
    )
    parser.add_argument("--cell", choices=("gru", "lstm"), default="gru", help="(default: %(default)s)")
    add_units(parser, UNITS)
    parser.add_argument("--words", type=count, default=8000, help="size of the vocabulary (--unit word)")
    add_fit(parser, fit)
    parser.add_argument("--dropout", type=dropout, help="share of outputs that is hidden (fit)")
    parser.add_argument("--precision", choices=("int8", "int16x8", "float"), default="int8", help="(publish)")
    parser.add_argument("--rescore-weight", type=number(0, 10), default=0.0, help="when ranking transcripts (publish)")
    parser.add_argument(
        "--source", nargs=2, action="append", default=[], metavar=("CORPUS", "LICENCE"), help="(publish)"
    )
    parser.add_argument("--out", type=place, default=Path("firmware_models/language-en"), help="bundle (publish)")


def run(arguments: argparse.Namespace) -> None:
    """One stage."""
    parts, recipe = read_parts(arguments.data, arguments.unit), _recipe(arguments)
    if arguments.stage == "fit":
        labels = labels_of(parts.train, arguments.unit, arguments.words)
        decide(arguments.work / LABELS, json.dumps(labels))
        decide(arguments.work / "decided-by.txt", hashlib.sha256(parts.train.encode()).hexdigest())
        fit_network(encode(parts.train, labels), len(labels), recipe, arguments.work)
    else:
        _publish(arguments, parts, recipe)


def _recipe(arguments: argparse.Namespace) -> LanguageRecipe:
    recipe = LanguageRecipe.of(arguments.unit, arguments.cell, arguments.units or UNITS)
    fit = fit_config(arguments, recipe.fit)
    return replace(recipe, fit=fit, dropout=recipe.dropout if arguments.dropout is None else arguments.dropout)


def _publish(arguments: argparse.Namespace, parts: Parts, recipe: LanguageRecipe) -> None:
    weights, labels_file = (made(arguments.work / name, "language fit") for name in ("weights.npz", LABELS))
    labels = tuple(read_json(labels_file, list))
    network = recipe.network(len(labels))
    load_weights(network, weights)
    data = [TrainingData(corpus, licence, 0.0) for corpus, licence in arguments.source]
    publish(network, labels, parts, arguments.precision, data, arguments.out, arguments.rescore_weight)
    print(arguments.out)
