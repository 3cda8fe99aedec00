"""Raw PCM (signed 16 bits, little endian, channels interleaved) from stdin or from a child process."""

import os
import re
import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from io import BufferedReader
from typing import IO, cast

import numpy as np

from edge.audio import SAMPLE_RATE
from edge.capture.native import NativeBlock, whole_frames
from edge.capture.source import Options, Source
from edge.children import inherited
from edge.errors import DataError, DeviceError, UsageError, ending

_READ_BYTES = 65536
_SOUND_FILES = (b"RIFF", b"fLaC", b"OggS")
"""What begins so would be noise, or speech at another pace."""
_PATIENCE = 1.0
"""Seconds that a child is given to end by itself."""


class RawPcm(Source):
    """Raw samples from a stream; a frame that is cut off at the very end is left out."""

    def __init__(self, stream: BufferedReader, description: str, options: Options) -> None:
        options.check_channel(options.channels, description)
        super().__init__(description, rate=options.rate or SAMPLE_RATE, options=options)
        self._stream = stream

    def _native_blocks(self) -> Iterator[NativeBlock]:
        start, channels = 0, self._options.channels
        for data in whole_frames(iter(self._read, b""), 2 * channels):
            if not start and data.startswith(_SOUND_FILES):
                raise DataError(
                    f"{self.description} gives a sound file ({data[:4].decode()}), not raw samples: name the file as "
                    "--input, /dev/stdin for a WAV that is piped in, or have raw samples written (arecord -t raw)"
                )
            block = NativeBlock(np.frombuffer(data, "<i2").astype(np.int16, copy=False).reshape(-1, channels), start)
            yield block
            start = block.end

    def _read(self) -> bytes:
        try:
            return self._stream.read1(_READ_BYTES)
        except ValueError:  # another thread closed it
            return b""
        except OSError as error:
            raise DataError(f"{self.description} cannot be read ({error.strerror}): pipe raw samples in") from error

    def _release(self) -> None:
        """Leave the stream to whoever opened it."""


def open_stdin(options: Options) -> Source:
    """Read raw samples from standard input.

    Raises:
        UsageError: it is closed or a terminal, or there is no such channel.
    """
    if sys.stdin is None or sys.stdin.isatty():
        raise UsageError("no samples on stdin: pipe them in, as in arecord -t raw -f S16_LE -r 16000 | hark ...")
    stream = cast(BufferedReader, sys.stdin.buffer)
    with suppress(OSError):  # What is no file of the system has nothing to be set.
        # Who opened the pipe may have set that nobody waits on it; a pause in the sound would then be its end.
        os.set_blocking(stream.fileno(), True)
    return RawPcm(stream, "stdin", options)


class Child(RawPcm):
    """Raw samples from the standard output of a program, which is ended on `close`."""

    reopens = True

    _without_audio = DeviceError

    def __init__(self, command: str, options: Options) -> None:
        self._argv = _split(command)
        options.check_channel(options.channels, self._argv[0])
        self._process = _start(self._argv)
        self._complaint = _LastLine(cast(IO[bytes], self._process.stderr))
        super().__init__(cast(BufferedReader, self._process.stdout), self._argv[0], options)

    def _native_blocks(self) -> Iterator[NativeBlock]:
        yield from super()._native_blocks()
        if not self._closed:
            self._check_end()

    def _check_end(self) -> None:
        try:
            code = self._process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            return  # it closed its output, so there is nothing more to come; `close` ends it
        if code:
            raise DeviceError(f"{self.description} ended with {ending(code)}: {self._complaint.get()}")

    def _release(self) -> None:
        for number in (signal.SIGTERM, signal.SIGKILL):
            if self._process.poll() is None:
                # Of one that belongs to somebody else by now (sudo), this end of the pipe is all that can be closed.
                with suppress(subprocess.TimeoutExpired, ProcessLookupError, PermissionError):
                    os.killpg(self._process.pid, number)
                    self._process.wait(_PATIENCE)
        self._stream.close()


class _LastLine:
    """Empties a pipe in a thread, so that its writer never waits, and keeps the last line."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self._pipe = pipe
        self._line = b""
        self._thread = threading.Thread(target=self._empty, daemon=True)
        self._thread.start()

    def get(self) -> str:
        """The last line, once the writer has ended; an address in it may hold a password."""
        self._thread.join(_PATIENCE)
        return re.sub(r"(?<=://)\S+", "...", self._line.decode(errors="replace")) or "it did not say why"

    def _empty(self) -> None:
        with self._pipe:
            while line := self._pipe.readline(512):
                self._line = line.strip() or self._line


def _split(command: str) -> list[str]:
    try:
        argv = shlex.split(command)
    except ValueError as error:
        raise UsageError(f"the command of exec: cannot be split into words ({error}): mend its quotes") from error
    if not argv:
        raise UsageError("exec: names no program: give one, as in exec:arecord -q -t raw -f S16_LE -r 16000 -c 1")
    return argv


def _start(argv: list[str]) -> subprocess.Popen[bytes]:
    """Start a program as the leader of its own process group, so that its children end with it."""
    try:
        return subprocess.Popen(
            argv,
            env=inherited(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except FileNotFoundError as error:
        raise DeviceError(f"{argv[0]} is not installed: install it, or give its full path") from error
    except OSError as error:
        raise DeviceError(f"{argv[0]} cannot be started ({error.strerror}): check the command") from error
