"""`python -m train` loads what it is asked for, and ends with the exit codes of `hark`."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from train.__main__ import COMMANDS, main


def train(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "train", *arguments], capture_output=True, text=True, check=False
    )


def test_help_tells_of_every_command_and_loads_none() -> None:
    result = train("--help")
    assert result.returncode == 0
    assert [name for name in COMMANDS if f"\n    {name}" not in result.stdout] == []
    assert "tensorflow" not in result.stderr
    assert "train.recipes" not in result.stderr


@pytest.mark.parametrize("home", [home for home, _ in COMMANDS.values()])
def test_every_command_is_there(home: str) -> None:
    assert find_spec(f"{home}.command") is not None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [([], "COMMAND; see python -m train --help"), (["sing"], "'sing'"), (["ngram", "x"], "--text")],
)
def test_what_cannot_be_asked_for(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 64
    assert message in capsys.readouterr().err


def test_an_interrupted_training_says_so_and_is_no_success(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("train.ngram.command.run", interrupt)
    assert main(["ngram", "--text", "1", "a.txt", "--", "b.ngram"]) == 130
    assert capsys.readouterr().err.startswith("interrupted")


def test_a_folder_that_cannot_be_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    arguments = ["study", "shapes", "--pictures", str(tmp_path / "file")]
    assert main(arguments) == 74
    assert capsys.readouterr().err == f"error: {tmp_path / 'file'}: File exists; name another one\n"
