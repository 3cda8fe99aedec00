"""hark alerts shows what waits, and retries or drops what the owner names."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from edge.alerts.store import Store
from tests.alerts.making import alert, outbox
from tests.cli.program import HARK, ROOT, hark

pytestmark = pytest.mark.runtime


@pytest.fixture
def waiting(tmp_path: Path) -> Path:
    """A configuration in whose outbox three parcels wait, one of them refused."""
    file = tmp_path / "hark.toml"
    file.write_text(f'[outbox]\npath = "{tmp_path / "outbox.db"}"\n')
    box = outbox(tmp_path / "outbox.db")
    box.add(alert(1), ["phone", "home"])
    box.add(alert(2), ["phone"])
    first = box.first("phone")
    assert first is not None
    box.refuse(first, "the receiver refuses the alert with 400")
    return file


def kept(file: Path) -> list[tuple[str, str, int, bool]]:
    store = Store(file.parent / "outbox.db")
    parcels = [(parcel.id[:8], parcel.sink, parcel.attempts, parcel.refused) for parcel in store.all()]
    store.close()
    return parcels


def test_what_waits_is_listed(waiting: Path) -> None:
    lines = hark("alerts", "list", "--config", waiting).stdout.splitlines()
    assert lines[0].split() == ["ID", "SINK", "RULE", "AGE", "FAILED", "STATE"]
    assert lines[1].split()[:3] == ["00000001", "phone", "help"]
    assert lines[1].endswith("1       refused: the receiver refuses the alert with 400")
    assert [line.split()[1] for line in lines[2:]] == ["home", "phone"]
    listed = [json.loads(line) for line in hark("alerts", "list", "--jsonl", "--config", waiting).stdout.splitlines()]
    assert [one["body"]["message"] for one in listed] == ["number 1", "number 1", "number 2"]


def test_a_reader_that_goes_away_has_not_damaged_the_outbox(waiting: Path) -> None:
    """As in `hark alerts list | head -0`."""
    reading, writing = os.pipe()
    os.close(reading)
    command = [*HARK, "alerts", "list", "--config", str(waiting)]
    result = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, check=False, timeout=60, cwd=ROOT)
    os.close(writing)
    assert (result.returncode, result.stderr) == (0, b"")


def test_what_was_refused_is_retried(waiting: Path) -> None:
    result = hark("alerts", "retry", "00000001", "--config", waiting)
    assert result.stderr == "hark: 2 to be retried\n"
    assert kept(waiting)[0] == ("00000001", "phone", 0, False)


def test_only_what_is_named_is_dropped(waiting: Path) -> None:
    result = hark("alerts", "drop", "--sink", "phone", "00000001", "--config", waiting)
    assert result.stderr == "hark: 1 dropped\n"
    assert [one[:2] for one in kept(waiting)] == [("00000001", "home"), ("00000002", "phone")]
    assert hark("alerts", "drop", "--all", "--config", waiting).returncode == 0
    assert hark("alerts", "list", "--config", waiting).stdout == "nothing waits\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["drop"], "name alerts by their ids"),
        (["drop", ""], "an id is empty"),
        (["retry", "99"], "no alert 99 waits"),
    ],
)
def test_nothing_is_dropped_or_retried_by_mistake(waiting: Path, arguments: list[str], message: str) -> None:
    before = kept(waiting)
    result = hark("alerts", *arguments, "--config", waiting)
    assert (result.returncode, message in result.stderr) == (64, True)
    assert kept(waiting) == before


def test_an_outbox_that_was_never_needed_is_not_made(tmp_path: Path) -> None:
    (tmp_path / "hark.toml").write_text(f'[outbox]\npath = "{tmp_path / "outbox.db"}"\n')
    assert hark("alerts", "list", "--config", tmp_path / "hark.toml").stdout == "nothing waits\n"
    assert not (tmp_path / "outbox.db").exists()


def test_a_file_that_is_no_outbox_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "hark.toml").write_text(f'[outbox]\npath = "{tmp_path / "hark.toml"}"\n')
    result = hark("alerts", "list", "--config", tmp_path / "hark.toml")
    assert result.returncode == 65
    assert "it is a text, and no outbox; check path in [outbox]" in result.stderr
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize("action", ["list", "retry", "drop"])
def test_a_sink_that_there_is_not_is_told(waiting: Path, action: str) -> None:
    result = hark("alerts", action, *(["--all"] if action == "drop" else []), "--sink", "fone", "--config", waiting)
    assert result.returncode == 64
    assert result.stderr == "hark: there is no sink 'fone', but home, phone\n"
    assert len(kept(waiting)) == 3
