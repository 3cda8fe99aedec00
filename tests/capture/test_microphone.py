"""The microphone: a real sound server with a virtual one, and the callback's own accounts."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from edge.audio import SAMPLE_RATE, Pcm16
from tests.virtual_microphone import VirtualMicrophone, virtual_microphone

__all__ = ["virtual_microphone"]

RECORD = """
import sys
from edge.capture import open_source
from edge.errors import HarkError
rate, channels = int(sys.argv[2]) or None, int(sys.argv[3])
expected = 0
try:
    with open_source(sys.argv[1], rate=rate, channels=channels) as source:
        for block in source:
            if block.start != expected:
                sys.exit(f"lost {block.start - expected} samples")
            expected = block.end
            sys.stdout.buffer.write(block.samples.tobytes())
            sys.stdout.buffer.flush()
except HarkError as error:
    print(error.exit_code, error, file=sys.stderr)
    sys.exit(error.exit_code)
"""

ARECORD = "exec:arecord -q -D pulse -t raw -f S16_LE -r 16000 -c 1"
needs_arecord = pytest.mark.skipif(shutil.which("arecord") is None, reason="arecord is not installed")

Listener = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def listen(virtual_microphone: VirtualMicrophone) -> Iterator[Listener]:
    """Start a child that records the virtual microphone and writes what it hears to its standard output."""
    children: list[subprocess.Popen[bytes]] = []

    def start(spec: str = "mic", rate: int = 0, channels: int = 1) -> subprocess.Popen[bytes]:
        child = subprocess.Popen(
            [sys.executable, "-c", RECORD, spec, str(rate), str(channels)],
            env=virtual_microphone.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        children.append(child)
        return child

    yield start
    for child in children:
        child.kill()
        child.communicate()


def hear(child: subprocess.Popen[bytes], seconds: float) -> bytes:
    """The next samples that the child hears."""
    assert child.stdout is not None
    data = child.stdout.read(2 * round(seconds * SAMPLE_RATE))
    if not data and child.stderr is not None:
        pytest.fail(child.stderr.read().decode())
    return data


def noise(seconds: float) -> Pcm16:
    return np.random.default_rng(11).integers(-9000, 9000, round(seconds * SAMPLE_RATE)).astype(np.int16)


@pytest.mark.realtime
@pytest.mark.parametrize("spec", ["mic", "mic:pulse", pytest.param(ARECORD, marks=needs_arecord)])
def test_what_is_played_is_heard_bit_by_bit(spec: str, listen: Listener, virtual_microphone: VirtualMicrophone) -> None:
    child, played = listen(spec), noise(2)
    heard = hear(child, 0.08)
    virtual_microphone.play(played)
    heard += hear(child, 4)
    assert played.tobytes() in heard


@pytest.mark.realtime
def test_another_rate_and_more_channels_are_converted(listen: Listener, virtual_microphone: VirtualMicrophone) -> None:
    child = listen("mic", rate=48_000, channels=2)
    heard = hear(child, 0.08)
    played = (8000 * np.sin(2 * np.pi * 1000 * np.arange(SAMPLE_RATE) / SAMPLE_RATE)).astype(np.int16)
    virtual_microphone.play(played)
    samples = np.frombuffer(heard + hear(child, 2.5), np.int16)
    spectrum = np.abs(np.fft.rfft(samples))
    assert abs(np.argmax(spectrum) * SAMPLE_RATE / len(samples) - 1000) < 2
    assert 7000 < np.abs(samples).max() < 9000


@pytest.mark.realtime
def test_a_sound_server_that_dies_is_an_error(listen: Listener, virtual_microphone: VirtualMicrophone) -> None:
    child = listen()
    hear(child, 0.08)
    virtual_microphone.kill()
    _, complaint = child.communicate(timeout=30)
    assert child.returncode == 69
    assert b'69 microphone "' in complaint
    assert b"is gone: it was unplugged, or the sound server stopped" in complaint


@pytest.mark.realtime
def test_a_microphone_that_stalls_is_given_up(listen: Listener, virtual_microphone: VirtualMicrophone) -> None:
    child = listen()
    hear(child, 0.08)
    virtual_microphone.suspend()
    _, complaint = child.communicate(timeout=30)
    assert child.returncode == 69
    assert b"no audio from microphone" in complaint
    assert b"for 2 s" in complaint


@pytest.mark.realtime
def test_a_sound_server_that_hangs_does_not_hang_the_listener(
    listen: Listener, virtual_microphone: VirtualMicrophone
) -> None:
    child = listen()
    hear(child, 0.08)
    os.kill(virtual_microphone.daemon.pid, signal.SIGSTOP)
    try:
        _, complaint = child.communicate(timeout=30)
    finally:
        os.kill(virtual_microphone.daemon.pid, signal.SIGCONT)
    assert child.returncode == 69
    assert b"for 2 s" in complaint


@pytest.mark.parametrize(
    ("spec", "rate", "channels", "message"),
    [
        ("mic:no such thing", 0, 1, b'69 no microphone "no such thing": there are '),
        ("mic:4321", 0, 1, b'69 no microphone "4321": there are '),
        ("mic:pulse", 0, 64, b"channels, not 64: ask for fewer"),
    ],
)
def test_a_microphone_that_cannot_be_had_is_said(
    spec: str, rate: int, channels: int, message: bytes, listen: Listener
) -> None:
    child = listen(spec, rate, channels)
    _, complaint = child.communicate(timeout=30)
    assert child.returncode == 69
    assert message in complaint
