"""`python -m train trigger STAGE | --phrase TEXT`: the shipped words by stages, or a phrase of your own at once."""

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from edge.errors import UsageError
from edge.model.bundle import VERIFIER
from train.bundle import check_place
from train.cascade import NAMES
from train.corpora.audio import load
from train.corpora.manifest import Clip, licensed, read_corpora
from train.evaluate.held_out import HeldOut, held_out
from train.evaluate.trigger import Tally, table
from train.files import made
from train.networks import Layer
from train.options import count, natural, width
from train.recipes.phrase import command as phrase
from train.recipes.trigger import folds
from train.recipes.trigger.demo import make_demo
from train.recipes.trigger.fitting import fit_networks
from train.recipes.trigger.pools import PARTS, make_pools
from train.recipes.trigger.publishing import BUDGETS, conditions, publish
from train.recipes.trigger.recipe import PLAIN, SECOND_LOOK, VIEWS, WEIGHTS, TriggerRecipe
from train.recipes.trigger.speakers import add_speakers
from train.recipes.trigger.validation import calibration_frames, is_validated, read_by_stranger, tally_path, validate
from train.recipes.trigger.words import WORDS, synthesise

PLAIN_SPEECH = ("sentences", "commands", "digits")
"""Beginnings of the names of corpora in which nobody says a wake word, or anything that is meant to sound like one."""
SHIPPED = Path("firmware_models/trigger-en")
DEMO = Path("firmware_models/demo")
STAGES = ("synthesise", "pools", "fit", "validate", "report", "publish", "speakers", "demo")
OF_STAGES = {
    "hold_out": "--hold-out",
    "units": "--units",
    "only": "--only",
    "half": "--half",
    "cells": "--from",
    "plain": "--plain",
    "views": "--views",
    "speller": "--speller",
    "seed": "--seed",
}
"""What a phrase does not heed."""
PLAIN_STAGES = ("pools", "fit", "validate", "report")
"""Of these there is a plain recipe to measure against; it is never shipped."""


@dataclass(frozen=True, slots=True)
class Workshop:
    """Where the recipe keeps its work: synthetic corpora, pools, and one folder a run."""

    work: Path
    audio: Path

    def clips(self, synthetic: bool = True) -> list[Clip]:
        """Real recordings, and synthetic ones."""
        real = licensed(read_corpora(self.audio))
        return [*real, *read_corpora(made(self.work / "audio", "trigger synthesise"))] if synthetic else real

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
            UsageError: a fold has not been validated yet, or has been trained again since.
        """
        together = Tally(WORDS)
        for fold in range(folds.FOLDS):
            if not is_validated(self.run(fold), view):
                problem = f"{tally_path(self.run(fold), view)} is missing, or older than the networks"
                mend = f"run `python -m train trigger validate --hold-out {fold}` first, with the same options"
                raise UsageError(f"{problem}: {mend}")
            together.merge(Tally.load(tally_path(self.run(fold), view)))
        return together


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line of the recipe."""
    parser.add_argument("stage", nargs="?", choices=STAGES)
    parser.add_argument("--work", type=Path, help="folder for pools, checkpoints and tallies")
    parser.add_argument("--audio", type=Path, help="folder of corpora, each with a manifest.csv")
    parser.add_argument("--books", type=Path, help="text of books to synthesise (synthesise, --phrase)")
    parser.add_argument("--out", type=Path, help=f"bundle or demo folder ({SHIPPED}, {DEMO}; the phrase with hyphens)")
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="file for the float weights (publish)")
    parser.add_argument(
        "--hold-out", type=int, choices=range(folds.FOLDS), help="fold that is not trained on; none: train on all"
    )
    parser.add_argument("--steps", type=count, help="batches (fit)")
    parser.add_argument("--quantised-steps", type=natural, help="of them, at the end")
    parser.add_argument("--units", type=width, help="width of each GRU layer")
    parser.add_argument("--only", choices=NAMES, help="the one network to train (fit)")
    half = "multiply in bfloat16: faster where the processor can (fit)"
    parser.add_argument("--half", action="store_true", default=None, help=half)
    begin = "weights of a network with as many layers, whose lowest cells each begins with (fit)"
    parser.add_argument("--from", type=Path, dest="cells", metavar="WEIGHTS", help=begin)
    parser.add_argument("--seed", type=natural, help="other batches, and other heads to begin with (fit)")
    parser.add_argument(
        "--plain",
        action="store_true",
        default=None,
        help=f"the plain recipe that ours is held against ({', '.join(PLAIN_STAGES)})",
    )
    parser.add_argument(
        "--speller",
        metavar="NAME",
        help="speech model that reads again, or its folder; one that never heard these people judges best (validate)",
    )
    looks = "the ways to look at a network (validate, report)"
    parser.add_argument("--views", nargs="+", action="extend", choices=VIEWS, help=looks)
    parser.add_argument("--parts", type=count, help=f"parts of 500 mixtures a fold (pools; {PARTS})")
    phrase.add_arguments(parser)


