"""What `hark doctor` looks at of what a configuration names, beside the models: level, sinks, counts, files, clock.

Each check gives out what it found: a text if all is well, else the error or the caution that it comes to.
"""

import ctypes
import getpass
import os
import shutil
import socket
import sqlite3
import ssl
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime, timezone
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Final, TypeAlias
from urllib.parse import urlsplit

import numpy as np

from edge.audio import MOST_CLIPPED, SAMPLE_RATE, Pcm16, clipped, peak
from edge.config import (
    ChimeConfig,
    CommandConfig,
    Config,
    GpioConfig,
    InputConfig,
    MqttConfig,
    SinkConfig,
    WebhookConfig,
)
from edge.errors import ConfigError, DeviceError, HarkError, reason
from edge.files import is_stream

_GIVE_IT: Final = "give it to the user of the service, or run hark doctor as that user"
"""What to do with what the user of the service cannot write."""


class Caution(Exception):  # noqa: N818 -- it is no error
    """Something that may be wanted so, or will pass."""


Found: TypeAlias = str | HarkError | Caution

_SETTLING_SECONDS: Final = 0.2
"""A microphone that was just opened may give zeros, or a click."""

_QUIET_DBFS: Final = -60.0
"""No sample of a second is louder: the noise of most microphones is."""

_PATIENCE_SECONDS: Final = 5.0
_MOST_BYTES: Final = 1_000_000
_YEARS: Final = range(2026, 2100)
_UNSYNCHRONISED: Final = 5
"""TIME_ERROR of adjtimex(2)."""


def check_level(config: Config) -> Iterator[Found]:
    """A second of what is listened to."""
    from edge.capture import is_microphone
    from edge.capture.microphone import BusyDeviceError

    source = config.input.source
    if is_stream(source):
        yield f"{source} is a pipe or a device, which may wait for ever: it is not listened to"
        return
    # Raw samples come only when somebody sends them; that there is no microphone was told before.
    if source == "-" or (is_microphone(source) and not _is_there_a_microphone()):
        return
    try:
        yield judge_level(_second_of(config.input))
    except BusyDeviceError as error:
        yield Caution(f"{error}; if hark is what holds it, all is well")


def judge_level(samples: Pcm16) -> Found:
    """Whether a second of sound can be heard well; shape (n,), n >= 1."""
    if samples.max() == samples.min():
        mend = "it is muted or broken: see alsamixer, or wpctl set-mute @DEFAULT_SOURCE@ 0"
        return DeviceError(f"all samples of a second are the same: {mend}")
    if (share := clipped(samples)) > MOST_CLIPPED:
        return Caution(f"{share:.1%} of the samples are clipped: turn its gain down, in alsamixer or with wpctl")
    if (highest := peak(samples)) < _QUIET_DBFS:
        return Caution(f"no sample above {highest:.0f} dBFS: speak meanwhile, and if that is all, turn its gain up")
    return f"loudest sample of a second at {highest:.0f} dBFS"


def check_sinks(config: Config) -> Iterator[Found]:
    """Whether alerts would get where they go, without sending any."""
    for name, sink in config.sinks.items():
        try:
            yield f"{name}: {_try_sink(sink)}"
        except Caution as caution:
            yield Caution(f"{name}: {caution}")
        except HarkError as error:
            yield type(error)(f"{name}: {error}")


def check_metrics(config: Config) -> Iterator[Found]:
    """Whether counts could be served where they are wanted, or are already."""
    if not config.metrics.enabled:
        return
    from edge.service.gauges import Gauges, Page

    host, port = config.metrics.listen
    try:
        Page(Gauges(), config.metrics.listen).close()
        yield f"{host} port {port} is free"
    except HarkError as error:
        yield f"{host} port {port} is served by hark already" if _serves_counts(host, port) else error


def _serves_counts(host: str, port: int) -> bool:
    """Whether somebody there gives out what `edge.service.gauges` counts."""
    with suppress(OSError, HTTPException), closing(HTTPConnection(host, port, timeout=_PATIENCE_SECONDS)) as connection:
        connection.request("GET", "/metrics")
        return b"hark_audio_seconds" in connection.getresponse().read(_MOST_BYTES)
    return False


def check_permissions(config: Config) -> Iterator[Found]:
    """Whether what has to be written can be, and what is secret is."""
    if config.alerts or config.sinks:
        yield _judge_outbox(Path(config.outbox.path))
    if config.recording.enabled:
        yield _judge_folder("clips", Path(config.recording.folder))
    for sink in config.sinks.values():
        for key in ("secret_file", "credentials_file"):
            if path := getattr(sink, key, None):
                yield _judge_secret(path)


def check_clock() -> Iterator[Found]:
    """Whether alerts would carry the right time."""
    yield judge_clock(datetime.now(timezone.utc), synchronised=_is_synchronised())


def judge_clock(now: datetime, *, synchronised: bool | None) -> Found:
    """Whether a time can be; `synchronised` is None where nobody knows."""
    mend = "turn on the time service: sudo timedatectl set-ntp true"
    if now.year not in _YEARS:
        return Caution(f"it is not {now:%Y-%m-%d}: {mend}")
    if synchronised is False:
        return Caution(f"{now:%Y-%m-%d %H:%M} UTC, but nothing keeps it right: {mend}")
    return f"{now:%Y-%m-%d %H:%M} UTC{', kept right by the network' if synchronised else ''}"


