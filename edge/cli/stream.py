"""hark stream: the streaming engine on other sensors than a microphone, one subcommand a sensor."""

import importlib
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from typing import Final

from edge.cli.options import EXIT_CODES

SENSORS: Final = {
    "dna": "find the splice sites of a sequence of bases",
    "pose": "tell what a body in front of a camera is doing",
}
"""What each subcommand does; the rest of it is in `edge.cli.stream_NAME`."""

EXAMPLES = """\
examples:
  hark stream dna genome.fasta.gz
  estimator /dev/video0 | hark stream pose --bundle activity
  hark stream dna --help
"""


def add_arguments(parser: ArgumentParser) -> None:
    """A subcommand for each sensor, with its options."""
    sensors = parser.add_subparsers(metavar="SENSOR", required=True, dest="sensor", title="sensors")
    for name, summary in SENSORS.items():
        module = importlib.import_module(f"edge.cli.stream_{name}")
        sensor = sensors.add_parser(
            name,
            help=summary,
            description=f"{summary[0].upper()}{summary[1:]}.",
            epilog=f"{module.EXAMPLES}\n{EXIT_CODES}",
            formatter_class=RawDescriptionHelpFormatter,
        )
        module.add_arguments(sensor)


def run(arguments: Namespace) -> int:
    """Let the sensor's own module do it."""
    code: int = importlib.import_module(f"edge.cli.stream_{arguments.sensor}").run(arguments)
    return code
