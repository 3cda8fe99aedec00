"""The command line: its parser, and the options that commands share."""

import argparse
import importlib
import math
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Literal, NoReturn, Protocol, TypeVar

from edge.errors import UsageError

T_co = TypeVar("T_co", covariant=True)

EXIT_CODES = """\
exit codes:
  0   done, or stopped by Ctrl-C or SIGTERM
  64  the command line asks for something that cannot be
  65  audio or a model is not what it claims to be
  69  no microphone, or it is busy or gone
  70  a fault of hark itself, or a package that is not installed
  74  the output cannot be written
  78  the configuration names something that cannot be
"""


class Parser(argparse.ArgumentParser):
    """A parser that ends with the exit code of sysexits.h, not with 2."""

    mixes = False
    """Whether options may stand between arguments of which there may be none."""

    def parse_known_args(  # type: ignore[override]  # its overloads say the same of any namespace
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """As argparse's; without `mixes`, that takes no argument after an option for one that is missing before."""
        # The other function may call this one.
        mixes, self.mixes = self.mixes, False
        read = self.parse_known_intermixed_args if mixes else super().parse_known_args
        return read(args, namespace)

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and how to find out more."""
        self.exit(UsageError.exit_code, f"hark: {message}; see {self.prog} --help\n")


class _Version(argparse.Action):
    """Looks the version up only if it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        from edge.cli.output import write_line

        write_line(f"hark {version()}")
        parser.exit()


def make_parser(commands: Mapping[str, str], argv: Sequence[str]) -> Parser:
    """The parser of all commands; only the one that `argv` names is loaded and gets its options."""
    parser = Parser(
        prog="hark",
        description="Hark listens all day, hears the words it was taught, and says so. No audio leaves the device.",
        epilog=f"try it:\n  hark demo\n  hark listen --help\n\n{EXIT_CODES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    subparsers = parser.add_subparsers(metavar="COMMAND", required=True, title="commands")
    wanted = next((argument for argument in argv if not argument.startswith("-")), None)
    for name, summary in commands.items():
        command = subparsers.add_parser(
            name, help=summary, description=_sentence(summary), formatter_class=argparse.RawDescriptionHelpFormatter
        )
        if name == wanted:
            module = importlib.import_module(f"edge.cli.{name.replace('-', '_')}")
            module.add_arguments(command)
            command.epilog = f"{module.EXAMPLES}\n{EXIT_CODES}"
            command.set_defaults(run=module.run, complain=command.error)
    return parser


def version() -> str:
    """Version of the installed package."""
    from importlib import metadata

    try:
        return metadata.version("hark-listener")
    except metadata.PackageNotFoundError:
        return "(not installed)"


def add_input(parser: argparse.ArgumentParser) -> None:
    """Options that say what to listen to."""
    group = parser.add_argument_group("input")
    group.add_argument(
        "--input",
        type=filled,
        metavar="SPEC",
        help="mic, mic:NAME or mic:NUMBER (see hark devices), a sound file, - for raw samples on stdin, or "
        "'exec:arecord -q -t raw -f S16_LE -r 16000 -c 1'; replaces what the configuration says of the input",
    )
    rate = whole(4000, 384_000, "Hz")
    group.add_argument("--rate", type=rate, metavar="HZ", help="rate of raw samples, or to open a microphone at")
    group.add_argument("--channels", type=whole(1, 64), metavar="N", help="channels of raw samples, or of a microphone")
    add_channel(group, default="as configured, or mix")
    group.add_argument(
        "--block",
        type=whole(1, 16_000, "samples"),
        metavar="SAMPLES",
        help="samples (16 kHz) in a block, 1 to 16000; default: as configured",
    )


def check_input(arguments: argparse.Namespace, *more: str) -> None:
    """Refuse what says how to listen beside recordings, which it would not change; `more` are options of the command.

    Raises:
        UsageError: both are given.
    """
    for name in ("input", "rate", "channels", "block", *more):
        if arguments.files and getattr(arguments, name) is not None:
            raise UsageError(f"--{name} is for listening: leave it out, or leave out {arguments.files[0]}")


def add_channel(group: argparse._ActionsContainer, default: str = "mix") -> None:
    """The option that says which channel to listen to."""
    help_text = f"channel to listen to, from 0; default: {default}"
    group.add_argument("--channel", type=_channel, metavar="N|mix", help=help_text)


def add_config(group: argparse._ActionsContainer) -> None:
    """The option that names the configuration."""
    help_text = "configuration; default: /etc/hark/hark.toml, if it is there"
    group.add_argument("--config", type=path, metavar="FILE", help=help_text)


def add_model(group: argparse._ActionsContainer) -> None:
    """The option that names the network that listens."""
    help_text = "a shipped model (see hark models), or the folder of one"
    group.add_argument("--model", type=filled, metavar="NAME", help=help_text)


def add_trigger(parser: argparse.ArgumentParser, *, thresholds: bool = True) -> None:
    """Options that say what to listen for and, unless there is nothing to decide, how readily."""
    group = parser.add_argument_group("trigger")
    add_config(group)
    add_model(group)
    group.add_argument("--words", type=_words, metavar="A,B", help="words to listen for; default: as configured")
    if not thresholds:
        parser.set_defaults(false_accepts_per_hour=None)
    else:
        help_text = "budget of each word, which decides its threshold; default: as configured"
        group.add_argument("--false-accepts-per-hour", type=number(0, 3600), metavar="X", help=help_text)


def add_speech(parser: argparse.ArgumentParser) -> None:
    """Options that say what is decoded beside trigger words."""
    group = parser.add_argument_group("speech")
    group.add_argument(
        "--transcribe",
        action=argparse.BooleanOptionalAction,
        help="write down what is said after a trigger word; default: as the configuration says, else not",
    )
    group.add_argument(
        "--grammar", type=filled, metavar="FILE", help="write down only the sentences of a JSGF grammar, or of a .txt"
    )
    group.add_argument(
        "--keyword",
        type=_keyword,
        action="append",
        metavar="TEXT",
        help="report a word or phrase whenever it is said; may be repeated, and replaces those of the configuration",
    )


def add_jsonl(parser: argparse.ArgumentParser, what: str) -> None:
    """The option for output that a program reads."""
    parser.add_argument("--jsonl", action="store_true", help=f"print {what} as JSON, one object a line")


def add_temperature(parser: argparse.ArgumentParser, default: float) -> None:
    """The option that says how freely a network makes something up."""
    help_text = "0.05 to 5: the lower, the more usual; default: %(default)s"
    parser.add_argument("--temperature", type=number(0.05, 5), default=default, metavar="T", help=help_text)


def filled(text: str) -> str:
    """The value of an option as it is: of a shell's empty variable, one would get the default and not know.

    Raises:
        ArgumentTypeError: there is none.
    """
    if not text.strip():
        raise argparse.ArgumentTypeError("it is empty: give a value, or leave the option out")
    return text


def path(text: str) -> Path:
    """The path that an option names.

    Raises:
        ArgumentTypeError: there is none.
    """
    return Path(filled(text))


def seed(text: str) -> int:
    """The seed of something that is made up.

    Raises:
        ArgumentTypeError: it is no whole number from 0 on.
    """
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is no seed: give 0, 1, ...")
    return int(text)


class Rule(Protocol[T_co]):
    """A rule of `edge.config`, which is not loaded before an option needs it."""

    @property
    def allowed(self) -> str:
        """What may be given, in words."""

    def read(self, value: object) -> T_co:
        """The value; a ValueError if it cannot be."""


def by_rule(rule: Rule[T_co], value: object, text: str) -> T_co:
    """The value of an option by a rule of the configuration.

    Raises:
        ArgumentTypeError: it cannot be; `text` is what was given.
    """
    try:
        return rule.read(value)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} cannot be: give {rule.allowed}") from None


def number(low: float, high: float, unit: str = "") -> Callable[[str], float]:
    """What reads an option that is a number within limits, both included."""

    def read(text: str) -> float:
        from edge.config.rules import Number

        try:
            value = float(text)
        except ValueError:
            value = math.nan
        return by_rule(Number(low, high, unit), value, text)

    return read


def whole(low: int, high: int, unit: str = "") -> Callable[[str], int]:
    """What reads an option that is a whole number within limits, both included."""

    def read(text: str) -> int:
        from edge.config.rules import Number

        value = int(text) if re.fullmatch("-?[0-9]{1,18}", text) else None
        return int(by_rule(Number(low, high, unit, whole=True), value, text))

    return read


def _sentence(summary: str) -> str:
    return f"{summary[0].upper()}{summary[1:]}."


def wanted_channel(arguments: argparse.Namespace) -> int | Literal["mix"]:
    """What `add_channel` has read; of a file, all channels are heard together unless one is named: 0 is one, too."""
    return "mix" if arguments.channel is None else arguments.channel


def _channel(text: str) -> int | Literal["mix"]:
    if text == "mix":
        return "mix"
    if text.isdecimal():
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is no channel: give 0, 1, ... or mix")


def _words(text: str) -> tuple[str, ...]:
    words = tuple(word.strip() for word in text.split(",") if word.strip())
    if not words:
        raise argparse.ArgumentTypeError("give words with commas between them")
    return words


def _keyword(text: str) -> str:
    from edge.config.sections import KEYWORD_TEXT

    return by_rule(KEYWORD_TEXT, text, text)
