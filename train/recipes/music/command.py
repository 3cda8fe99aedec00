"""`python -m train music STAGE`: a network that foresees music and makes it up."""

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np

from edge.cli.options import number
from edge.music.composer import Composer
from train.bundle import place
from train.export import load_weights
from train.files import made
from train.fit import learns_of
from train.networks import Layer
from train.options import add_fit, add_units, count, dropout, fit_config, natural, share, work_of
from train.recipes.music.fitting import fit_network
from train.recipes.music.parts import Parts, read_parts
from train.recipes.music.picture import draw
from train.recipes.music.publishing import publish
from train.recipes.music.recipe import MusicRecipe

STAGES = ("fit", "publish", "picture")
UNITS = [layer.units for layer in MusicRecipe().layers]
PICTURED = 192
"""Frames, as many as most tunes have."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line of the recipe."""
    recipe, fit = MusicRecipe(), MusicRecipe().fit
    parser.add_argument("stage", choices=STAGES, help="picture: a piano roll of a tune that the bundle makes up")
    parser.add_argument("--data", type=Path, required=True, help="folder with [quarter_]train.json* and ..valid.json*")
    parser.add_argument("--work", type=Path, help="folder for checkpoints and weights (fit, publish)")
    parser.add_argument("--cell", choices=("gru", "lstm", "rnn"), default="gru", help="(default: %(default)s)")
    add_units(parser, UNITS)
    add_fit(parser, fit)
    parser.add_argument("--batch", type=count, default=recipe.batch, help="stretches of music in a batch (fit)")
    parser.add_argument("--span", type=count, default=recipe.span, help="most frames of a stretch (fit)")
    parser.add_argument("--transposed", type=share, default=recipe.transposed, help="share in another key (fit)")
    parser.add_argument("--hidden", type=share, default=recipe.hidden, help="share of keys that is not shown (fit)")
    parser.add_argument("--dropout", type=dropout, default=recipe.dropout, help="share of outputs that is hidden (fit)")
    parser.add_argument("--precision", choices=("int8", "int16x8", "float"), default="int8", help="(publish)")
    parser.add_argument("--out", type=place, default=Path("firmware_models/music"), help="bundle (publish, picture)")
    parser.add_argument("--seed", type=natural, default=1, help="of the tune (picture)")
    parser.add_argument("--temperature", type=number(0.05, 5), default=0.8, help="of the tune (picture)")
    parser.add_argument("--picture", type=Path, default=Path("music.png"), help="file (picture)")


def run(arguments: argparse.Namespace) -> None:
    """One stage."""
    parts = read_parts(arguments.data)
    if arguments.stage == "picture":
        _picture(arguments, parts)
        return
    work, recipe, corpus = work_of(arguments), _recipe(arguments), arguments.data.resolve().name
    learns_of(work, corpus)
    if arguments.stage == "fit":
        fit_network(parts.train, recipe, work)
        return
    network = recipe.network()
    load_weights(network, made(work / "weights.npz", "music fit"))
    publish(network, parts, corpus, arguments.precision, arguments.out)
    print(arguments.out)


def _recipe(arguments: argparse.Namespace) -> MusicRecipe:
    shares = {name: getattr(arguments, name) for name in ("batch", "span", "transposed", "hidden", "dropout")}
    recipe = MusicRecipe(layers=tuple(Layer(width, arguments.cell) for width in arguments.units or UNITS), **shares)
    return replace(recipe, fit=fit_config(arguments, recipe.fit))


def _picture(arguments: argparse.Namespace, parts: Parts) -> None:
    rng = np.random.default_rng(arguments.seed)
    made_up = Composer.load(arguments.out).compose(PICTURED, rng, arguments.temperature)
    title = f"made up, seed {arguments.seed}, temperature {arguments.temperature:g}"
    draw({"of the corpus": parts.validation[0][:PICTURED], title: made_up}, arguments.picture)
    print(arguments.picture)
