"""`hark wyoming` as it is typed."""

import signal
import socket
import subprocess
from pathlib import Path

import pytest

from tests.cli.program import hark
from tests.wyoming.peers import program

pytest.importorskip("wyoming", reason="the package wyoming is not installed")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_until_it_is_stopped(configuration: Path, tmp_path: Path, number: signal.Signals) -> None:
    with program(configuration, tmp_path / "log") as (child, address), socket.create_connection(address):
        child.send_signal(number)
        assert child.wait(10) == 0
    # The runtime may say a word of its own.
    assert (tmp_path / "log").read_text().count("hark:") == 1


def test_an_interrupt_that_is_ignored_stays_so(configuration: Path, tmp_path: Path) -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with program(configuration, tmp_path / "log") as (child, _):
            child.send_signal(signal.SIGINT)
            with pytest.raises(subprocess.TimeoutExpired):
                child.wait(1)
            child.send_signal(signal.SIGTERM)
            assert child.wait(10) == 0
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize(
    "uri",
    ["unix:///tmp/hark", "tcp://127.0.0.1", "tcp://:10400", "tcp://127.0.0.1:99999", "10400", "tcp://foo..bar:10400"],
)
def test_an_address_that_cannot_be_is_an_error_of_usage(configuration: Path, uri: str) -> None:
    result = hark("wyoming", "--config", configuration, "--uri", uri)
    assert result.returncode == 64
    assert "tcp://127.0.0.1:10400" in result.stderr


def test_an_address_that_is_taken_is_named(configuration: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = hark("wyoming", "--config", configuration, "--uri", f"tcp://127.0.0.1:{port}")
    assert result.returncode == 64
    assert f"cannot listen on 127.0.0.1:{port} (" in result.stderr
    assert "[Errno" not in result.stderr
    assert result.stderr.count("hark:") == 1


def test_words_are_those_that_are_asked_for(configuration: Path) -> None:
    result = hark("wyoming", "--config", configuration, "--words", "no tone")
    assert result.returncode == 64
    assert "low tone, high tone" in result.stderr
