"""Anybody's recordings are scored: with or without slots, in capitals or in digits, in silence or in noise."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

pytest.importorskip("tensorflow", reason="needs the train extra")

from edge.audio import SAMPLE_RATE, Pcm16
from tests.pipeline.letters import joined, make_bundle, spoken
from tests.pipeline.tones import make_bundle as make_tones
from tests.pipeline.tones import noise
from train.__main__ import main
from train.corpora.manifest import Clip, write_manifest
from train.evaluate.speech import as_said

ROOT = Path(__file__).parents[2]
Captured = pytest.CaptureFixture[str]
SLOTS = json.dumps({"intent": "go", "slots": {"where": "On", "many": 2}})


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_bundle(tmp_path_factory.mktemp("bundles") / "letters")


def corpus(
    folder: Path, *said: tuple[str, str], sound: Pcm16 | None = None, label: str = "", kind: str = "word"
) -> Path:
    """A folder in which each text is said and transcribed as given."""
    folder.mkdir()
    clips = []
    for number, (text, transcript) in enumerate(said):
        samples = joined(0.7, spoken(text), 0.3) if sound is None else sound
        path = folder / f"{number}.wav"
        soundfile.write(path, samples, SAMPLE_RATE)
        length = len(samples) / SAMPLE_RATE
        clips.append(Clip(path, kind, label, transcript, "Ann", length, "CC0-1.0", True, folder.name))
    write_manifest(folder, clips)
    return folder


def evaluated(capsys: Captured, *arguments: object) -> dict[str, Any]:
    assert main(["evaluate", "speech", "--json", "--lm", "none", *map(str, arguments)]) == 0
    result: dict[str, Any] = json.loads(capsys.readouterr().out)
    return result


def test_speech_that_is_no_command_is_scored(bundle: Path, tmp_path: Path, capsys: Captured) -> None:
    data = corpus(tmp_path / "words", ("go on", "go on"), ("stop", "stop"))
    result = evaluated(capsys, "--bundle", bundle, "--data", data)
    assert (result["n"], result["left_out"], result["wer"], result["snr"]) == (2, 0, 0.0, None)
    assert "commands_right" not in result
    assert main(["evaluate", "speech", "--lm", "none", "--bundle", str(bundle), "--data", str(data)]) == 0
    assert "beam: WER 0.0 %" in capsys.readouterr().out


def test_a_slip_in_the_name_of_a_guide_is_told_before_anything_is_heard(
    bundle: Path, tmp_path: Path, capsys: Captured
) -> None:
    options = ["--bundle", str(bundle), "--data", str(tmp_path / "hours")]
    assert main(["evaluate", "speech", "--lm", "nowhere", *options]) == 65
    assert "error: nowhere: " in capsys.readouterr().err


def test_slots_are_compared_as_they_are_said(bundle: Path, tmp_path: Path, capsys: Captured) -> None:
    data = corpus(tmp_path / "orders", ("go on", "Go on."), label=json.dumps({"slots": {"where": "On!"}}))
    assert evaluated(capsys, "--bundle", bundle, "--data", data)["commands_right"] == 100.0
    strange = corpus(tmp_path / "strange", ("go on", "go on"), label=SLOTS)
    assert "commands_right" not in evaluated(capsys, "--bundle", bundle, "--data", strange)
    listed = corpus(tmp_path / "listed", ("go on", "go on"), label='{"slots": ["on"]}')
    assert "commands_right" not in evaluated(capsys, "--bundle", bundle, "--data", listed)


def test_what_nobody_knows_how_it_was_said_is_left_out_and_told(bundle: Path, tmp_path: Path, capsys: Captured) -> None:
    data = corpus(tmp_path / "digits", ("go", "Go!"), ("stop", "Stop at 12"), ("on", ""))
    result = evaluated(capsys, "--bundle", bundle, "--data", data)
    assert (result["n"], result["left_out"], result["wer"]) == (1, 2, 0.0)


def test_where_nothing_can_be_scored_nothing_is_said_to_be_right(
    bundle: Path, tmp_path: Path, capsys: Captured
) -> None:
    data = corpus(tmp_path / "numbers", ("go", "12"))
    assert main(["evaluate", "speech", "--bundle", str(bundle), "--data", str(data)]) == 65
    assert f"{data} holds no clip whose words are known" in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["noise", "negative", None])
def test_noise_may_be_a_corpus_or_any_folder_of_sound(
    bundle: Path, tmp_path: Path, capsys: Captured, kind: str | None
) -> None:
    data, hiss = corpus(tmp_path / "words", ("go on", "go on")), 20 * noise(3.0)
    folder = corpus(tmp_path / "hiss", ("", ""), sound=hiss, kind=kind or "noise")
    if kind is None:
        (folder / "manifest.csv").unlink()
    result = evaluated(capsys, "--bundle", bundle, "--data", data, "--noise", folder, "--snr", -20)
    assert result["snr"] == -20.0
    assert result["wer"] > 0


@pytest.mark.parametrize(
    ("transcript", "said"),
    [
        ("Wake \u2018many\u2019 of 'the' Norsemen\u2014now,they say!", "wake many of the norsemen now they say"),
        ("MR. BENNET'S HOUSE", "mister bennet's house"),
        ("one two\nthree", "one two three"),
        ("12 ounce", ""),
        ("", ""),
    ],
)
def test_a_reference_is_what_was_said(transcript: str, said: str) -> None:
    assert as_said(transcript) == said


def test_hours_are_those_of_the_recordings(bundle: Path, tmp_path: Path, capsys: Captured) -> None:
    sound = np.zeros(36 * SAMPLE_RATE, np.int16)
    data = corpus(tmp_path / "quiet", ("", "go"), sound=sound)
    assert evaluated(capsys, "--bundle", bundle, "--data", data)["hours"] == 0.01


@pytest.mark.parametrize("task", ["speech", "keywords"])
def test_a_level_of_no_noise_is_refused(task: str, bundle: Path, tmp_path: Path, capsys: Captured) -> None:
    data = corpus(tmp_path / "words", ("go on", "go on"))
    more = ["--keyword", "go"] if task == "keywords" else []
    assert main(["evaluate", task, "--bundle", str(bundle), "--data", str(data), "--snr", "0", *more]) == 64
    assert "--snr 0 is the level of noise, and there is none: give its folder with --noise" in capsys.readouterr().err


@pytest.mark.parametrize(
    "task", [("speech", "--bundle"), ("keywords", "--keyword", "go", "--bundle"), ("rescoring", "--speech")]
)
def test_a_network_without_letters_is_refused(task: tuple[str, ...], tmp_path: Path, capsys: Captured) -> None:
    data, tones = corpus(tmp_path / "words", ("go on", "go on")), make_tones(tmp_path / "tones")
    assert main(["evaluate", *task, str(tones), "--data", str(data)]) == 65
    assert f"{tones} is no speech model: name one of those" in capsys.readouterr().err


def spotted(capsys: Captured, *arguments: object) -> dict[str, Any]:
    assert main(["evaluate", "keywords", "--json", *map(str, arguments)]) == 0
    result: dict[str, Any] = json.loads(capsys.readouterr().out)
    return result


def test_keywords_are_counted_where_they_are_said_and_where_they_are_not(
    bundle: Path, tmp_path: Path, capsys: Captured
) -> None:
    """The last clip is told to say what it does not."""
    data = corpus(tmp_path / "data", ("go on", "go on"), ("stop now", "Stop now!"), ("go on", "go on"), ("go", "stop"))
    keywords = ("--keyword", "Stop", "--keyword", "smoke alarm", "stop")
    result = spotted(capsys, "--bundle", bundle, "--data", data, *keywords)
    assert (result["task"], result["bundle"], result["precision"]) == ("keywords", "letters", "int8")
    assert (result["n"], result["condition"]) == (4, "clean")
    stop, alarm = result["keywords"]["stop"], result["keywords"]["smoke alarm"]
    assert (stop["clips"], stop["miss_percent"], stop["false_accepts_per_hour"]) == (2, 50.0, 0.0)
    assert (alarm["clips"], alarm["miss_percent"]) == (0, None)
    assert stop["hours"] < alarm["hours"]
    arguments = ["--bundle", str(bundle), "--data", str(data), "--keyword", "stop", "--noise", str(data), "--snr", "60"]
    assert main(["evaluate", "keywords", *arguments]) == 0
    assert "| stop | 1.0 | " in capsys.readouterr().out


def test_ranking_anew_tells_of_the_model_that_ranks(bundle: Path, tmp_path: Path, capsys: Captured) -> None:
    data, language = corpus(tmp_path / "words", ("go on", "go on")), ROOT / "firmware_models" / "language-en"
    arguments = ["--data", str(data), "--speech", str(bundle), "--bundle", str(language)]
    assert main(["evaluate", "rescoring", "--json", *arguments]) == 0
    result = json.loads(capsys.readouterr().out)
    assert (result["task"], result["bundle"], result["precision"]) == ("rescoring", "language-en", "int8")
    assert (result["n"], result["wer"]["0.0"]) == (1, 0.0)


def test_a_keyword_that_cannot_be_said_is_refused(bundle: Path, tmp_path: Path, capsys: Captured) -> None:
    data = corpus(tmp_path / "data", ("go", "go"))
    with pytest.raises(SystemExit, match="64"):
        main(["evaluate", "keywords", "--bundle", str(bundle), "--data", str(data), "--keyword", "route 66"])
    assert "'route 66' cannot be heard" in capsys.readouterr().err
