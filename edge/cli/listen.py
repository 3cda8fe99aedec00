"""hark listen: events as they happen."""

import signal
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Final

from edge.cli.options import add_input, add_jsonl, add_speech, add_trigger
from edge.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from edge.alerts import AlertDesk
    from edge.audio import AudioBlock
    from edge.capture.reopening import Reopening
    from edge.cli.assembly import Listener
    from edge.config import Config, InputConfig
    from edge.controls import Controls
    from edge.events import Event, Status
    from edge.pipeline import Pipeline
    from edge.service import LevelWatch, Memory, Session

EXAMPLES = """\
On a terminal the level, each word's score and what is being said are shown live; elsewhere, and with --jsonl, each
event is a line of JSON.

examples:
  hark listen
  hark listen --transcribe
  hark listen --keyword "smoke alarm" --keyword "good night"
  hark listen --input day.wav --jsonl
  hark listen --input mic:2 --channel 0 --words jarvis,computer
  arecord -q -t raw -f S16_LE -r 16000 | hark listen --input - --rate 16000
  hark listen --show-config
"""

_WISHES: Final = (signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2)
"""Signals that end a process which does not know them yet."""

HANDOVER_SECONDS: Final = 0.5
"""For the alerts of a former configuration, while the microphone's ring holds what is said; the rest goes later."""


def add_arguments(parser: ArgumentParser) -> None:
    """Options of the command."""
    add_input(parser)
    add_trigger(parser)
    add_speech(parser)
    add_jsonl(parser, "events")
    parser.add_argument(
        "--show-config",
        action="store_true",
        help="do not listen: print the configuration that holds, without what nobody else may know",
    )


def run(arguments: Namespace) -> int:
    """Listen until the input ends, or somebody stops it."""
    return _show_config(arguments) if arguments.show_config else _listen(arguments)


def _show_config(arguments: Namespace) -> int:
    """Print what `hark listen` would go by."""
    from edge.cli.assembly import configure, configure_input, configure_speech
    from edge.cli.output import write_line
    from edge.config.showing import shown_config

    config = configure_speech(configure(arguments), arguments)
    trigger = replace(config.trigger, words=arguments.words or config.trigger.words)
    write_line(shown_config(replace(config, input=configure_input(config.input, arguments), trigger=trigger)))
    return 0


def _listen(arguments: Namespace) -> int:
    # Whoever mutes or reloads while packages and models are loaded, which takes seconds, has that wish too.
    signal.pthread_sigmask(signal.SIG_BLOCK, _WISHES)
    from edge.cli.output import is_terminal, tell
    from edge.controls import Controls
    from edge.service import Memory, Reload, Session, Signals

    controls = Controls()
    watched = is_terminal(sys.stdin) or is_terminal(sys.stdout)
    with Signals(reloads=not watched, controls=controls) as signals:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _WISHES)
        # Nothing else holds the first listener: its networks are to be gone after a reload.
        session = Session(_read(arguments, controls), Reload(lambda: _read_again(arguments, controls)), signals)
        # It may find that the listener was left muted.
        memory = Memory(controls, session.listener.budget)
        with _open(arguments, session.listener.config.input, muted=controls.muted) as source:
            tell(f"listening to {source.description} for {session.listener.listener.aims}")
            _report(session, source, memory, jsonl=arguments.jsonl)
    return 0


def _open(arguments: Namespace, config: "InputConfig", *, muted: bool) -> "Reopening":
    """The input; a microphone is waited for by a service, and like a program left alone while it is muted."""
    from edge.capture import is_microphone, is_program
    from edge.capture.reopening import Reopening
    from edge.cli.assembly import open_input
    from edge.service import is_managed

    spec = arguments.input or config.source
    microphone, make = is_microphone(spec), partial(open_input, config, arguments)
    return Reopening(make, patient=microphone and is_managed(), muted=muted and (microphone or is_program(spec)))


def _report(session: "Session[_Post]", source: "Reopening", memory: "Memory", *, jsonl: bool) -> None:
    """Hear the input out; every event passes here, whatever it comes from."""
    from edge.cli.discretion import printable
    from edge.cli.view import choose_view
    from edge.service import Heap, Manager, Records

    post, heap = session.listener, Heap()
    with (
        Manager(paced=source.paced) as manager,
        choose_view(post.listener.screen(), jsonl=jsonl) as view,
        Records(post.config) as records,
        memory,
        Desks() as desks,
    ):
        for heard in session.run(source):
            post = session.listener
            news = [*records.news(heard.block.end), *memory.news(post.budget, heard.block.end)]
            events = desks.tell(post.desk, heard.block, [*heard.events, *news])
            records.heard(post.config, post.desk.counts if post.desk else None, heard, events)
            view.show(heard.block, heard.scores, printable(events, post.config))
            manager.heard(heard.block, events, waiting=source.waiting)
            heap.tend(heard.block.end)


