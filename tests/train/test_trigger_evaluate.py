"""`python -m train evaluate trigger`, on the words that are tones: figures that can be counted by hand."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest

pytest.importorskip("librosa", reason="training needs its extra: pip install -e '.[train]'")

import soundfile

from edge.audio import SAMPLE_RATE, Pcm16
from edge.errors import ConfigError
from tests.pipeline.tones import make_bundle, noise, recording, tone
from train.__main__ import main
from train.corpora.manifest import Clip, write_manifest
from train.evaluate.det import curve, draw
from train.evaluate.intervals import poisson, wilson
from train.evaluate.streams import other_streams
from train.evaluate.trigger import THRESHOLDS, Tally
from train.evaluate.trigger_report import by_speaker, worst

Captured = pytest.CaptureFixture[str]


def clip(folder: Path, name: str, kind: str, label: str, speaker: str, samples: Pcm16) -> Clip:
    path = folder / "clips" / f"{name}.flac"
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, samples, SAMPLE_RATE)
    return Clip(path, kind, label, "", speaker, len(samples) / SAMPLE_RATE, "CC0-1.0", True, folder.name)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ann says both words, Bob's are silent; Cem says something of which the middle is a low tone."""
    folder = tmp_path_factory.mktemp("data") / "tones"
    words = [
        clip(folder, f"{speaker}-{label}-{n}", "wakeword", label, speaker, recording(*said, seconds=1.0))
        for speaker in ("Ann", "Bob")
        for label in ("low tone", "high tone")
        for n, said in enumerate([((0.4, label),), ((0.5, label),)] if speaker == "Ann" else [()])
    ]
    others = [
        clip(folder, "quiet", "sentence", "", "Cem", noise(4.0)),
        clip(folder, "whistle", "sentence", "", "Cem", recording((2.0, "low tone"), seconds=4.0)),
    ]
    write_manifest(folder, [*words, *others])
    return folder


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_bundle(tmp_path_factory.mktemp("bundles") / "tones")


