"""`python -m train`: the recipes, and the evaluation of any bundle on any data.

A command is loaded only when it is asked for: TensorFlow takes seconds.
"""

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Final, NoReturn

from edge.errors import HarkError, OutputError, UsageError

COMMANDS: Final = {
    "trigger": ("train.recipes.trigger", "the shipped words by stages, or a phrase of your own at once"),
    "speech": ("train.recipes.speech", "what is said, letter by letter"),
    "ngram": ("train.ngram", "a language model for the decoder, from texts or from an ARPA file"),
    "embeddings": ("train.recipes.embeddings", "word vectors from texts, debiased, and the table that ships"),
    "entities": ("train.recipes.entities", "a tagger of named entities for text as a recogniser writes it"),
    "sentiment": ("train.recipes.sentiment", "the mood of a sentence, from one star to five"),
    "language": ("train.recipes.language", "what comes next in a text, letter by letter or word by word"),
    "translate": ("train.recipes.translation", "sentences into another language, with attention"),
    "music": ("train.recipes.music", "a network that foresees music and makes it up"),
    "dna": ("train.recipes.dna", "splice junctions in a stream of bases, and promoters left out one by one"),
    "activity": ("train.recipes.activity", "what a body in front of a camera is doing, from the poses of its joints"),
    "study": ("train.study", "a picture and its numbers"),
    "evaluate": ("train.evaluate", "scores a bundle on data in the format of its task"),
}
"""Of each, the package that has its `command`, and what it is for."""

INTERRUPTED: Final = 130
"""Exit code after Ctrl-C: what a training was to make is not there yet."""


class Parser(argparse.ArgumentParser):
    """Ends with the exit code of `hark`, not with 2."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and how to find out more."""
        self.exit(UsageError.exit_code, f"error: {message}; see {self.prog} --help\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Runs a recipe or an evaluation; the exit codes are those of `hark`, and 130 after Ctrl-C."""
    try:
        arguments = _parse(sys.argv[1:] if argv is None else argv)
        arguments.run(arguments)
    except HarkError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    except OSError as error:
        if error.filename is None:
            raise
        print(f"error: {error.filename}: {error.strerror}; name another one", file=sys.stderr)
        return OutputError.exit_code
    except KeyboardInterrupt:
        print("interrupted; a training that is started again goes on from its last checkpoint", file=sys.stderr)
        return INTERRUPTED
    return 0


def _parse(argv: Sequence[str]) -> argparse.Namespace:
    parser = Parser(prog="python -m train", description="The recipes, and the evaluation of any bundle on any data.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    wanted = next((argument for argument in argv if not argument.startswith("-")), None)
    for name, (home, summary) in COMMANDS.items():
        command = commands.add_parser(name, help=summary)
        if name == wanted:
            module = import_module(f"{home}.command")
            command.description = module.__doc__
            module.add_arguments(command)
            command.set_defaults(run=module.run)
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main())
