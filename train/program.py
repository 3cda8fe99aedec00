"""What a command line of `python -m train` comes to: a command, or one line of what is wrong and an exit code.

A command is loaded only when it is asked for: TensorFlow takes seconds.
"""

import argparse
import errno
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, Final, NoReturn

from edge.cli.output import drop_output
from edge.errors import HarkError, OutputError, UsageError
from train.screen import written_to

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

FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""What a disk says that has no room, when a file is written to and no longer named."""


def _load(home: str) -> ModuleType:
    """A module, without the greetings of TensorFlow while it is loaded, which no setting of its own keeps back."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # That is for what it says later: warnings and errors.
    with Path(os.devnull).open("wb") as nowhere, written_to(nowhere):
        return import_module(home)


class Parser(argparse.ArgumentParser):
    """Ends with the exit code of `hark`, not with 2, and gets its options when it is asked to read some.

    Args:
        home: module with the options (`add_arguments`) and what is done with them (`run`, unless a command of its own
            has that), loaded no sooner than then.
        options: as those of argparse's.
    """

    def __init__(self, *, home: str | None = None, **options: Any) -> None:  # noqa: ANN401 -- argparse's
        super().__init__(**options)
        self._home = home

    def parse_known_args(  # type: ignore[override]  # its overloads say the same of any namespace
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """Load the options, and read what is there."""
        home, self._home = self._home, None
        if home is not None:
            module = _load(home)
            self.description = module.__doc__
            module.add_arguments(self)
            if hasattr(module, "run"):
                self.set_defaults(run=module.run)
        return super().parse_known_args(args, namespace)

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and how to find out more."""
        self.exit(UsageError.exit_code, f"error: {message}; see {self.prog} --help\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Runs a recipe or an evaluation, and returns the exit code, one of those of `hark`. Ctrl-C passes through."""

    def run() -> None:
        arguments = _parser().parse_args(argv)
        arguments.run(arguments)

    return exit_code_of(run)


def exit_code_of(run: Callable[[], object]) -> int:
    """Runs a program, and tells in one line what is wrong, if anything is. Ctrl-C passes through."""
    try:
        run()
    except HarkError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package in ("", "edge", "train"):
            raise
        print(f"error: {package} is not installed: pip install 'hark-listener[train]'", file=sys.stderr)
        return HarkError.exit_code
    except BrokenPipeError:
        drop_output()  # Who has read enough of an output is content.
    except OSError as error:
        if error.filename is not None:
            problem = f"{error.filename}: {error.strerror}; name another one"
        elif error.errno in FULL:
            problem = f"a file cannot be written: {error.strerror}; free some space"
        else:
            raise
        print(f"error: {problem}", file=sys.stderr)
        return OutputError.exit_code
    return 0


def _parser() -> Parser:
    parser = Parser(
        prog="python -m train",
        description="The recipes, and the evaluation of any bundle on any data.",
        epilog="exit codes: those of hark, see `hark --help`; 130 after Ctrl-C",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, (home, summary) in COMMANDS.items():
        commands.add_parser(name, help=summary, home=f"{home}.command")
    return parser
