"""`python -m train dna STAGE`: splice junctions in a stream of bases, and promoters left out one by one."""

import argparse
from pathlib import Path

from edge.cli.options import whole
from edge.errors import UsageError
from train.bundle import place
from train.corpora.sequences import PROMOTER, SPLICE, TRAINING, find_sequences, read_sequences
from train.export import load_weights
from train.files import made
from train.options import count, decay, natural
from train.recipes.dna.fitting import fit_network
from train.recipes.dna.folds import cross_validate
from train.recipes.dna.promoters import PromoterRecipe, leave_one_out
from train.recipes.dna.publishing import publish
from train.recipes.dna.recipe import DnaRecipe

STAGES = ("fit", "folds", "publish", "promoters")
ROUNDS = PromoterRecipe().rounds


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line of the recipe."""
    recipe = DnaRecipe()
    parser.add_argument("stage", choices=STAGES)
    parser.add_argument("--data", type=Path, required=True, help="table of windows, or its folder")
    parser.add_argument("--work", type=Path, required=True, help="folder for weights and figures")
    parser.add_argument("--decay", type=decay, default=recipe.decay, help="how small weights are kept")
    parser.add_argument("--others", type=natural, default=recipe.others, help="windows from elsewhere, for each")
    parser.add_argument("--places", type=count, default=recipe.places, help="that a step judges (publish)")
    parser.add_argument("--folds", type=whole(2, 1000), default=10, help="parts, each judged by the others (folds)")
    # Of one part alone there are no others to choose its threshold in.
    few = "the first N parts alone, 2 or more (folds); default: all"
    parser.add_argument("--judged", type=whole(2, 1000), metavar="N", help=few)
    # To a default list, what is given would be added.
    choice = f"batches to choose from (promoters); default: {' '.join(map(str, ROUNDS))}"
    parser.add_argument("--rounds", type=count, nargs="+", action="extend", help=choice)
    parser.add_argument("--precision", choices=("int8", "int16x8", "float"), default="int8", help="(publish)")
    parser.add_argument("--out", type=place, default=Path("firmware_models/dna-splice"), help="bundle (publish)")


def run(arguments: argparse.Namespace) -> None:
    """One stage."""
    data = find_sequences(arguments.data, TRAINING)
    if arguments.stage == "promoters":
        promoters = PromoterRecipe(rounds=tuple(arguments.rounds or ROUNDS))
        print(leave_one_out(read_sequences(data, PROMOTER), promoters, arguments.work))
        return
    recipe = DnaRecipe(places=arguments.places, others=arguments.others, decay=arguments.decay)
    windows = read_sequences(data, SPLICE)
    if arguments.stage == "fit":
        fit_network(windows, recipe, arguments.work)
    elif arguments.stage == "folds":
        if arguments.folds > len(windows):
            raise UsageError(f"--folds {arguments.folds}, but there are {len(windows)} windows: give fewer")
        print(cross_validate(windows, recipe, arguments.folds, arguments.judged, arguments.work))
    else:
        network = recipe.network()
        load_weights(network, made(arguments.work / "weights.npz", "dna fit"))
        publish(network, recipe, windows, arguments.precision, arguments.work, arguments.out)
        print(arguments.out)