@pytest.fixture(scope="module")
def attic(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two minutes and a half, with a high tone after 2:05."""
    folder = tmp_path_factory.mktemp("long") / "attic"
    (folder / "monday").mkdir(parents=True)
    soundfile.write(folder / "monday" / "day.flac", recording((125.0, "high tone"), seconds=150.0), SAMPLE_RATE)
    return folder


def evaluated(capsys: Captured, *arguments: object) -> dict[str, Any]:
    assert main(["evaluate", "trigger", "--json", *map(str, arguments)]) == 0
    result: dict[str, Any] = json.loads(capsys.readouterr().out)
    return result


def test_the_figures_have_the_names_that_others_rely_on(corpus: Path, bundle: Path, capsys: Captured) -> None:
    result = evaluated(capsys, "--data", corpus, "--bundle", bundle)
    assert (result["task"], result["bundle"], result["precision"], result["n"]) == ("trigger", "tones", "int8", 8)
    assert result["miss_percent"] == {word: {"clean": pytest.approx(100 / 3)} for word in ("low tone", "high tone")}
    low, high = result["miss_percent_interval"]["low tone"]["clean"]
    assert (low, high) == pytest.approx([100 * share for share in wilson(1, 3)])
    hours = 20 / 3600  # Eleven seconds of each word, in which the other one is not said, and nine of the rest.
    once = pytest.approx(1 / hours)
    assert result["false_accepts_per_hour"] == {"low tone": once, "high tone": 0}
    rates = result["false_accepts_per_hour_interval"]["low tone"]
    assert rates == pytest.approx(poisson(1, hours))
    assert result["hours"] == result["hours_without"]["low tone"] == round(hours, 3)


def test_the_speaker_that_is_not_understood_comes_first(corpus: Path, bundle: Path, capsys: Captured) -> None:
    speakers = evaluated(capsys, "--data", corpus, "--bundle", bundle)["speakers"]
    assert speakers == [{"name": "Bob", "missed": 2, "clips": 2}, {"name": "Ann", "missed": 0, "clips": 4}]


def test_false_accepts_are_named_by_the_file_and_the_time_in_it(
    corpus: Path, bundle: Path, attic: Path, tmp_path: Path, capsys: Captured
) -> None:
    arguments = ("--data", corpus, "--bundle", bundle, "--negatives", attic, "--worst", 2, "--clips", tmp_path / "new")
    accepts = {one["file"]: one for one in evaluated(capsys, *arguments)["worst"]}
    assert set(accepts) == {"tones/clips/whistle.flac", "attic/monday/day.flac"}
    assert accepts["tones/clips/whistle.flac"]["word"] == "low tone"
    assert 2.0 < accepts["tones/clips/whistle.flac"]["seconds"] < 2.5
    assert accepts["attic/monday/day.flac"]["word"] == "high tone"
    assert 125.0 < accepts["attic/monday/day.flac"]["seconds"] < 125.5
    cut = {path.name[4:-10]: soundfile.read(path, dtype="int16")[0] for path in (tmp_path / "new").iterdir()}
    at = accepts["tones/clips/whistle.flac"]["seconds"] - 2.0
    begin = round((2.0 - max(0, at)) * SAMPLE_RATE)
    np.testing.assert_array_equal(cut["low_tone"][begin : begin + 4800], tone(500, 0.3))
    assert len(cut["high_tone"]) == 3 * SAMPLE_RATE


def test_noise_of_ones_own_at_levels_of_ones_own(corpus: Path, bundle: Path, tmp_path: Path, capsys: Captured) -> None:
    """A low tone under everything drowns the low tones, and is none to the high ones."""
    soundfile.write(tmp_path / "hum.wav", tone(500, 4.0), SAMPLE_RATE)
    result = evaluated(capsys, "--data", corpus, "--bundle", bundle, "--noise", tmp_path, "--snr", 0, "--snr", 40)
    assert set(result["miss_percent"]["high tone"]) == {"clean", "0 dB", "40 dB"}
    assert result["miss_percent"]["high tone"]["40 dB"] == pytest.approx(100 / 3)


def test_the_report_shows_every_table(corpus: Path, bundle: Path, tmp_path: Path, capsys: Captured) -> None:
    picture = tmp_path / "det.png"
    arguments = ["--data", str(corpus), "--bundle", str(bundle), "--picture", str(picture)]
    assert main(["evaluate", "trigger", *arguments]) == 0
    out = capsys.readouterr().out
    assert out.startswith("tones (int8), 8 clips, 0.0")
    assert "| low tone | 0.600 | 1 |" in out
    assert "| all |  |  |  | 33.3 % (9.7-70.0), n=6 |" in out
    assert "  Bob: 100.0 % (34.2-100.0), n=2" in out
    assert " low tone: tones/clips/whistle.flac at 2." in out
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_what_holds_a_word_is_no_false_accept(bundle: Path, tmp_path: Path, capsys: Captured) -> None:
    """A word by another spelling of its label is that word; where it is part of what is said, nobody is wrong."""
    folder, said = tmp_path / "data" / "others", recording((0.4, "low tone"), seconds=1.0)
    clips = [
        clip(folder, "capital", "wakeword", "Low_Tone", "Ann", said),
        clip(folder, "longer", "wakeword", "hey low tone", "Ann", said),
        replace(clip(folder, "sentence", "sentence", "", "Ann", said), transcript="A low tone, I say."),
        replace(
            clip(folder, "digits", "sentence", "", "Ann", said), transcript="A low tone at 5, r\u00e9p\u00e9t\u00e9."
        ),
    ]
    write_manifest(folder, clips)
    result = evaluated(capsys, "--data", folder, "--bundle", bundle)
    assert result["miss_percent"]["low tone"] == {"clean": 0.0}
    assert (result["n"], result["left_out"]) == (1, 3)
    assert "low tone" not in {one["word"] for one in result["worst"]}


def test_thresholds_are_found_before_hours_are_heard(
    corpus: Path, bundle: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    def refuse(*_: object) -> NoReturn:
        raise ConfigError("no such budget")

    monkeypatch.setattr("train.evaluate.trigger_command.thresholds_for", refuse)
    monkeypatch.setattr("train.evaluate.trigger_command.tally", lambda *_: pytest.fail("all was heard"))
    assert main(["evaluate", "trigger", "--data", str(corpus), "--bundle", str(bundle)]) == ConfigError.exit_code
    assert "no such budget" in capsys.readouterr().err


def test_a_table_without_words_is_whole_and_says_what_is_lacking(
    bundle: Path, tmp_path: Path, capsys: Captured
) -> None:
    said = recording((0.4, "low tone"), seconds=1.0)
    others = [clip(tmp_path / "data", name, "sentence", "", "Ann", said) for name in ("one", "other")]
    write_manifest(tmp_path / "data", [others[0], replace(others[1], transcript="a low tone")])
    assert main(["evaluate", "trigger", "--data", str(tmp_path / "data"), "--bundle", str(bundle)]) == 0
    out = capsys.readouterr().out
    assert len({line.count("|") for line in out.splitlines() if line.startswith("|")}) == 1
    assert "1 more clips are left out: in them a word is said beside others" in out
    assert "no clip is a word and nothing else" in out
    assert "clean words:" not in out


def test_words_alone_are_counted_without_false_accepts(bundle: Path, tmp_path: Path, capsys: Captured) -> None:
    folder = tmp_path / "words"
    hum = clip(folder, "hum", "noise", "", "", noise(3.0))
    word = clip(folder, "one", "wakeword", "high tone", "Ann", recording((0.4, "high tone"), seconds=1.0))
    write_manifest(folder, [word, hum])
    result = evaluated(capsys, "--data", folder, "--bundle", bundle, "--snr", "-5")
    assert set(result["miss_percent"]["high tone"]) == {"clean", "-5 dB"}
    assert result["hours_without"]["low tone"] > result["hours_without"]["high tone"]


def test_a_level_of_no_noise_is_refused(corpus: Path, bundle: Path, capsys: Captured) -> None:
    assert main(["evaluate", "trigger", "--data", str(corpus), "--bundle", str(bundle), "--snr", "0"]) == 65
    assert f"{corpus} holds no noise to put under the words at --snr: give" in capsys.readouterr().err


def test_recordings_may_lie_anywhere(corpus: Path, bundle: Path, tmp_path: Path, capsys: Captured) -> None:
    lines = (corpus / "manifest.csv").read_text().splitlines()
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "manifest.csv").write_text("\n".join([lines[0], *(f"{corpus}/{line}" for line in lines[1:])]) + "\n")
    result = evaluated(capsys, "--data", folder, "--bundle", bundle, "--clips", tmp_path / "cut")
    assert result["n"] == len(lines) - 1
    assert any((tmp_path / "cut").iterdir())


def test_nobody_to_listen_to(bundle: Path, tmp_path: Path, capsys: Captured) -> None:
    (tmp_path / "empty").mkdir()
    write_manifest(tmp_path / "empty", [])
    assert main(["evaluate", "trigger", "--data", str(tmp_path / "empty"), "--bundle", str(bundle)]) == 65
    assert "holds no recording of people" in capsys.readouterr().err


def test_nothing_to_listen_to(corpus: Path, bundle: Path, tmp_path: Path, capsys: Captured) -> None:
    for option in ("--negatives", "--noise"):
        arguments = ["--data", str(corpus), "--bundle", str(bundle), option, str(tmp_path)]
        assert main(["evaluate", "trigger", *arguments]) == 65
        assert f"{tmp_path} holds no sound files (.wav" in capsys.readouterr().err


def test_long_recordings_of_one_name_are_refused(corpus: Path, bundle: Path, tmp_path: Path, capsys: Captured) -> None:
    days = [tmp_path / week / "day" for week in ("one", "two")]
    for day in days:
        day.mkdir(parents=True)
        soundfile.write(day / "a.wav", noise(1.0), SAMPLE_RATE)
    arguments = ["--data", str(corpus), "--bundle", str(bundle), "--negatives", str(days[0]), "--negatives"]
    assert main(["evaluate", "trigger", *arguments, str(days[1])]) == 65
    problem = f"{days[0] / 'a.wav'} and {days[1] / 'a.wav'} are both called day/a.wav"
    assert f"{problem}: give the folder above both" in capsys.readouterr().err
    assert main(["evaluate", "trigger", *arguments[:-2], str(tmp_path)]) == 0


def test_what_is_shorter_than_a_step_is_heard_without_a_score(
    corpus: Path, bundle: Path, tmp_path: Path, capsys: Captured
) -> None:
    soundfile.write(tmp_path / "click.wav", np.ones(160, np.int16), SAMPLE_RATE)
    alone = evaluated(capsys, "--data", corpus, "--bundle", bundle)
    result = evaluated(capsys, "--data", corpus, "--bundle", bundle, "--negatives", tmp_path)
    assert result["worst"] == alone["worst"]


@pytest.mark.parametrize("ending", ["aif", "AIFF"])
def test_sound_of_any_kind_is_found(ending: str, corpus: Path, bundle: Path, tmp_path: Path, capsys: Captured) -> None:
    soundfile.write(tmp_path / f"night.{ending}", recording((0.4, "low tone"), seconds=2.0), SAMPLE_RATE, format="AIFF")
    result = evaluated(capsys, "--data", corpus, "--bundle", bundle, "--negatives", tmp_path)
    assert f"{tmp_path.name}/night.{ending}" in {one["file"] for one in result["worst"]}


def test_without_hours_there_is_nothing_to_draw_but_figures(bundle: Path, tmp_path: Path, capsys: Captured) -> None:
    folder = tmp_path / "words"
    write_manifest(
        folder, [clip(folder, "one", "wakeword", "high tone", "Ann", recording((0.4, "high tone"), seconds=1))]
    )
    arguments = ["--data", str(folder), "--bundle", str(bundle), "--picture", str(tmp_path / "det.png")]
    assert main(["evaluate", "trigger", *arguments]) == 65
    said = capsys.readouterr()
    assert "| high tone | 0.600 | 0 | not measured |" in said.out
    assert "give --negatives, or leave --picture out" in said.err
    assert not (tmp_path / "det.png").exists()


def test_bad_luck_with_few_clips_is_not_the_worst() -> None:
    tally = Tally(["a"], {("a", "clean"): [(0.1, "x"), *[(float(n > 7), f"y{n}") for n in range(10)]]})
    speakers = {"x": "once"} | {f"y{n}": "often" for n in range(10)}
    assert [one.name for one in by_speaker(tally, {"a": 0.5}, speakers)] == ["often", "once"]


def test_the_worst_are_those_of_all_words() -> None:
    tally = Tally(["a", "b"], {}, {"a": [(0.3, "c/x + 1.0 s"), (0.9, "c/y + z + 2.5 s")], "b": [(0.5, "c/x + 3.0 s")]})
    found = [(one.word, one.file, one.seconds) for one in worst(tally, 2)]
    assert found == [("a", "c/y + z", 2.5), ("b", "c/x", 3.0)]


def test_a_place_in_a_stream_is_one_in_a_clip() -> None:
    clips = [(name, np.ones(SAMPLE_RATE, np.int16)) for name in ("one", "two", "three")]
    (stream,) = other_streams(clips, None)
    places = [stream.place(round(at * SAMPLE_RATE)) for at in (0, 1.4, 1.75, 4.5)]
    assert [name for name, _ in places] == ["one", "one", "two", "three"]
    assert [at for _, at in places] == pytest.approx([0, 1.4, 0.25, 1.5])


def tallied(rng: np.random.Generator) -> Tally:
    best = [(float(score), "x") for score in rng.beta(8, 2, 80)]
    accepts = [(float(score), "y + 1.0 s") for score in rng.beta(1, 3, 60)]
    return Tally(["a"], {("a", "clean"): best, ("a", "5 dB"): best[:40]}, {"a": accepts}, {"a": {"c": 5.0}})


def test_the_curve_trades_misses_for_false_accepts_within_its_band(tmp_path: Path) -> None:
    tally = tallied(np.random.default_rng(4))
    points = curve(tally, "a", "clean")
    assert points.shape == (len(THRESHOLDS), 2, 3)
    assert (np.diff(points[:, 0, 1]) <= 0).all()
    assert (np.diff(points[:, 1, 1]) >= 0).all()
    assert (np.diff(points, axis=2) >= -1e-9).all()
    at = int(np.searchsorted(THRESHOLDS, 0.5))
    assert points[at, 0, 1] == tally.false_accepts("a", float(THRESHOLDS[at])) / 5.0
    draw(tally, {"a": 0.5, "not said": 0.5}, tmp_path / "det.png", "a title")
    assert (tmp_path / "det.png").stat().st_size > 10_000
