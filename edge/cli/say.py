"""hark say: a sentence that the language model makes up."""

from argparse import ArgumentParser, ArgumentTypeError, Namespace

EXAMPLES = """\
examples:
  hark say --seed 1
  hark say --temperature 0.5 --begin "turn on the"
"""


def add_arguments(parser: ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument("--seed", type=_seed, metavar="N", help="makes the sentence the same each time")
    parser.add_argument(
        "--temperature",
        type=_temperature,
        default=0.8,
        metavar="T",
        help="0.05 to 5: the lower, the more usual; default: %(default)s",
    )
    parser.add_argument("--begin", default="", metavar="TEXT", help="first words")
    parser.add_argument("--model", default="language-en", metavar="NAME", help="a shipped model, or the folder of one")


def run(arguments: Namespace) -> int:
    """Print a sentence."""
    import numpy as np

    from edge.cli.output import write_line
    from edge.understanding.language import LanguageModel

    language = LanguageModel.load(arguments.model)
    write_line(language.sample(np.random.default_rng(arguments.seed), arguments.temperature, arguments.begin))
    return 0


def _seed(text: str) -> int:
    if not text.isdecimal():
        raise ArgumentTypeError(f"{text!r} is no seed: give 0, 1, ...")
    return int(text)


def _temperature(text: str) -> float:
    try:
        temperature = float(text)
    except ValueError:
        temperature = 0.0
    if not 0.05 <= temperature <= 5:
        raise ArgumentTypeError(f"{text!r} cannot be: give a number from 0.05 to 5")
    return temperature
