"""`python -m train activity STAGE`: what a body in front of a camera is doing, from the poses of its joints."""

import argparse
from dataclasses import replace
from pathlib import Path

from train.bundle import place
from train.export import load_weights
from train.files import made
from train.fit import learns_of
from train.options import add_fit, count, dropout, fit_config, natural, width
from train.recipes.activity.fitting import fit_activity
from train.recipes.activity.parts import ALL, DEVELOPMENT, TRAIN, read_parts
from train.recipes.activity.publishing import publish
from train.recipes.activity.recipe import ActivityRecipe

STAGES = ("fit", "publish")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line of the recipe."""
    recipe = ActivityRecipe()
    parser.add_argument("stage", choices=STAGES)
    parser.add_argument("--data", type=Path, required=True, help="folder of poses, with train.npz and valid.npz")
    parser.add_argument("--work", type=Path, required=True, help="folder for checkpoints and weights")
    parser.add_argument("--learn", choices=(DEVELOPMENT, TRAIN, ALL), default=TRAIN, help="which clips are learnt")
    parser.add_argument("--units", type=width, default=recipe.units, help="width of each GRU")
    parser.add_argument("--layers", type=count, default=recipe.layers, help="GRUs on top of each other")
    parser.add_argument("--dropout", type=dropout, default=recipe.dropout, help="share that training hides (fit)")
    parser.add_argument("--batch", type=count, default=recipe.batch, help="clips in a batch (fit)")
    add_fit(parser, recipe.fit)
    parser.add_argument("--seed", type=natural, default=recipe.seed, help="makes a training reproducible")
    parser.add_argument("--precision", choices=("int8", "float"), default="int8", help="of the bundle (publish)")
    parser.add_argument("--out", type=place, help="folder of the bundle (publish); default: bundle in --work")


def run(arguments: argparse.Namespace) -> None:
    """One stage."""
    recipe, parts = _recipe(arguments), read_parts(arguments.data, arguments.learn)
    network = recipe.network(len(parts.classes))
    learns_of(arguments.work, arguments.learn)
    if arguments.stage == "fit":
        fit_activity(network, parts.train, parts.classes, recipe, arguments.work)
        return
    load_weights(network, made(arguments.work / "weights.npz", "activity fit"))
    out = arguments.out or arguments.work / "bundle"
    publish(network, parts, recipe, arguments.precision, out)
    print(out)


def _recipe(arguments: argparse.Namespace) -> ActivityRecipe:
    sizes = {name: getattr(arguments, name) for name in ("units", "layers", "dropout", "batch", "seed")}
    recipe = ActivityRecipe(**sizes)
    return replace(recipe, fit=fit_config(arguments, recipe.fit))