@dataclass(frozen=True, slots=True)
class _Post:
    """What a configuration comes to: somebody who listens, and the desk that alerts go through."""

    config: "Config"
    listener: "Listener"
    desk: "AlertDesk | None"
    levels: "LevelWatch"

    @property
    def pipeline(self) -> "Pipeline":
        """Ready to be fed."""
        return self.listener.pipeline

    @property
    def transcribes(self) -> bool:
        """Whether a transcript follows each trigger."""
        return self.listener.transcribes

    @property
    def budget(self) -> float:
        """False accepts an hour of each word that its thresholds are for."""
        return self.config.trigger.false_accepts_per_hour

    def thresholds_at(self, budget: float) -> dict[str, float]:
        """The threshold of each word at another budget.

        Raises:
            ConfigError: it is below what was measured.
        """
        from edge.cli.assembly import choose_thresholds

        trigger = replace(self.config.trigger, false_accepts_per_hour=budget)
        return choose_thresholds(trigger, self.listener.model, tuple(self.listener.thresholds))


class Desks:
    """A context manager that has the desk of the latest configuration open, and no other."""

    def __init__(self) -> None:
        self._desk: AlertDesk | None = None

    def tell(self, desk: "AlertDesk | None", block: "AudioBlock", events: "list[Event]") -> "list[Event]":
        """The events, and the alerts that they raise."""
        from edge.audio import seconds

        at = seconds(block.end)
        last = self._change(desk, at) if desk is not self._desk else []
        if desk is None:
            return [*events, *last]
        alerts = [alert for event in events for alert in desk.feed(event)]
        return [*events, *last, *alerts, *desk.news(at)]

    def _change(self, desk: "AlertDesk | None", at: float) -> "list[Status]":
        """The last news of the desk that is closed."""
        before, self._desk = self._desk, desk
        if before:
            before.close(HANDOVER_SECONDS)
        if desk:
            if before:
                desk.succeed(before)
            desk.start()
        return before.news(at) if before else []

    def __enter__(self) -> "Desks":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        from edge.cli.alerts import close_desk

        if self._desk:
            close_desk(self._desk, error)


def _read(arguments: Namespace, controls: "Controls") -> _Post:
    """The configuration and what it asks for.

    Raises:
        HarkError: something in it cannot be.
    """
    from edge.cli.assembly import assemble, configure, configure_speech
    from edge.service import LevelWatch

    config = configure_speech(configure(arguments), arguments)
    listener = assemble(config, arguments.words)
    levels = LevelWatch(one for rule in config.alerts for one in rule.lasting)
    with _told_of_options(arguments):
        desk = _desk(config, listener, controls)
    return _Post(config, listener, desk, levels)


def _read_again(arguments: Namespace, controls: "Controls") -> _Post:
    """What SIGHUP asks for; the input stays as it is.

    Raises:
        HarkError: something in it cannot be, or it came by a pipe: nothing is left in that, or nobody writes to it.
    """
    from edge.files import is_stream

    if arguments.config and is_stream(arguments.config):
        raise ConfigError(f"{arguments.config} cannot be read again, as it is a pipe or a device: name a file")
    return _read(arguments, controls)


@contextmanager
def _told_of_options(arguments: Namespace) -> Iterator[None]:
    """Tells who overrules the configuration that it may be all right as it is written.

    Raises:
        UsageError: in place of a ConfigError.
    """
    silenced = arguments.transcribe is False
    given = {"--words": arguments.words, "--keyword": arguments.keyword, "--no-transcribe": silenced}
    named = " and ".join(option for option, value in given.items() if value)
    try:
        yield
    except ConfigError as error:
        if named:
            raise UsageError(f"{error}; or leave out {named}") from error
        raise


def _desk(config: "Config", listener: "Listener", controls: "Controls") -> "AlertDesk | None":
    """The desk, if there is anything for it to do: SQLite costs memory and start time.

    Raises:
        ConfigError: a rule waits for what is not listened for, or a file that a sink needs cannot be read.
    """
    if config.file is None or not (config.alerts or config.sinks):
        return None
    from edge.alerts import make_desk
    from edge.cli.assembly import check_rules

    check_rules(config, listener)
    return make_desk(config, tuple(listener.thresholds), controls)
