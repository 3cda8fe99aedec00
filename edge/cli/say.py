"""hark say: a sentence that the language model makes up."""

from argparse import ArgumentParser, Namespace

from edge.cli.options import add_temperature, by_rule, seed

EXAMPLES = """\
examples:
  hark say --seed 1
  hark say --temperature 0.5 --begin "turn on the"
"""


def add_arguments(parser: ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument("--seed", type=seed, metavar="N", help="makes the sentence the same each time")
    add_temperature(parser, 0.8)
    parser.add_argument("--begin", type=_spelled, default="", metavar="TEXT", help="first words")
    parser.add_argument("--model", default="language-en", metavar="NAME", help="a shipped model, or the folder of one")


def run(arguments: Namespace) -> int:
    """Print a sentence."""
    import numpy as np

    from edge.cli.output import write_line
    from edge.understanding.language import LanguageModel

    language = LanguageModel.load(arguments.model)
    write_line(language.sample(np.random.default_rng(arguments.seed), arguments.temperature, arguments.begin))
    return 0


def _spelled(text: str) -> str:
    from edge.config.rules import Spoken

    return by_rule(Spoken(), text, text) if text else text
