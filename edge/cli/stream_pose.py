"""hark stream pose: what a body in front of a camera is doing, from the keypoints of a pose estimator."""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from edge.cli.options import number, path

if TYPE_CHECKING:
    from edge.alerts import AlertDesk
    from edge.config import Config

EXAMPLES = """\
Each line is a body at a time: {"at": 12.34, "keypoints": [[x, y, confidence], ...]} with the points of COCO (17),
BlazePose (33) or JHMDB (15); see docs/pose.md. Each event is a line of JSON.

examples:
  hark stream pose poses.jsonl --bundle activity
  estimator /dev/video0 | hark stream pose --bundle activity
  estimator /dev/video0 | hark stream pose --bundle activity --config camera.toml
"""


def add_arguments(parser: ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument("file", nargs="?", default="-", metavar="FILE", help="lines of JSON; default: standard input")
    parser.add_argument("--bundle", required=True, metavar="DIR", help="a model of python -m train activity")
    parser.add_argument(
        "--threshold", type=number(0, 1), metavar="X", help="probability that is enough; default: the bundle's"
    )
    parser.add_argument(
        "--confidence", type=number(0, 1), default=0.2, metavar="X", help="points below it are not seen; default: 0.2"
    )
    parser.add_argument("--config", type=path, metavar="FILE", help="alerts that activities raise, and where they go")


def run(arguments: Namespace) -> int:
    """Print each activity as soon as it is there, and the alerts that it raises."""
    from edge.cli.alerts import close_desk
    from edge.cli.assembly import open_model
    from edge.cli.output import write_line
    from edge.config import Config, load_config
    from edge.sensors.activity import ActivityTracker
    from edge.sensors.keypoints import read_sightings

    config = load_config(arguments.config) if arguments.config else Config()
    model = open_model(arguments.bundle, config.runtime)
    tracker = ActivityTracker(model, arguments.threshold)
    desk = _desk(config, model.bundle.manifest.labels)
    with ExitStack() as stack:
        lines, name = stack.enter_context(_opened(arguments.file))
        if desk:
            stack.push(lambda _kind, error, _trace: close_desk(desk, error))
            desk.start()
        for sighting in read_sightings(lines, name, arguments.confidence):
            for event in tracker.feed(sighting):
                for told in (event, *(desk.feed(event) if desk else ())):
                    write_line(told.to_json())
    return 0


@contextmanager
def _opened(file: str) -> Iterator[tuple[BinaryIO, str]]:
    """The lines, and what they are called.

    Raises:
        DataError: the file cannot be read.
    """
    from edge.errors import DataError

    # There is none where it was closed.
    if file == "-" and sys.stdin:
        yield sys.stdin.buffer, "standard input"
        return
    try:
        lines = Path(file).open("rb")  # noqa: SIM115 (what is raised while it is read is not its fault)
    except OSError as error:
        raise DataError(f"{file} cannot be read ({error.strerror}); name a file of JSON lines") from error
    with lines:
        yield lines, file


def _desk(config: "Config", activities: tuple[str, ...]) -> "AlertDesk | None":
    """The desk of a configuration whose rules wait for activities.

    Raises:
        ConfigError: the file cannot be, or a rule waits for what is not seen here.
    """
    from edge.alerts import make_desk
    from edge.config import check_activities

    if not config.file:
        return None
    check_activities(config.alerts, config.file, activities)
    return make_desk(config, ())
