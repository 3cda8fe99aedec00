"""hark doctor: what is wrong here, and how to mend it."""

import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from edge.cli.checks import Caution, Found, check_clock, check_level, check_metrics, check_permissions, check_sinks
from edge.cli.options import add_config, add_jsonl
from edge.config import Config, load_config
from edge.errors import ConfigError, DeviceError, HarkError

EXAMPLES = """\
The exit code is that of the first check that failed, or 0.

examples:
  hark doctor
  hark doctor --config hark.toml --jsonl
"""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found."""

    check: str
    status: Literal["ok", "warn", "fail"]
    found: str
    """One line; of a fault, with how to mend it."""
    exit_code: int = 0


class Configuration:
    """Read when it is first asked for, and only then: what comes by a pipe is not there a second time.

    Args:
        path: of the file that is named; None: the system's, or the defaults.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._outcome: Config | ConfigError | None = None

    def get(self) -> Config:
        """The configuration.

        Raises:
            ConfigError: it cannot be read, or something in it cannot be.
        """
        if self._outcome is None:
            try:
                self._outcome = load_config(self._path)
            except ConfigError as error:
                self._outcome = error
        if isinstance(self._outcome, ConfigError):
            raise self._outcome
        return self._outcome


Check: TypeAlias = Callable[[Configuration], Iterator[Found]]
"""Gives out what it finds; raises what it cannot go on after."""


def add_arguments(parser: ArgumentParser) -> None:
    """Options of the command."""
    add_config(parser)
    add_jsonl(parser, "findings")


def run(arguments: Namespace) -> int:
    """Run all checks, and tell what each found as soon as it did."""
    from edge.cli.output import write_line

    code, configuration = 0, Configuration(arguments.config)
    for name, check in CHECKS.items():
        for finding in examine(name, check, configuration):
            write_line(json.dumps(asdict(finding)) if arguments.jsonl else _line(finding))
            code = code or finding.exit_code
    return code


def examine(name: str, check: Check, configuration: Configuration) -> Iterator[Finding]:
    """The findings of one check."""
    try:
        for found in check(configuration):
            yield _finding(name, found)
    except (HarkError, Caution) as found:
        yield _finding(name, found)


def _finding(name: str, found: Found) -> Finding:
    if isinstance(found, HarkError):
        return Finding(name, "fail", str(found), found.exit_code)
    return Finding(name, "warn" if isinstance(found, Caution) else "ok", str(found))


def _python(_: Configuration) -> Iterator[str]:
    import numpy as np

    yield f"Python {sys.version.split()[0]}, NumPy {np.__version__}"


def _runtime(_: Configuration) -> Iterator[str]:
    from edge.model import find_runtime
    from edge.model.runtime import MODULES

    found = find_runtime()
    yield f"{found.name} (of {', '.join(MODULES)})"


def _models(configuration: Configuration) -> Iterator[Found]:
    """Loads each bundle as it will be, runs its golden vectors; a runtime that imports may still fail here."""
    from edge.cli.assembly import open_model
    from edge.errors import BundleError
    from edge.model import verify_golden
    from edge.model.shipped import bundles_by_name

    bundles = bundles_by_name()
    if not bundles:
        raise BundleError("no models are installed: install hark again")
    try:
        config = configuration.get()
    except ConfigError:
        config = Config()  # What is wrong with it is told below.
    for name, folder in [*sorted(bundles.items()), *_of_owner(config)]:
        try:
            model = open_model(folder, config.runtime)
            worst = max(verify_golden(model).values())
            yield f"{name}: intact, golden vectors within {worst:.3g} on {model.runtime.name}"
        except HarkError as error:
            yield error


def _of_owner(config: Config) -> Iterator[tuple[str, Path]]:
    """The bundles that the configuration names by their folders."""
    from edge.model.bundle import MANIFEST
    from edge.translation.translator import DECODER, ENCODER

    text, speech = config.understanding, config.speech
    halves = [str(Path(text.translation) / half) for half in (ENCODER, DECODER)]
    named = (config.trigger.model, speech.model, speech.rescore, text.entities_model, text.sentiment_model, *halves)
    for name in named:
        with suppress(OSError):  # What cannot be looked at is told of where the configuration is.
            if (Path(name) / MANIFEST).is_file():
                yield name, Path(name)


def _configuration(configuration: Configuration) -> Iterator[Found]:
    from edge.cli.assembly import assemble, check_rules

    config = configuration.get()
    listener = assemble(config)
    yield str(config.file.path) if config.file else "no file, so the defaults hold"
    yield f"listens for {listener.aims}"
    yield "thresholds: " + ", ".join(f"{word} {threshold:.3g}" for word, threshold in listener.thresholds.items())
    if config.alerts and all(rule.activity for rule in config.alerts):
        yield Caution("all its alerts are for activities: hark stream pose checks them when it starts")
    else:
        check_rules(config, listener)


def _sound_library(_: Configuration) -> Iterator[str]:
    from edge.capture.devices import portaudio

    yield portaudio().get_portaudio_version()[1].split(",")[0]


def _microphones(configuration: Configuration) -> Iterator[Found]:
    from edge.capture import devices

    inputs = devices()
    if not inputs:
        if source := _other_input(configuration):
            yield Caution(f"none, and none is needed: the input is {source}")
            return
        raise DeviceError(f"no microphone found: plug one in or start the sound server{_group_hint()}")
    yield from (f"{device.index} {device.name}{' (default)' if device.default else ''}" for device in inputs)
    if not any(device.default for device in inputs):
        raise Caution("no default microphone: name one, as in hark listen --input mic:NUMBER")


def _other_input(configuration: Configuration) -> str:
    """What the configuration listens to in place of a microphone; empty if it does not, or cannot be."""
    from edge.capture import is_microphone

    with suppress(ConfigError):  # Which is told of where the configuration is.
        source = configuration.get().input.source
        return "" if is_microphone(source) else source.partition(" ")[0]
    return ""


def _group_hint() -> str:
    """Why ALSA may not show a sound card that is there."""
    import os

    nodes = [str(node) for node in Path("/dev/snd").glob("pcm*c")]
    if nodes and not all(os.access(node, os.R_OK | os.W_OK) for node in nodes):
        return "; sound cards are there, but not for you: sudo usermod -aG audio $USER, and log in again"
    return ""


def _of_configuration(check: Callable[[Config], Iterator[Found]]) -> Check:
    """A check of what a configuration names; if it cannot be read, that was told before."""

    def run(configuration: Configuration) -> Iterator[Found]:
        try:
            config = configuration.get()
        except ConfigError:
            return
        yield from check(config)

    return run


CHECKS: dict[str, Check] = {
    "python": _python,
    "runtime": _runtime,
    "models": _models,
    "configuration": _configuration,
    "portaudio": _sound_library,
    "microphones": _microphones,
    "level": _of_configuration(check_level),
    "sinks": _of_configuration(check_sinks),
    "metrics": _of_configuration(check_metrics),
    "permissions": _of_configuration(check_permissions),
    "clock": lambda _: check_clock(),
}
"""In the order in which they depend on each other."""


def _line(finding: Finding) -> str:
    from edge.cli.output import GREEN, RED, YELLOW, paint

    colour = {"ok": GREEN, "warn": YELLOW, "fail": RED}[finding.status]
    return f"{paint(f'{finding.status:4}', colour)}  {finding.check:13}  {finding.found}"
