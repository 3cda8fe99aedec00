"""Programs are run with the alert as data, for as long as they may, and lines go to standard output whole."""

import json
import os
import sys
import time
from pathlib import Path

import pytest

from edge.alerts.sink import SinkError
from edge.alerts.sinks.command import CommandSink
from edge.alerts.sinks.stdout import StdoutSink
from edge.config import CommandConfig
from tests.alerts.making import alert, parcel

pytestmark = pytest.mark.runtime

WRITE = "import json, os, sys; json.dump([sys.argv[2:], dict(os.environ)], open(sys.argv[1], 'w'))"


def test_the_alert_is_in_arguments_and_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", "/run/systemd/notify")
    argv = (sys.executable, "-c", WRITE, str(tmp_path / "out"), "{rule}: {message}", "$HOME; `id`")
    CommandSink(CommandConfig(argv)).deliver(parcel())
    arguments, environment = json.loads((tmp_path / "out").read_text())
    assert arguments == ["help: number 1", "$HOME; `id`"]
    assert environment["HARK_ALERT"] == alert(1).to_json()
    assert environment["HARK_MESSAGE"] == "number 1"
    assert environment["HARK_ID"] == alert(1).id
    assert environment["PATH"] == os.environ["PATH"]
    assert "NOTIFY_SOCKET" not in environment


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (("/no/such/program",), r"/no/such/program cannot be started \(No such file or directory\)$"),
        (("false",), "false ended with exit code 1"),
        (("sh", "-c", "kill -9 $$"), "sh ended with signal SIGKILL"),
        (("sh", "-c", "kill -40 $$"), "sh ended with signal 40"),
    ],
)
def test_failures_are_said(argv: tuple[str, ...], message: str) -> None:
    with pytest.raises(SinkError, match=message):
        CommandSink(CommandConfig(argv)).deliver(parcel())


def test_a_program_that_takes_too_long_is_killed_with_its_children(tmp_path: Path) -> None:
    alive = tmp_path / "alive"
    os.mkfifo(alive)
    # Whoever has it open for reading sees its end once the last that could write has ended.
    pipe = os.open(alive, os.O_RDONLY | os.O_NONBLOCK)
    began = time.monotonic()
    with pytest.raises(SinkError, match=r"sh took more than 0\.5 s and was killed"):
        CommandSink(CommandConfig(("sh", "-c", f"sleep 60 > {alive} & wait"), limit_seconds=0.5)).deliver(parcel())
    assert time.monotonic() - began < 20
    os.set_blocking(pipe, True)
    with open(pipe, "rb") as file:  # noqa: PTH123 -- it has no path
        assert (file.read(), time.monotonic() - began < 20) == (b"", True)


def test_a_program_that_is_given_up_while_it_is_started_is_killed() -> None:
    sink = CommandSink(CommandConfig(("sleep", "60")))
    sink.abort()
    began = time.monotonic()
    with pytest.raises(SinkError, match="sleep ended with signal SIGKILL"):
        sink.deliver(parcel())
    assert time.monotonic() - began < 20


def test_a_line_goes_to_standard_output(capfd: pytest.CaptureFixture[str]) -> None:
    StdoutSink().deliver(parcel())
    assert capfd.readouterr().out == f"{alert(1).to_json()}\n"
