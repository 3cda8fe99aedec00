"""Raw samples from stdin and from child processes: real pipes and real programs."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from edge.audio import Pcm16
from edge.capture import Source, open_source
from edge.errors import DeviceError, UsageError

pytestmark = pytest.mark.runtime

RANDOM = np.random.default_rng(5)
SAMPLES = RANDOM.integers(-9000, 9000, 24_000).astype(np.int16)

COPY = """
import sys
from edge.capture import open_source
from edge.errors import HarkError
rate, channels, channel, block = sys.argv[1:]
try:
    with open_source("-", rate=int(rate) or None, channels=int(channels),
                     channel=channel if channel == "mix" else int(channel), block=int(block)) as source:
        for piece in source:
            sys.stdout.buffer.write(piece.samples.tobytes())
except HarkError as error:
    sys.exit(f"{error.exit_code} {error}")
"""


def through_stdin(
    data: bytes, rate: int = 0, channels: int = 1, channel: str = "mix", block: int = 1280
) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-c", COPY, str(rate), str(channels), channel, str(block)]
    return subprocess.run(command, input=data, capture_output=True, check=False, timeout=60)


def pcm(result: subprocess.CompletedProcess[bytes]) -> Pcm16:
    assert result.returncode == 0, result.stderr
    return np.frombuffer(result.stdout, np.int16)


def drain(source: Source) -> Pcm16:
    with source:
        return np.concatenate([block.samples for block in source])


def test_stdin_is_16_khz_mono_if_nothing_is_said() -> None:
    np.testing.assert_array_equal(pcm(through_stdin(SAMPLES.tobytes())), SAMPLES)


def test_stdin_of_another_rate_is_the_same_at_any_block_size() -> None:
    whole = pcm(through_stdin(SAMPLES.tobytes(), rate=48_000, channels=2, block=16_000))
    assert len(whole) == 4000
    np.testing.assert_array_equal(pcm(through_stdin(SAMPLES.tobytes(), rate=48_000, channels=2, block=7)), whole)


def test_stdin_gives_the_channel_asked_for() -> None:
    heard = pcm(through_stdin(SAMPLES.tobytes(), channels=3, channel="2"))
    np.testing.assert_array_equal(heard, SAMPLES[2::3])


@pytest.mark.parametrize("extra", [1, 3])
def test_half_a_frame_at_the_end_is_left_out(extra: int) -> None:
    heard = pcm(through_stdin(SAMPLES.tobytes() + bytes(extra), channels=2, channel="0"))
    np.testing.assert_array_equal(heard, SAMPLES[::2])


def test_samples_that_are_cut_in_two_by_the_pipe_are_put_together() -> None:
    command = [sys.executable, "-c", COPY, "0", "1", "mix", "1280"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0) as child:
        assert child.stdin is not None
        for start in range(0, 8 * 1429, 1429):
            child.stdin.write(SAMPLES.tobytes()[start : start + 1429])
            time.sleep(0.002)  # so that the reader sees the odd portions
        heard = child.communicate()[0]
    assert heard == SAMPLES.tobytes()[: 8 * 1429]


def test_a_pause_in_a_pipe_that_does_not_block_is_not_its_end() -> None:
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    command = [sys.executable, "-c", COPY, "0", "1", "mix", "1280"]
    with subprocess.Popen(command, stdin=reading, stdout=subprocess.PIPE) as child:
        os.close(reading)
        for half in (SAMPLES[:12_000], SAMPLES[12_000:]):
            time.sleep(0.5)
            assert os.write(writing, half.tobytes()) == half.nbytes
        os.close(writing)
        heard = child.communicate(timeout=60)[0]
    assert heard == SAMPLES.tobytes()


@pytest.mark.parametrize(
    ("data", "channels", "channel", "message"),
    [(b"", 1, "mix", b"65 stdin holds no audio"), (b"\0", 1, "mix", b"65 "), (b"\0\0", 2, "2", b"64 stdin has no")],
)
def test_stdin_that_cannot_be_used_is_said(data: bytes, channels: int, channel: str, message: bytes) -> None:
    result = through_stdin(data, channels=channels, channel=channel)
    assert result.stderr.startswith(message)
    assert result.stderr.count(b"\n") == 1


def test_a_terminal_is_not_taken_for_samples() -> None:
    terminal, user = os.openpty()
    command = [sys.executable, "-c", COPY, "0", "1", "mix", "1280"]
    result = subprocess.run(command, stdin=user, capture_output=True, check=False, timeout=60)
    os.close(terminal)
    os.close(user)
    assert result.stderr.startswith(b"64 no samples on stdin: pipe them in")


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    path = tmp_path / "a b.raw"
    path.write_bytes(SAMPLES.tobytes())
    return path


def test_a_child_is_read_to_its_end(raw: Path) -> None:
    np.testing.assert_array_equal(drain(open_source(f"exec:cat '{raw}'")), SAMPLES)


def test_a_child_may_have_any_rate_and_channels(raw: Path) -> None:
    heard = drain(open_source(f"exec:cat '{raw}'", rate=48_000, channels=2, channel=1))
    assert len(heard) == 4000


def test_no_shell_sees_the_command(raw: Path) -> None:
    with pytest.raises(DeviceError, match=r"cat ended with exit code 1: cat: .*&&"):
        drain(open_source(f"exec:cat '{raw}' &&"))


def test_a_child_cannot_speak_for_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", "/run/systemd/notify")
    monkeypatch.setenv("HARK_TEST", "passed on")
    with pytest.raises(DeviceError, match=r"told: passed on,$"):
        drain(open_source("exec:sh -c 'echo \"told: $HARK_TEST,$NOTIFY_SOCKET\" >&2; exit 3'"))


def test_a_child_that_fails_is_quoted() -> None:
    program = "import sys; print('first', file=sys.stderr); print('no such card', file=sys.stderr); sys.exit(3)"
    with pytest.raises(DeviceError, match=r"ended with exit code 3: no such card$"):
        drain(open_source(f'exec:{sys.executable} -c "{program}"'))


def test_no_password_of_an_address_is_quoted() -> None:
    program = "raise SystemExit('rtsp://me:hunter2@camera/hunter2: no route')"
    with pytest.raises(DeviceError, match=r"ended with exit code 1: rtsp://\.\.\. no route$"):
        drain(open_source(f'exec:{sys.executable} -c "{program}"'))
    with pytest.raises(UsageError) as caught:
        open_source("exec:ffmpeg -i 'rtsp://me:hunter2@camera")
    assert "hunter2" not in str(caught.value)


def test_a_child_that_fails_gives_its_samples_first(raw: Path) -> None:
    heard = []
    with (
        pytest.raises(DeviceError, match="nowhere"),
        open_source(f"exec:cat '{raw}' nowhere", block=len(SAMPLES)) as source,
    ):
        heard = [block.samples for block in source if block.start == 0]
    assert heard == []  # the exception came before the list was complete


def test_a_child_that_is_killed_is_said() -> None:
    program = "import os; os.kill(os.getpid(), 9)"
    with pytest.raises(DeviceError, match="ended with signal SIGKILL: it did not say why"):
        drain(open_source(f'exec:{sys.executable} -c "{program}"'))


def test_a_child_that_says_nothing_is_an_error() -> None:
    with pytest.raises(DeviceError, match="true holds no audio"):
        drain(open_source("exec:true"))


def test_a_child_that_complains_all_day_is_never_held_up() -> None:
    program = (
        "import sys; sys.stderr.write('overrun!!!' * 100_000 + chr(10) * 9); "
        "sys.stdout.buffer.write(bytes(2000)); sys.exit(1)"
    )
    with pytest.raises(DeviceError, match=r"exit code 1: .*overrun!!!$"):
        drain(open_source(f'exec:{sys.executable} -c "{program}"'))


@pytest.mark.parametrize(
    ("spec", "error", "message"),
    [
        ("exec:no-such-program -q", DeviceError, "no-such-program is not installed"),
        ("exec:/", DeviceError, "/ cannot be started"),
        ("exec:", UsageError, "names no program"),
        ("exec:cat 'x", UsageError, "mend its quotes"),
    ],
)
def test_a_command_that_cannot_be_run_is_said(spec: str, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        open_source(spec)


@pytest.mark.parametrize("stubborn", [False, True])
def test_close_ends_the_child_and_its_children(stubborn: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edge.capture.raw._PATIENCE", 0.1)
    alive, program = tmp_path / "alive", tmp_path / "endless.py"
    os.mkfifo(alive)
    program.write_text(
        "import signal, subprocess, sys\n"
        f"signal.signal(signal.SIGTERM, signal.{'SIG_IGN' if stubborn else 'SIG_DFL'})\n"
        f"subprocess.Popen(['sleep', '1000'], stdout=open({str(alive)!r}, 'w'))\n"
        "sys.stdout.buffer.write(bytes(2560)); sys.stdout.flush(); signal.pause()"
    )
    source = open_source(f"exec:{sys.executable} {program}")
    with alive.open() as pipe:  # it ends when the last process that has it open ends
        next(iter(source))
        source.close()
        assert pipe.read() == ""


def test_close_from_another_thread_ends_the_iteration() -> None:
    source = open_source("exec:sleep 1000")
    timer = threading.Timer(0.1, source.close)
    timer.start()
    assert list(source) == []
    timer.join()


@pytest.mark.parametrize("begins", [b"RIFF\x24\x00\x00\x00WAVE", b"fLaC", b"OggS"])
def test_a_sound_file_is_no_raw_samples(begins: bytes) -> None:
    result = through_stdin(begins + SAMPLES.tobytes())
    assert result.returncode == 1
    assert result.stderr.startswith(f"65 stdin gives a sound file ({begins[:4].decode()}), not raw samples: ".encode())
    assert b"/dev/stdin for a WAV that is piped in" in result.stderr
