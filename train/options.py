"""What the numbers of a command line may be: argparse refuses any other, before anything is read or trained."""

import argparse
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from edge.cli.options import number, whole
from edge.errors import UsageError

if TYPE_CHECKING:
    from train.fit import FitConfig

width: Final = whole(1, 8192)
"""Units of a layer, or numbers of a vector."""

count: Final = whole(1, 1_000_000_000)
"""How many of something, of which there must be one."""

natural: Final = whole(0, 1_000_000_000)
"""How many of something that may be left out; a seed."""

share: Final = number(0, 1)

dropout: Final = number(0, 0.95)
"""Share that training hides: something must be left."""

learning_rate: Final = number(1e-6, 1)

decay: Final = number(1e-9, 1000)
"""How much the size of weights costs beside the loss."""

eagerness: Final = number(-10, 10)
"""Nats by which a choice is favoured."""

budget: Final = number(0, 3600)
"""False accepts an hour."""

decibels: Final = number(-60, 60, "dB")


average: Final = number(0, 0.99999)
"""Share of a running mean that each batch leaves as it was."""


def direction(text: str) -> str:
    """Two language codes, such as `fr-en`."""
    if not re.fullmatch(r"[a-z]{2,3}-[a-z]{2,3}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is none: give two language codes, such as fr-en")
    return text


def work_of(arguments: argparse.Namespace) -> Path:
    """The folder of a stage that trains or takes what was trained; others do without.

    Raises:
        UsageError: it is not given.
    """
    if arguments.work is None:
        raise UsageError(f"{arguments.stage} needs --work: a folder for checkpoints and weights")
    return Path(arguments.work)


def add_units(parser: argparse.ArgumentParser, default: Sequence[int]) -> None:
    """The option that says how wide the layers are, the lowest first; None is read where it is not given."""
    # To a default list, what is given would be added.
    told = f"width of each layer, the lowest first; default: {' '.join(map(str, default))}"
    parser.add_argument("--units", type=width, nargs="+", action="extend", help=told)


def add_fit(parser: argparse.ArgumentParser, default: "FitConfig") -> None:
    """The options that say how to fit, and how long: `fit_config` reads them."""
    parser.add_argument("--steps", type=count, default=default.steps, help="batches (fit); default: %(default)s")
    parser.add_argument(
        "--quantised-steps", type=natural, default=default.quantised_steps, help="of them, at the end, as in int8 (fit)"
    )
    parser.add_argument("--learning-rate", type=learning_rate, default=default.learning_rate, help="its peak (fit)")
    parser.add_argument(
        "--average",
        type=average,
        default=default.average,
        metavar="SHARE",
        help="take the running mean of the weights, of which each batch leaves this share; 0: the last ones (fit)",
    )
    parser.add_argument(
        "--half", action="store_true", help="multiply in bfloat16: faster where the processor can (fit)"
    )
    parser.add_argument(
        "--muon",
        action="store_true",
        default=default.muon,
        help="orthogonal steps for the weights of cells: fewer batches (fit)",
    )


def fit_config(arguments: argparse.Namespace, default: "FitConfig") -> "FitConfig":
    """What `add_fit` has read; all else as the recipe has it, but a short training warms up briefly."""
    return replace(
        default,
        steps=arguments.steps,
        quantised_steps=arguments.quantised_steps,
        learning_rate=arguments.learning_rate,
        average=arguments.average,
        half=arguments.half,
        muon=arguments.muon,
        warm_up=min(default.warm_up, arguments.steps // 10),
    )