def _user() -> str:
    """Who runs this: in a container, often a number without a name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # The latter since Python 3.13.
        return f"the user {os.geteuid()}"


def _is_there_a_microphone() -> bool:
    from edge.capture import devices

    with suppress(DeviceError):
        return bool(devices())
    return False


def _second_of(config: InputConfig) -> Pcm16:
    from edge.capture import open_source

    first, end = round(_SETTLING_SECONDS * SAMPLE_RATE), round((1 + _SETTLING_SECONDS) * SAMPLE_RATE)
    samples = np.empty(0, np.int16)
    with open_source(config.source, rate=config.rate, channels=config.channels, channel=config.channel) as source:
        impatience = threading.Timer(_PATIENCE_SECONDS, source.close)
        impatience.start()
        try:
            for block in source:
                samples = np.concatenate([samples, block.samples])
                if len(samples) >= end:
                    break
        finally:
            impatience.cancel()
    if not len(samples):
        raise DeviceError(f"{source.description} gave no sound within {_PATIENCE_SECONDS:g} s: see what it waits for")
    return samples[first:end] if len(samples) > first else samples


def _try_sink(sink: SinkConfig) -> str:
    if isinstance(sink, CommandConfig):
        return _find_program(sink.argv[0])
    if isinstance(sink, WebhookConfig):
        return _reach_receiver(sink)
    if isinstance(sink, MqttConfig):
        from edge.alerts.sinks.broker import try_broker

        with _reaching(sink.host, "host, port and tls"):
            try_broker(sink, _PATIENCE_SECONDS)
        return f"{sink.host} takes the connection"
    if isinstance(sink, GpioConfig):
        return _find_chip(sink.chip)
    if isinstance(sink, ChimeConfig):
        return _try_chime(sink)
    return "there is nothing to try"


def _find_program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise ConfigError(f"there is no program {name}: install it, or give the whole path in argv")
    return f"{found} can be run"


def _try_chime(sink: ChimeConfig) -> str:
    """Its sound, and whether an output plays a hundredth of a second of silence."""
    from edge.alerts.sink import SinkError
    from edge.alerts.sinks.chime import Player, read_sound

    if sink.file:
        read_sound(sink.file)
    try:
        Player(sink.device).play(np.zeros(SAMPLE_RATE // 100, np.int16))
    except SinkError as error:
        raise Caution(str(error)) from None
    return f"{sink.file or 'a chime'} can be played"


def _find_chip(path: str) -> str:
    from edge.alerts.sink import SinkError
    from edge.alerts.sinks.gpio import load_gpiod

    try:
        load_gpiod()
    except SinkError as error:
        raise ConfigError(str(error)) from None
    if not os.access(path, os.R_OK | os.W_OK):
        raise ConfigError(f"{path} is not there, or not for {_user()}: sudo usermod -aG gpio $USER")
    return f"{path} can be used"


def _reach_receiver(sink: WebhookConfig) -> str:
    from edge.alerts.sinks.tls import trusting

    address = urlsplit(sink.url)
    host, encrypted = address.hostname or "", address.scheme == "https"
    context = trusting(sink.ca_file) if encrypted else None
    with (
        _reaching(host, "url"),
        socket.create_connection((host, address.port or (443 if encrypted else 80)), _PATIENCE_SECONDS) as connection,
    ):
        if context:
            context.wrap_socket(connection, server_hostname=host).close()
    return f"{host} answers{' and is trusted' if encrypted else ''}"


@contextmanager
def _reaching(host: str, keys: str) -> Iterator[None]:
    """Tell what goes wrong with a connection in words that hold nothing of an address but the host.

    Args:
        host: at the other end.
        keys: those that say how to reach it.
    """
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise ConfigError(f"the certificate of {host} is not trusted ({error.verify_message}): give ca_file") from None
    except OSError as error:
        why = error.strerror or "no answer"
        raise Caution(f"{host} cannot be reached ({why}): alerts wait until it is; check {keys}") from None


def _judge_outbox(path: Path) -> Found:
    from edge.alerts.store import Store

    if os.path.lexists(path):
        if not os.access(path, os.R_OK | os.W_OK, effective_ids=True):
            return Caution(f"outbox: {path} cannot be written by {_user()}: {_GIVE_IT}")
        try:
            Store(path, create=False).close()
        except (OSError, sqlite3.Error) as error:
            return ConfigError(f"outbox: {path}: {reason(error)}; give another path in [outbox], or move what is there")
    return _judge_folder("outbox", path.parent)


def _judge_folder(what: str, folder: Path) -> Found:
    """Whether a file can be written into a folder, or its parent if it is still to be made: one without a name is."""
    # Unlike `exists`, this takes what lies in a folder of somebody else for one that is still to be made.
    nearest = next(parent for parent in (folder, *folder.absolute().parents) if os.access(parent, os.F_OK))
    try:
        with tempfile.TemporaryFile(dir=nearest) as file:
            file.write(b"hark")
    except NotADirectoryError:
        return ConfigError(f"{what}: {nearest} is no folder; name another one")
    except OSError as error:
        return Caution(f"{what}: {nearest} cannot be written by {_user()} ({error.strerror}): {_GIVE_IT}")
    return f"{what}: {folder} can be written"


def _judge_secret(path: str) -> Found:
    from edge.alerts.sink import read_secret, secret_path

    try:
        read_secret(path)
    except ConfigError as error:
        return error
    if secret_path(path).stat().st_mode & 0o007:
        return Caution(f"{path} is open to every user of this machine: chmod o= {path}")
    return f"{path}: can be read, and not by everybody"


def _is_synchronised() -> bool | None:
    """What the kernel knows of a time service; it is asked with no change, which needs no rights."""
    adjtimex = getattr(ctypes.CDLL(None), "adjtimex", None)
    # Longer than the kernel's `struct timex` anywhere.
    state = adjtimex(ctypes.create_string_buffer(512)) if adjtimex else -1
    return None if state < 0 else state != _UNSYNCHRONISED
