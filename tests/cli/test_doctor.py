"""hark doctor as it is run: each check once, on one reading of the configuration."""

import json
import os
from pathlib import Path

import pytest

from edge import capture
from edge.cli import main

pytestmark = [pytest.mark.runtime, pytest.mark.usefixtures("shipped")]


def test_every_finding_is_told_with_the_code_of_the_first_fault(
    capsys: pytest.CaptureFixture[str], wav: Path, tmp_path: Path
) -> None:
    file = tmp_path / "hark.toml"
    sinks = '[sink.a]\ntype = "command"\nargv = ["no-such"]\n[sink.b]\ntype = "command"\nargv = ["true"]\n'
    file.write_text(f'[input]\nsource = "{wav}"\n[outbox]\npath = "{tmp_path / "outbox.db"}"\n{sinks}')
    main(["doctor", "--config", str(file), "--jsonl"])
    findings = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    by_check = {
        name: [(f["status"], f["exit_code"]) for f in findings if f["check"] == name] for name in ("level", "sinks")
    }
    assert by_check == {"level": [("ok", 0)], "sinks": [("fail", 78), ("ok", 0)]}
    assert [f["check"] for f in findings][-2:] == ["permissions", "clock"]
    file.write_text("[input\n")
    assert main(["doctor", "--config", str(file)]) == 78
    assert "sinks" not in capsys.readouterr().out


def test_who_listens_to_a_recording_needs_no_microphone(
    capsys: pytest.CaptureFixture[str], wav: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(capture, "devices", list)
    file = tmp_path / "hark.toml"
    for source, status in ((str(wav), "warn"), ("mic", "fail")):
        file.write_text(f'[input]\nsource = "{source}"\n')
        main(["doctor", "--config", str(file), "--jsonl"])
        findings = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert [one["status"] for one in findings if one["check"] == "microphones"] == [status]


@pytest.mark.parametrize("sink", ["no-such", "true\nargv = 1"], ids=["fault", "not TOML"])
def test_a_configuration_that_comes_by_a_pipe_is_read_once(
    sink: str, wav: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    reading, writing = os.pipe()
    text = f'[input]\nsource = "{wav}"\n[sink.a]\ntype = "command"\nargv = ["{sink}"]\n'
    os.write(writing, text.encode())
    os.close(writing)
    main(["doctor", "--config", f"/dev/fd/{reading}", "--jsonl"])
    os.close(reading)
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    faults = [finding["check"] for finding in told if finding["exit_code"] == 78]
    assert faults == (["sinks"] if sink == "no-such" else ["configuration"])
    assert ("level" in [finding["check"] for finding in told]) == (sink == "no-such")


def test_the_folder_of_a_model_that_cannot_be_looked_at_is_told_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, name = tmp_path / "hark.toml", "x" * 300
    file.write_text(f'[trigger]\nmodel = "{name}"\n')
    assert main(["doctor", "--config", str(file)]) == 78
    assert f"{file}, line 2: trigger.model cannot be used: {name}: File name too long; " in capsys.readouterr().out
