"""`python -m train trigger STAGE`: the stages of the recipe, each taken up where it was left."""

import argparse
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from edge.errors import UsageError
from train.corpora.audio import load
from train.corpora.manifest import Clip, read_corpora
from train.evaluate.held_out import HeldOut, held_out
from train.evaluate.trigger import Tally, table
from train.export import load_weights, save_weights
from train.fit import FitConfig
from train.networks import Layer
from train.recipes.trigger import folds
from train.recipes.trigger.demo import make_demo
from train.recipes.trigger.fitting import fit_network
from train.recipes.trigger.pools import PARTS, make_pools
from train.recipes.trigger.publishing import BUDGETS, conditions, publish
from train.recipes.trigger.recipe import SPELLING_FIT, WEIGHTS, TriggerRecipe
from train.recipes.trigger.validation import VIEWS, calibration_frames, tally_path, validate
from train.recipes.trigger.words import WORDS, synthesise

PLAIN_SPEECH = ("sentences", "commands", "digits")
"""Beginnings of the names of corpora in which nobody says a wake word, or anything that is meant to sound like one."""
STAGES = ("synthesise", "pools", "fit", "validate", "report", "publish", "demo")


@dataclass(frozen=True, slots=True)
class Workshop:
    """Where the recipe keeps its work: synthetic corpora, pools, and one folder a run."""

    work: Path
    audio: Path

    def clips(self) -> list[Clip]:
        """Real and synthetic recordings."""
        return [*read_corpora(self.audio), *read_corpora(self.work / "audio")]

    def pools(self, hold_out: int | None) -> list[Path]:
        """The pools of all folds but the one held out."""
        return [self.work / "pools" / f"fold-{fold}" for fold in range(folds.FOLDS) if fold != hold_out]

    def run(self, hold_out: int | None) -> Path:
        """Folder of a training run."""
        return self.work / "runs" / ("all" if hold_out is None else f"hold-out-{hold_out}")

    def material(self, fold: int) -> HeldOut:
        """Test streams of one fold."""
        kept = [clip for clip in read_corpora(self.audio) if folds.fold_of(clip) == fold]
        return held_out(kept, WORDS, cache(load))

    def tally(self, view: str) -> Tally:
        """All folds together.

        Raises:
            UsageError: a fold has not been validated yet.
        """
        together = Tally(WORDS)
        for fold in range(folds.FOLDS):
            path = tally_path(self.run(fold), view)
            if not path.exists():
                raise UsageError(f"{path} is missing: run `python -m train trigger validate --hold-out {fold}` first")
            together.merge(Tally.load(path))
        return together


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line of the recipe."""
    parser.add_argument("stage", choices=STAGES)
    parser.add_argument("--work", type=Path, required=True, help="folder for pools, checkpoints and tallies")
    parser.add_argument("--audio", type=Path, required=True, help="folder of corpora, each with a manifest.csv")
    parser.add_argument("--books", type=Path, help="text of books to synthesise (synthesise)")
    parser.add_argument("--out", type=Path, default=Path("firmware_models/trigger-en"), help="bundle or demo folder")
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="file for the float weights (publish)")
    parser.add_argument(
        "--hold-out", type=int, choices=range(folds.FOLDS), help="fold that is not trained on; none: train on all"
    )
    parser.add_argument("--steps", type=int, default=FitConfig().steps, help="batches (fit)")
    parser.add_argument("--quantised-steps", type=int, default=FitConfig().quantised_steps, help="of them, at the end")
    parser.add_argument("--spelling-steps", type=int, default=SPELLING_FIT.steps, help="batches before it (fit)")
    parser.add_argument("--units", type=int, default=TriggerRecipe().layers[0].units, help="width of each GRU layer")
    parser.add_argument("--parts", type=int, default=PARTS, help="parts of 500 mixtures a fold (pools)")


def run(arguments: argparse.Namespace) -> None:
    """One stage."""
    shop = Workshop(arguments.work, arguments.audio)
    recipe = _recipe(arguments)
    if arguments.stage == "synthesise":
        if arguments.books is None:
            raise UsageError("synthesise reads books aloud: give a text with --books")
        synthesise(arguments.books, shop.work / "audio")
    elif arguments.stage == "pools":
        make_pools(shop.clips(), shop.work / "pools", arguments.parts, recipe.features)
    elif arguments.stage == "fit":
        fit_network(shop.pools(arguments.hold_out), recipe, shop.run(arguments.hold_out))
    elif arguments.stage == "validate":
        _validate(shop, recipe, arguments.hold_out)
    elif arguments.stage == "report":
        _report(shop)
    elif arguments.stage == "demo":
        make_demo(shop.clips(), arguments.out)
    else:
        _publish(shop, recipe, arguments.out, arguments.weights)


def _recipe(arguments: argparse.Namespace) -> TriggerRecipe:
    layers = (Layer(arguments.units), Layer(arguments.units))
    fit = FitConfig(steps=arguments.steps, quantised_steps=arguments.quantised_steps)
    return TriggerRecipe(layers=layers, fit=fit, spelling=replace(SPELLING_FIT, steps=arguments.spelling_steps))


def _validate(shop: Workshop, recipe: TriggerRecipe, hold_out: int | None) -> None:
    if hold_out is None:
        raise UsageError("validate needs a fold that was not trained on: give --hold-out")
    material = shop.material(hold_out)
    network = recipe.network()
    load_weights(network, shop.run(hold_out) / "weights.npz")
    validate(network, recipe, material, calibration_frames(material, recipe), shop.run(hold_out))


def _report(shop: Workshop) -> None:
    for view in VIEWS:
        tally = shop.tally(view)
        print(f"\n### {view}, {tally.hours:.1f} h\n\n{table(tally, conditions(tally), BUDGETS)}")
        plain = tally.among(PLAIN_SPEECH)
        print(f"\n### {view}, plain speech, {plain.hours:.1f} h\n\n{table(plain, conditions(tally), BUDGETS)}")


def _publish(shop: Workshop, recipe: TriggerRecipe, out: Path, weights: Path) -> None:
    network = recipe.network()
    load_weights(network, shop.run(None) / "weights.npz")
    save_weights(network, weights)
    # Minutes of any real audio settle the ranges: one fold has them.
    calibration = calibration_frames(shop.material(0), recipe)
    publish(network, recipe, shop.tally("streaming int8"), shop.clips(), calibration, out)