def run(arguments: argparse.Namespace) -> None:
    """One stage, or everything for a phrase."""
    if arguments.phrase is not None:
        if arguments.stage:
            raise UsageError(f"--phrase runs all its stages: leave {arguments.stage} out")
        _refuse(arguments, OF_STAGES, "is for the stages of the shipped words: leave it out of --phrase")
        phrase.run(arguments)
    elif arguments.stage is None:
        raise UsageError(f'give a stage ({", ".join(STAGES)}), or a phrase of your own: --phrase "hey atlas"')
    elif arguments.work is None or arguments.audio is None:
        raise UsageError(f"{arguments.stage} works on recordings: give their folder with --audio, and --work")
    else:
        _refuse(arguments, phrase.OPTIONS, f"belongs to --phrase: leave it out of {arguments.stage}")
        _run_stage(arguments)


def _refuse(arguments: argparse.Namespace, options: Mapping[str, str], problem: str) -> None:
    """Options that would not be heeded."""
    for name, option in options.items():
        if getattr(arguments, name) not in (None, []):
            raise UsageError(f"{option} {problem}")


def _run_stage(arguments: argparse.Namespace) -> None:
    out = arguments.out or (DEMO if arguments.stage == "demo" else SHIPPED)
    shop, recipe = _workshop(arguments), _recipe(arguments)
    stages: dict[str, Callable[[], object]] = {
        "synthesise": lambda: _synthesise(shop, arguments.books),
        "pools": lambda: make_pools(
            shop.clips(recipe.synthetic), shop.work / "pools", arguments.parts or PARTS, recipe
        ),
        "fit": lambda: _fit(shop, recipe, arguments),
        "validate": lambda: _validate(shop, recipe, arguments.hold_out),
        "report": lambda: _report(shop, recipe),
        "publish": lambda: _publish(shop, recipe, out, arguments.weights),
        "speakers": lambda: add_speakers(out, shop.clips(synthetic=False)),
        "demo": lambda: make_demo(shop.clips(), out),
    }
    stages[arguments.stage]()


def _synthesise(shop: Workshop, books: Path | None) -> None:
    if books is None:
        raise UsageError("synthesise reads books aloud: give a text with --books")
    synthesise(books, shop.work / "audio")


def _workshop(arguments: argparse.Namespace) -> Workshop:
    if not arguments.plain:
        return Workshop(arguments.work, arguments.audio)
    if arguments.only == VERIFIER or SECOND_LOOK in (arguments.views or ()):
        raise UsageError("the plain recipe has one network and no second look: leave that out")
    if arguments.stage not in PLAIN_STAGES:
        raise UsageError(f"--plain is for {', '.join(PLAIN_STAGES)}: leave it out of {arguments.stage}")
    return Workshop(arguments.work / "plain", arguments.audio)


def _recipe(arguments: argparse.Namespace) -> TriggerRecipe:
    recipe = PLAIN if arguments.plain else TriggerRecipe()
    layers, verifier = (_resized(stack, arguments.units) for stack in (recipe.layers, recipe.verifier))
    given = _given(steps=arguments.steps, quantised_steps=arguments.quantised_steps, half=arguments.half)
    fit = replace(recipe.fit, **given)
    views = recipe.views if arguments.views is None else tuple(arguments.views)
    others = _given(cells=arguments.cells, speller=arguments.speller, seed=arguments.seed)
    return replace(recipe, layers=layers, verifier=verifier, fit=fit, views=views, **others)


def _resized(layers: Sequence[Layer], units: int | None) -> tuple[Layer, ...]:
    return tuple(replace(layer, **_given(units=units)) for layer in layers)


def _given(**options: int | str | Path | None) -> dict[str, Any]:
    """Those that were given on the command line: the others stay as the recipe has them."""
    return {name: value for name, value in options.items() if value is not None}


def _fit(shop: Workshop, recipe: TriggerRecipe, arguments: argparse.Namespace) -> None:
    names = NAMES if arguments.only is None else (arguments.only,)
    fit_networks(shop.pools(arguments.hold_out), recipe, shop.run(arguments.hold_out), names)


def _validate(shop: Workshop, recipe: TriggerRecipe, hold_out: int | None) -> None:
    if hold_out is None:
        raise UsageError("validate needs a fold that was not trained on: give --hold-out")
    cascade = recipe.cascade()
    cascade.load(shop.run(hold_out))
    # Ranges are settled by voices that the networks know, as those that ship were.
    calibration = calibration_frames(shop.material((hold_out + 1) % folds.FOLDS), recipe)
    validate(cascade, recipe, shop.material(hold_out), calibration, shop.run(hold_out))


def _report(shop: Workshop, recipe: TriggerRecipe) -> None:
    for view in recipe.views:
        tally = shop.tally(view)
        print(f"\n### {view}, {tally.hours:.1f} h\n\n{table(tally, conditions(tally), BUDGETS)}")
        plain = tally.among(PLAIN_SPEECH)
        print(f"\n### {view}, plain speech, {plain.hours:.1f} h\n\n{table(plain, conditions(tally), BUDGETS)}")


def _publish(shop: Workshop, recipe: TriggerRecipe, out: Path, weights: Path) -> None:
    check_place(out)
    cascade = recipe.cascade()
    cascade.load(shop.run(None))
    cascade.keep(weights)
    # Minutes of any real audio settle the ranges: one fold has them.
    calibration = calibration_frames(shop.material(0), recipe)
    strangers = all(read_by_stranger(shop.run(fold)) for fold in range(folds.FOLDS))
    publish(cascade, recipe, shop.tally(SECOND_LOOK), shop.clips(), calibration, out, read_by_stranger=strangers)
    print(out)
