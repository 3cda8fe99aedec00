"""A microphone without a sound card: a PulseAudio of its own, whose null sink plays into its monitor.

Nothing of the machine's sound is touched: the daemon, its socket and its state live in a temporary folder.
PortAudio looks for devices once a process, so the listener has to run in a child with `environment`.
"""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.audio import SAMPLE_RATE, Pcm16

PROGRAMS = ("pulseaudio", "pactl", "pacat")
SINK = "hark_test"


class VirtualMicrophone:
    """A running daemon; its microphone is PortAudio's device "pulse", and the default one."""

    def __init__(self, folder: Path, rate: int = SAMPLE_RATE) -> None:
        self.rate = rate
        self.environment = os.environ | {
            "XDG_RUNTIME_DIR": str(folder),
            "PULSE_RUNTIME_PATH": str(folder),
            "PULSE_STATE_PATH": str(folder),
            "PULSE_COOKIE": str(folder / "cookie"),
            "PULSE_SERVER": f"unix:{folder}/native",
        }
        self._log = folder / "log"
        self.daemon = self._start(folder)
        self._wait_until_up()
        self.control("set-default-source", f"{SINK}.monitor")

    def play(self, samples: Pcm16) -> None:
        """Play samples at the rate of the microphone, and return when they were heard."""
        command = ["pacat", "--playback", "--raw", "--format=s16le", f"--rate={self.rate}", "--channels=1"]
        command += ["--latency-msec=500", f"--device={SINK}"]
        subprocess.run(
            command, input=samples.tobytes(), env=self.environment, check=True, timeout=30 + len(samples) / 16_000
        )

    def listeners(self) -> list[str]:
        """The streams by which programs have it open, one a line."""
        command = ["pactl", "list", "short", "source-outputs"]
        listed = subprocess.run(command, env=self.environment, check=True, timeout=10, capture_output=True, text=True)
        return listed.stdout.splitlines()

    def suspend(self) -> None:
        """Let the microphone stall: no samples, not even zeros, and no error."""
        self.control("suspend-sink", SINK, "1")  # and with it its monitor

    def kill(self) -> None:
        """End the daemon at once, as if it had crashed."""
        self.daemon.kill()
        self.daemon.wait()

    def control(self, *arguments: str) -> None:
        """Run `pactl`."""
        subprocess.run(["pactl", *arguments], env=self.environment, check=True, timeout=10, capture_output=True)

    def _start(self, folder: Path) -> subprocess.Popen[bytes]:
        # Without norewinds the first callback takes nearly 2 s, and the first samples of each sound are lost.
        sink = f"sink_name={SINK} norewinds=1 rate={self.rate} format=s16le channels=1"
        command = ["pulseaudio", "-n", "--daemonize=no", "--use-pid-file=no", "--exit-idle-time=-1"]
        command += ["--disable-shm=yes", f"--log-target=file:{self._log}"]
        command += ["-L", f"module-native-protocol-unix auth-anonymous=1 socket={folder}/native"]
        command += ["-L", f"module-null-sink {sink}"]
        return subprocess.Popen(command, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def _wait_until_up(self) -> None:
        deadline = time.monotonic() + 10
        while subprocess.run(["pactl", "info"], env=self.environment, capture_output=True, check=False).returncode:
            if time.monotonic() > deadline or self.daemon.poll() is not None:
                log = self._log.read_text() if self._log.exists() else "no log"
                raise RuntimeError(f"pulseaudio did not come up: {log}")
            time.sleep(0.05)


@pytest.fixture
def virtual_microphone() -> Iterator[VirtualMicrophone]:
    """A 16 kHz microphone that hears what is played to it, bit by bit."""
    missing = [program for program in PROGRAMS if shutil.which(program) is None]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)} (apt install pulseaudio pulseaudio-utils)")
    # A socket's path may be no longer than 107 bytes, which pytest's own folders come close to.
    with tempfile.TemporaryDirectory(prefix="hark-") as folder:
        microphone = VirtualMicrophone(Path(folder))
        try:
            yield microphone
        finally:
            microphone.kill()
