"""hark demo: the shipped model over the shipped recording."""

import time
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from edge.cli.options import add_jsonl

if TYPE_CHECKING:
    from edge.audio import AudioBlock

EXAMPLES = """\
On a terminal it takes as long as the recording lasts, so that it can be watched; nothing is played aloud.

examples:
  hark demo
  hark demo --fast
"""


def add_arguments(parser: ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument("--fast", action="store_true", help="as fast as this machine can, without the live screen")
    add_jsonl(parser, "events")


def run(arguments: Namespace) -> int:
    """Show what the model hears, and how long that took."""
    from edge.capture import open_source
    from edge.cli.assembly import assemble
    from edge.cli.output import tell, write_line
    from edge.cli.recording import demo_recording
    from edge.cli.view import JsonLines, PlainLines, View, can_draw
    from edge.config import Config
    from edge.events import Trigger

    path = demo_recording()
    listener = assemble(Config())
    live = can_draw() and not (arguments.fast or arguments.jsonl)
    view: View = listener.screen() if live else JsonLines() if arguments.jsonl else PlainLines()
    say = tell if arguments.jsonl else write_line
    say(f"{listener.name} listens to {path.name} for {listener.aims}")
    triggers, samples, working = 0, 0, 0.0
    with open_source(str(path)) as source, view:
        for block in paced(source) if live else source:
            begun = time.perf_counter()
            events = listener.pipeline.feed(block)
            working += time.perf_counter() - begun
            triggers += sum(isinstance(event, Trigger) for event in events)
            samples = block.end
            view.show(block, listener.pipeline.scores, events)
    say(summary(triggers, samples, working))
    return 0


def paced(blocks: "Iterable[AudioBlock]") -> "Iterator[AudioBlock]":
    """The blocks at the pace at which a microphone would give them."""
    from edge.audio import seconds

    begun = time.monotonic()
    for block in blocks:
        time.sleep(max(0.0, begun + seconds(block.end) - time.monotonic()))
        yield block


def summary(triggers: int, samples: int, working: float) -> str:
    """The last line: what was found, what it took, and what to do next."""
    from edge.audio import seconds

    length = seconds(samples)
    found = f"{triggers} trigger{'' if triggers == 1 else 's'} in {length:.1f} s"
    return f"{found}, heard {length / working:.0f} times faster than real time. Next: hark listen"
