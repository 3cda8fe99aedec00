"""hark wyoming: be the ear of Home Assistant and its satellites."""

import asyncio
import signal
from argparse import ArgumentParser, Namespace
from contextlib import nullcontext
from typing import TYPE_CHECKING

from edge.cli.options import add_trigger
from edge.errors import HarkError, lacking
from edge.stopping import is_interrupt_ignored

if TYPE_CHECKING:
    from edge.config import Config
    from edge.wyoming.ears import Ears

EXAMPLES = """\
Nobody is asked who he is: listen on an address that only your own network reaches.

examples:
  hark wyoming
  hark wyoming --uri tcp://0.0.0.0:10400 --announce --words jarvis,computer
"""


def add_arguments(parser: ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument(
        "--uri",
        default="tcp://127.0.0.1:10400",
        metavar="tcp://HOST:PORT",
        help="where to listen; default: tcp://127.0.0.1:10400",
    )
    parser.add_argument("--announce", action="store_true", help="let others on that network find it, by zeroconf")
    add_trigger(parser)


def run(arguments: Namespace) -> int:
    """Serve until somebody stops it."""
    from edge.cli.assembly import configure

    try:
        import wyoming  # noqa: F401
    except ModuleNotFoundError:
        raise HarkError(lacking("wyoming", "wyoming")) from None
    ears = assemble_ears(configure(arguments), arguments.words)
    asyncio.run(_serve(ears, arguments.uri, announce=arguments.announce))
    return 0


def assemble_ears(config: "Config", words: tuple[str, ...] | None) -> "Ears":
    """The models of a configuration; `words` are those of the command line.

    Raises:
        HarkError: a model, its words, or what guides the search cannot be.
    """
    from edge.cli.assembly import (
        choose_thresholds,
        guidance_of,
        load_model,
        load_speech,
        load_voices,
        make_rescorers,
        wanted_words,
    )
    from edge.wyoming.ears import Ears

    trigger, speech = load_model(config), load_speech(config)
    words = wanted_words(config, trigger.bundle.manifest.labels, words)
    guidance, figures = guidance_of(config.speech, speech), speech.bundle.manifest.detector
    return Ears(
        trigger=trigger,
        thresholds=choose_thresholds(config.trigger, trigger, words),
        speech=speech,
        scorers=guidance.scorers(figures),
        beam=guidance.beam(config.speech.beam, figures),
        make_rescorer=make_rescorers(config.speech, speech),
        voices=load_voices(config.trigger, trigger),
    )


async def _serve(ears: "Ears", uri: str, *, announce: bool) -> None:
    from edge.cli.output import tell
    from edge.wyoming.announcement import Announcement
    from edge.wyoming.server import Server

    stopped = asyncio.Event()
    for number in (signal.SIGTERM,) if is_interrupt_ignored() else (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with Server(ears, uri) as server:
        host, port = server.address
        async with Announcement(host, port) if announce else nullcontext():
            where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
            tell(f"serving Wyoming on {where}, for {', '.join(ears.thresholds)} and for what is said")
            await stopped.wait()
