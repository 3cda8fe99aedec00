"""The other commands, in this process, on a folder of models of our own."""

import csv
import json
import re
import shutil
from pathlib import Path

import pytest

from edge.cli import main
from edge.decoder.alphabet import LETTERS
from edge.model import Bundle
from edge.model.shipped import find_bundle
from tests.cli.conftest import WORDS
from tests.cli.program import hark

pytestmark = [pytest.mark.runtime, pytest.mark.usefixtures("shipped")]

Captured = pytest.CaptureFixture[str]


def test_demo_prints_each_trigger_and_what_it_took(capsys: Captured) -> None:
    assert main(["demo"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "tones listens to demo.wav for low tone, high tone"
    assert [" ".join(line.split()[2:4]) for line in lines[1:-1]] == [name for _, name in WORDS]
    assert lines[-1].startswith("3 triggers in 5.0 s, heard ")
    assert lines[-1].endswith(" times faster than real time. Next: hark listen")


def test_demo_for_programs(capsys: Captured, wav: Path) -> None:
    assert main(["demo", "--jsonl"]) == 0
    demo = capsys.readouterr().out
    assert main(["listen", "--input", str(wav), "--jsonl"]) == 0
    assert demo == capsys.readouterr().out


def test_demo_without_its_recording(capsys: Captured, models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edge.model.shipped.search_path", lambda: (models / "demo",))
    assert main(["demo"]) == 65
    assert "no demo recording in" in capsys.readouterr().err


def test_scores_as_csv(capsys: Captured, wav: Path) -> None:
    assert main(["scores", str(wav), "--csv"]) == 0
    rows = list(csv.DictReader(capsys.readouterr().out.splitlines()))
    assert list(rows[0]) == ["file", "at", "low tone", "high tone"]
    assert {row["file"] for row in rows} == {str(wav)}
    times = [float(row["at"]) for row in rows]
    assert times == pytest.approx([0.045 + 0.03 * step for step in range(len(rows))])
    heard = [float(row["at"]) for row in rows if float(row["high tone"]) > 0.6]
    assert 2.5 < min(heard) < max(heard) < 3.0


def test_scores_are_those_that_thresholds_are_held_against(capsys: Captured, wav: Path) -> None:
    main(["scores", str(wav), "--csv"])
    rows = list(csv.DictReader(capsys.readouterr().out.splitlines()))
    main(["listen", "--input", str(wav), "--jsonl"])
    first = json.loads(capsys.readouterr().out.splitlines()[0])
    (row,) = [row for row in rows if float(row["at"]) == pytest.approx(first["at"], abs=1e-3)]
    assert float(row[first["name"]]) == pytest.approx(first["score"], abs=1e-3)


def test_scores_of_some_words_in_several_files(capsys: Captured, wav: Path, tmp_path: Path) -> None:
    odd = Path(shutil.copy(wav, tmp_path / 'a, "b".wav'))
    assert main(["scores", str(wav), str(odd), "--csv", "--words", "low tone"]) == 0
    rows = list(csv.reader(capsys.readouterr().out.splitlines()))
    assert {len(row) for row in rows} == {3}
    assert {row[0] for row in rows} == {"file", str(wav), str(odd)}


def test_peaks_of_scores(capsys: Captured, wav: Path) -> None:
    assert main(["scores", str(wav)]) == 0
    header, low, high = (line.split() for line in capsys.readouterr().out.splitlines())
    assert header == ["file", "word", "highest", "at"]
    assert low[1:3] == ["low", "tone"]
    assert float(high[3]) > 0.9
    assert 2.5 < float(high[4]) < 3


def test_a_bad_file_takes_no_scores_from_the_others(capsys: Captured, wav: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.wav"
    bad.write_text("no sound")
    assert main(["scores", str(wav), str(bad), str(wav)]) == 65
    told = capsys.readouterr()
    assert "bad.wav is not a sound file" in told.err
    assert "1 of 3 files could not be used" in told.err
    assert [line.split()[0] for line in told.out.splitlines()] == ["file", *[str(wav)] * 4]


def test_models_tells_what_the_manifest_says(capsys: Captured, tones: Path) -> None:
    assert main(["models", "trigger-en"]) == 0
    said = capsys.readouterr().out
    bundle = Bundle.read(tones)
    for part in ("tones 1 (trigger)", "low tone, high tone", bundle.model_id, "FULLY_CONNECTED v4", "every 30 ms"):
        assert part in said
    assert f"{bundle.model.stat().st_size:,} bytes" in said
    assert main(["models", str(tones)]) == 0
    assert capsys.readouterr().out == said


def test_models_are_listed_a_line_for_each(capsys: Captured, tones: Path) -> None:
    assert main(["models"]) == 0
    head, line = capsys.readouterr().out.splitlines()
    assert head.split() == ["model", "version", "task", "size", "runs", "here", "labels"]
    size = f"{Bundle.read(tones).model.stat().st_size / 1000:,.0f}"
    assert line.split() == ["tones", "1", "trigger", size, "kB", "yes", "low", "tone,", "high", "tone"]


def test_a_model_that_is_not_there_is_guessed(capsys: Captured) -> None:
    assert main(["models", "triger-en"]) == 65
    assert "did you mean 'trigger-en'" in capsys.readouterr().err


def test_models_and_the_edge_tpu(capsys: Captured) -> None:
    assert main(["models", "--edgetpu"]) == 0
    assert capsys.readouterr().out.startswith("tones: does not fit: FULLY_CONNECTED has version 9")


@pytest.fixture
def _talking(shipped: Path, letters: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes a speech model one of the shipped ones."""
    folder = tmp_path / "models"
    shutil.copytree(shipped, folder)
    shutil.copytree(letters, folder / "speech-en")
    monkeypatch.setattr("edge.model.shipped.search_path", lambda: (folder,))


@pytest.mark.usefixtures("_talking")
def test_models_tells_of_a_speech_model(capsys: Captured, letters: Path) -> None:
    assert main(["models", "speech-en"]) == 0
    said = capsys.readouterr().out
    assert "letters 1 (speech)" in said
    assert f"labels       {len(LETTERS)} letters\n" in said
    assert f"language     {(letters / 'language.ngram').stat().st_size:,} bytes" in said


@pytest.mark.usefixtures("_talking")
def test_doctor_tries_what_the_configuration_wants_of_speech(capsys: Captured, tmp_path: Path) -> None:
    file = tmp_path / "hark.toml"
    file.write_text('[speech]\nafter_trigger = true\n[[keyword]]\ntext = "smoke alarm"\n')
    main(["doctor", "--config", str(file)])
    said = capsys.readouterr().out
    assert "speech-en: intact, golden vectors within 0" in said
    assert "listens for low tone, high tone, smoke alarm and for what is said after a trigger word" in said
    file.write_text('[speech]\nafter_trigger = true\ngrammar = "gone.jsgf"\n')
    assert main(["doctor", "--config", str(file)]) == 78
    assert "gone.jsgf cannot be read as a grammar" in capsys.readouterr().out


def test_doctor_proves_the_models_of_the_owner(capsys: Captured, tmp_path: Path) -> None:
    file, folder = tmp_path / "hark.toml", tmp_path / "own"
    shutil.copytree(find_bundle("trigger-en"), folder)
    file.write_text(f'[trigger]\nmodel = "{folder}"\n')
    main(["doctor", "--config", str(file)])
    assert f"{folder}: intact, golden vectors within" in capsys.readouterr().out
    (folder / "golden.npz").write_bytes(b"x" * 99)
    assert main(["doctor", "--config", str(file)]) == 65
    assert f"{folder / 'golden.npz'}" in capsys.readouterr().out


def test_doctor_goes_on_after_a_damaged_model(
    capsys: Captured, models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(models, tmp_path / "models")
    shutil.copytree(models / "trigger-en", tmp_path / "models" / "a-copy")
    (tmp_path / "models" / "a-copy" / "golden.npz").write_bytes(b"bent")
    monkeypatch.setattr("edge.model.shipped.search_path", lambda: (tmp_path / "models",))
    main(["doctor", "--jsonl"])
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    (damaged, intact) = (one for one in told if one["check"] == "models")
    assert (damaged["status"], damaged["exit_code"], intact["status"]) == ("fail", 65, "ok")
    assert "golden.npz is damaged" in damaged["found"]
    assert intact["found"].startswith("trigger-en: intact")


def test_doctor_leaves_the_rules_of_a_camera_to_the_camera(capsys: Captured, tmp_path: Path) -> None:
    file = tmp_path / "camera.toml"
    file.write_text("[[alert]]\nname = 'wave'\nactivity = ['wave']\n")
    main(["doctor", "--config", str(file)])
    assert "hark stream pose checks them when it starts" in capsys.readouterr().out


def test_what_is_for_people_alone_is_not_given_to_programs() -> None:
    assert main(["models", "--edgetpu", "--jsonl"]) == 64


def test_doctor_refuses_the_rules_that_the_listener_would(capsys: Captured, tmp_path: Path) -> None:
    file = tmp_path / "hark.toml"
    file.write_text('[[alert]]\nname = "a"\ntriggers = ["low tune"]\n')
    assert main(["doctor", "--config", str(file)]) == 78
    assert "alert.triggers has 'low tune', which is not listened for" in capsys.readouterr().out


def test_options_that_a_rule_cannot_live_with_are_named(capsys: Captured, tmp_path: Path, wav: Path) -> None:
    file = tmp_path / "hark.toml"
    file.write_text('[[alert]]\nname = "a"\ntriggers = ["low tone"]\n')
    options = ["--config", str(file), "--input", str(wav)]
    assert main(["listen", *options]) == 0
    assert main(["listen", *options, "--words", "high tone"]) == 64
    assert re.search(r"line 3: alert\.triggers has 'low tone'.*; or leave out --words\n", capsys.readouterr().err)


def test_speech_that_is_wanted_needs_its_model(capsys: Captured, wav: Path) -> None:
    for wish in ("--transcribe", "--keyword=light"):
        assert main(["listen", "--input", str(wav), wish]) == 65
        assert "no model 'speech-en'" in capsys.readouterr().err
    assert main(["listen", "--input", str(wav), "--no-transcribe", "--jsonl"]) == 0


def test_models_for_programs(capsys: Captured, tones: Path) -> None:
    assert main(["models", "--jsonl"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    said = json.loads(line)
    assert said["labels"] == ["low tone", "high tone"]
    assert (said["folder"], said["ops"]) == (str(tones), {"FULLY_CONNECTED": 4})


def test_a_damaged_model_is_named_and_the_others_are_shown(
    capsys: Captured, models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(models, tmp_path / "models")
    shutil.copytree(models / "trigger-en", tmp_path / "models" / "a-copy")
    (tmp_path / "models" / "a-copy" / "CARD.md").write_text("altered")
    monkeypatch.setattr("edge.model.shipped.search_path", lambda: (tmp_path / "models",))
    for names in ([], ["a-copy", "trigger-en"]):
        assert main(["models", *names]) == 65
        said = capsys.readouterr()
        assert "CARD.md is damaged or altered" in said.err
        assert "tones" in said.out


def test_doctor_finds_nothing_wrong_with_a_sound_installation(capsys: Captured, tmp_path: Path) -> None:
    (tmp_path / "hark.toml").write_text("")
    code = main(["doctor", "--config", str(tmp_path / "hark.toml"), "--jsonl"])
    findings = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    checks = {finding["check"]: finding["status"] for finding in findings}
    assert [*checks][:4] == ["python", "runtime", "models", "configuration"]
    assert {checks[name] for name in ("python", "runtime", "models", "configuration")} == {"ok"}
    # Whether there is a microphone depends on the machine, but not what is said of it.
    assert code == (69 if "fail" in checks.values() else 0)


def test_doctor_names_every_fault_with_its_mend(
    capsys: Captured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "hark.toml"
    file.write_text("[trigger]\nwrods = []\n")
    monkeypatch.setenv("HARK_RUNTIME", "tflite")
    assert main(["doctor", "--config", str(file)]) == 78
    lines = {line.split()[1]: line for line in capsys.readouterr().out.splitlines()}
    assert lines["python"].startswith("ok ")
    assert "set HARK_RUNTIME to ai-edge-litert or tflite-runtime" in lines["runtime"]
    assert lines["configuration"].startswith("fail")
    assert "line 2: trigger.wrods is unknown; did you mean 'words'?" in lines["configuration"]


def test_bench_measures_every_stage(tones: Path) -> None:
    result = hark("bench", "--seconds", "2", "--json", "--model", tones)
    assert result.returncode == 0, result.stderr
    report = json.loads(result.stdout)
    assert list(report["stages"])[:3] == ["features", "network", "detector"]
    for cost in (*report["stages"].values(), report["path"]):
        assert cost["cpu_seconds"] > 0
        assert cost["instructions"] is None or cost["instructions"] > 1000
    assert 0 < report["block_ms"]["p50"] <= report["block_ms"]["p99"]
    assert report["model_bytes"] == (tones / "model.tflite").stat().st_size
    assert report["audio_seconds"] == 2
    # Python and numpy alone take more than 10 MB.
    assert 10e6 < report["peak_rss_bytes"] < 1e9
    assert report["start_cpu_seconds"] > 0
    assert 0 < report["start_seconds"] < 60


def test_bench_measures_the_speech_model_if_there_is_one(speaking: Path) -> None:
    result = hark("bench", "--seconds", "2", "--json", "--config", speaking)
    assert result.returncode == 0, result.stderr
    stages = json.loads(result.stdout)["stages"]
    assert list(stages) == ["features", "network", "detector", "speech"]
    assert stages["speech"]["cpu_seconds"] > 0


def test_bench_for_a_person(tones: Path) -> None:
    result = hark("bench", "--seconds", "1", "--model", tones)
    assert result.returncode == 0, result.stderr
    rows = dict(re.split(r"(?<=\S)  +", line, maxsplit=1) for line in result.stdout.splitlines())
    assert {"processor", "start", "memory", "listening", "  features", "  detector", "a block"} <= rows.keys()
    assert rows["model"].startswith("tones 1, 2 words, ")
    assert 0 < float(rows["listening"].partition(" CPU s for each second of sound")[0]) < 10
    assert "None" not in result.stdout
