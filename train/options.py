"""What the numbers of a command line may be: argparse refuses any other, before anything is read or trained."""

import argparse
from typing import TYPE_CHECKING, Final

from edge.cli.options import number, whole

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


def add_steps(parser: argparse.ArgumentParser, default: "FitConfig") -> None:
    """The options that say how long to train."""
    parser.add_argument("--steps", type=count, default=default.steps, help="batches (fit); default: %(default)s")
    parser.add_argument(
        "--quantised-steps", type=natural, default=default.quantised_steps, help="of them, at the end, as in int8 (fit)"
    )
