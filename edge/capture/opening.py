"""Which source a specification means."""

from edge.capture.file import open_file
from edge.capture.microphone import Microphone
from edge.capture.native import Channel
from edge.capture.raw import Child, open_stdin
from edge.capture.source import Options, Source
from edge.errors import UsageError


def is_microphone(spec: str | None) -> bool:
    """Whether a specification means a microphone."""
    return spec is None or spec == "mic" or spec.startswith("mic:")


def is_program(spec: str | None) -> bool:
    """Whether a specification means a program that records."""
    return spec is not None and spec.startswith("exec:")


def open_recording(path: str, *, channel: Channel = "mix", block: int = 1280) -> Source:
    """Open a sound file, whatever its name is: no microphone and no program, as `open_source` would for some.

    Args:
        path: of the file.
        channel: the channel to listen to, from 0, or "mix" for the mean of all.
        block: samples (16 kHz) a block given out.

    Raises:
        UsageError: a value is out of range.
        DataError: the file cannot be read, or is not what it claims to be.
    """
    return open_file(path, Options(channel=channel, block=block))


def open_source(
    spec: str | None, *, rate: int | None = None, channel: Channel = "mix", channels: int = 1, block: int = 1280
) -> Source:
    """Open a source of sound.

    Args:
        spec: None or `mic` for the default microphone, `mic:NAME` or `mic:NUMBER` for another one, `-` for raw
            samples on stdin, `exec:COMMAND` for those of a program (no shell), else the path of a sound file.
        rate: Hz of raw samples (16 000 if None), or to open a microphone at.
        channel: the channel to listen to, from 0, or "mix" for the mean of all.
        channels: channels of raw samples, or to open a microphone with.
        block: samples (16 kHz) a block given out.

    Raises:
        UsageError: a value is out of range, or does not fit this kind of source.
        DeviceError: the microphone or the program cannot be had.
        DataError: the file cannot be read, or is not what it claims to be.
    """
    options = Options(rate=rate, channels=channels, channel=channel, block=block)
    kind, _, rest = (spec or "").partition(":")
    if spec is None or spec == "mic":
        return Microphone(None, options)
    if not spec or spec == "mic:":
        raise UsageError("the input has no name: give mic, mic:NAME, -, exec:COMMAND or a sound file")
    if kind == "mic":
        return Microphone(rest, options)
    if kind == "exec":
        return Child(rest, options)
    return open_stdin(options) if spec == "-" else open_file(spec, options)
