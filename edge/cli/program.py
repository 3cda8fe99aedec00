"""What a command line of `hark` comes to: a command, or one line of what is wrong and an exit code."""

import sys
from collections.abc import Sequence
from typing import Final

from edge.cli.output import complain, drop_output, escape_letters
from edge.errors import HarkError, OutputError
from edge.stopping import is_wished, listen_for_stops

COMMANDS: Final = {
    "demo": "hear the shipped model find its words in a shipped recording",
    "listen": "report trigger words, and what else is said, from a microphone or a file",
    "wyoming": "be the ear of Home Assistant and its satellites, over the Wyoming protocol",
    "alerts": "list the alerts that wait to be delivered, retry or drop them",
    "transcribe": "write down what is said in recordings",
    "say": "make up a sentence",
    "chime": "make up a chime of its own for an alert rule",
    "text": "find out what a sentence means: names, places, dates, times; or translate it",
    "stream": "run the same engine on other sensors: bases of DNA, poses of a body",
    "scores": "how sure the model is of each word, over the time of a recording",
    "tune": "choose thresholds from your own recordings, for a budget of false accepts",
    "enroll": "let a word be triggered by your voice alone, from a few takes of it",
    "devices": "list the microphones",
    "models": "list the shipped models and what is known of them",
    "install-service": "show or install the units with which systemd runs hark",
    "doctor": "find out what is wrong here, and how to mend it",
    "bench": "measure what listening costs on this machine",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command line, by default that of this process; returns the exit code. Ctrl-C and SIGTERM pass through."""
    try:
        listen_for_stops()
        escape_letters()
        return run(sys.argv[1:] if argv is None else list(argv))
    except BrokenPipeError:
        from edge.service import is_managed

        drop_output()
        # Who has read enough of a command's output is content; a listener whose journal went away is to come back.
        return OutputError.exit_code if is_managed() else 0
    except HarkError as error:
        drop_output()
        complain(str(error))
        return error.exit_code
    except Exception as error:
        import traceback

        if is_wished() and isinstance(error, (ImportError, RuntimeError)):  # A module in C that was being loaded.
            raise KeyboardInterrupt from error
        traceback.print_exc()
        complain(f"this is a fault of hark itself ({type(error).__name__}); please report it with the lines above")
        return HarkError.exit_code


def run(argv: list[str]) -> int:
    """Parse the arguments and run the command that they name.

    Raises:
        HarkError: the command cannot do what it was asked to.
        SystemExit: the arguments cannot be, or were answered (`--help`, `--version`).
    """
    from edge.cli.options import make_parser

    parser = make_parser(COMMANDS, argv)
    arguments, unknown = parser.parse_known_args(argv)
    if unknown:
        arguments.complain(f"unrecognized arguments: {' '.join(unknown)}")
    code: int = arguments.run(arguments)
    return code
