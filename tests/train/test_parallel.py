"""Work in two children: results come back in order, and what one of them cannot do, or its death, is told at once."""

import errno
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from edge.errors import DataError, HarkError
from train.parallel import FORK, ChildDiedError, _told, in_parallel, mapped

SLOW = """
import os, signal, sys, time
from train.parallel import mapped
# What runs in the background of a script has it ignored, and hands that on.
signal.signal(signal.SIGINT, signal.default_int_handler)
def work(number):
    os.write(1, f"{os.getpid()}\\n".encode())
    time.sleep(60)
try:
    mapped(work, 2, "slow")
except KeyboardInterrupt:
    sys.exit(130)
"""
"""Two children that tell their numbers and have much to do."""

COUNTED = """
from train.parallel import mapped
print(mapped(abs, 3, "numbers"))
"""

MUCH = 1 << 20
"""Bytes: more than a pipe holds."""


@pytest.mark.parametrize("count", [0, 1, 2, 5])
def test_results_come_in_order_from_other_processes(count: int) -> None:
    found = mapped(lambda number: (number * number, os.getpid()), count, "squares")
    assert [square for square, _ in found] == [number * number for number in range(count)]
    assert os.getpid() not in {child for _, child in found}
    assert len({child for _, child in found}) == min(count, 2)


def test_what_a_child_cannot_do_is_raised_as_its_own_error(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    def make(number: int) -> None:
        if number == 1:
            raise DataError("take.wav cannot be read")

    with pytest.raises(DataError, match=r"^take\.wav cannot be read$"):
        in_parallel(make, 2, tmp_path)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("victim", [0, 1])
def test_a_child_that_dies_is_an_error_though_the_other_has_much_to_tell(victim: int) -> None:
    def work(number: int) -> bytes:
        if number == victim:
            os._exit(3)
        return bytes(MUCH)

    with pytest.raises(HarkError, match="a child failed"):
        mapped(work, 2, "")


@pytest.mark.parametrize("killed", [False, True])
@pytest.mark.parametrize("victim", [0, 1])
def test_what_befalls_one_child_is_told_at_once_and_ends_the_other(victim: int, killed: bool, tmp_path: Path) -> None:
    busy = tmp_path / "busy"

    def work(number: int) -> None:
        if number != victim:
            busy.write_text(str(os.getpid()))
            time.sleep(60)
        while not (busy.exists() and busy.read_text()):
            time.sleep(0.01)
        if killed:
            os.kill(os.getpid(), signal.SIGKILL)
        raise DataError("take.wav cannot be read")

    begun = time.monotonic()
    with pytest.raises(HarkError, match="a child failed" if killed else "cannot be read"):
        mapped(work, 2, "")
    assert time.monotonic() - begun < 30
    assert not _runs(int(busy.read_text()))


def test_who_dies_in_the_middle_of_a_result_is_dead() -> None:
    receiver, sender = FORK.Pipe(duplex=False)
    os.write(sender.fileno(), struct.pack("!i", 100) + b"half of it")
    sender.close()
    with pytest.raises(ChildDiedError, match="a child failed"):
        list(_told([receiver]))


def test_a_terminal_sees_how_many_are_done_and_a_log_does_not() -> None:
    screen, terminal = pty.openpty()
    command = [sys.executable, "-c", COUNTED]
    subprocess.run(command, stdout=terminal, env={**os.environ, "TERM": "xterm", "COLUMNS": "80"}, check=True)
    os.close(terminal)
    shown = _all_of(screen)
    assert re.search(r"numbers.*3/3", shown)
    assert shown.rstrip().endswith("[0, 1, 2]")
    log = subprocess.run(command, capture_output=True, text=True, check=True)
    assert (log.stdout, log.stderr) == ("[0, 1, 2]\n", "")


def test_a_full_disk_is_told_as_such(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    def make(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    # As a program does that ends cleanly: its children have that from it.
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        for _ in range(20):
            with pytest.raises(OSError, match="No space left") as caught:
                in_parallel(make, 2, tmp_path)
            assert caught.value.errno == errno.ENOSPC
    finally:
        signal.signal(signal.SIGTERM, before)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("to_all", [True, False])
def test_an_interruption_ends_the_children_without_a_word(to_all: bool) -> None:
    with _slow() as parent:
        children = _children(parent)
        (os.killpg if to_all else os.kill)(parent.pid, signal.SIGINT)
        assert parent.wait(timeout=20) == 130
        assert parent.stderr is not None
        assert parent.stderr.read() == b""
    assert not any(map(_runs, children))


def test_children_do_not_outlive_a_parent_that_is_killed() -> None:
    with _slow() as parent:
        children = _children(parent)
        parent.kill()
    for _ in range(200):
        if not any(map(_runs, children)):
            return
        time.sleep(0.05)
    pytest.fail("a child still runs")


def _all_of(screen: int) -> str:
    """What was written to a terminal that nobody has open any more."""
    shown = b""
    with suppress(OSError):  # Its end.
        while more := os.read(screen, 1 << 16):
            shown += more
    os.close(screen)
    return shown.decode()


def _slow() -> subprocess.Popen[bytes]:
    pipe = subprocess.PIPE
    return subprocess.Popen([sys.executable, "-c", SLOW], stdout=pipe, stderr=pipe, start_new_session=True)


def _children(parent: subprocess.Popen[bytes]) -> list[int]:
    assert parent.stdout is not None
    return [int(parent.stdout.readline()) for _ in range(2)]


def _runs(process: int) -> bool:
    """Whether it is there and has not ended; one whose parent has not asked for it yet is a zombie."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
