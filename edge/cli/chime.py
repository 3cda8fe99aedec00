"""hark chime: a short tune of its own for an alert rule."""

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from edge.cli.options import add_temperature, filled, number, whole
from edge.errors import DeviceError, OutputError
from edge.music.chime import LONGEST, SECONDS, TEMPERATURE

if TYPE_CHECKING:
    from edge.music.roll import Roll

EXAMPLES = """\
examples:
  hark chime --rule kitchen --seed 7
  hark chime --rule kitchen --seed 7 --out kitchen.wav
  hark chime --rule kitchen --seed 7 --out kitchen.mid    for notation and other instruments
"""


def add_arguments(parser: ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument(
        "--rule", type=filled, required=True, metavar="NAME", help="of the rule: each has another chime"
    )
    help_text = "0 to 1000000, another one gives another chime; default: 0"
    parser.add_argument("--seed", type=whole(0, 1_000_000), default=0, metavar="N", help=help_text)
    help_text = f"from its first note to the end of its last, which rings on, 0.5 to {LONGEST:g}; default: %(default)s"
    parser.add_argument("--seconds", type=number(0.5, LONGEST, "seconds"), default=SECONDS, metavar="S", help=help_text)
    add_temperature(parser, TEMPERATURE)
    parser.add_argument("--model", default="music", metavar="NAME", help="a shipped model, or the folder of one")
    parser.add_argument("--out", type=_file, metavar="FILE", help="a .wav or .mid to write; default: it is played")


def run(arguments: Namespace) -> int:
    """Make it up, and play or write it."""
    from edge.cli.output import write_line
    from edge.music.chime import chime_of
    from edge.music.composer import Composer
    from edge.music.roll import notes_of

    composer = Composer.load(arguments.model)
    tune = chime_of(composer, arguments.rule, arguments.seed, arguments.seconds, arguments.temperature)
    if arguments.out:
        _write(arguments.out, tune)
        write_line(f"{arguments.out}: {len(notes_of(tune))} notes")
    else:
        _play(tune)
    return 0


def _write(path: Path, tune: "Roll") -> None:
    from edge.audio import pcm16, write_wav
    from edge.music.midi import write_midi
    from edge.music.synthesiser import sound_of

    try:
        if path.suffix.lower() == ".mid":
            write_midi(path, tune)
        else:
            write_wav(path, pcm16(sound_of(tune)))
    except OSError as error:
        raise OutputError(f"{path}: {error.strerror}; name a file that can be written") from error


def _play(tune: "Roll") -> None:
    from edge.alerts.sink import SinkError
    from edge.alerts.sinks.chime import Player
    from edge.audio import pcm16
    from edge.music.synthesiser import sound_of

    try:
        Player().play(pcm16(sound_of(tune)))
    except SinkError as error:
        raise DeviceError(f"{error}; or write the chime to a file with --out") from None


def _file(text: str) -> Path:
    path = Path(text)
    if path.suffix.lower() not in {".wav", ".mid"}:
        raise ArgumentTypeError(f"{text!r} cannot be: give a file that ends in .wav or .mid")
    return path
