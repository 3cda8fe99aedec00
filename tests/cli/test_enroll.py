"""`hark enroll`, on the words that are tones: from takes of one throat to a listener that hears no other."""

import json
import os
import re
import stat
import tempfile
import wave
from pathlib import Path

import numpy as np
import pytest

from edge.audio import Pcm16
from edge.cli import main
from edge.cli.enroll import check_place
from tests.cli.conftest import write_wav
from tests.cli.program import events, hark
from tests.pipeline.tones import recording
from tests.rights import nobody
from tests.voices.throats import ANNA, BEN, OTHERS, make_knowing_bundle, said

pytestmark = pytest.mark.runtime

Captured = pytest.CaptureFixture[str]
WORD = "low tone"


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_knowing_bundle(tmp_path_factory.mktemp("models") / "tones")


@pytest.fixture
def takes(tmp_path: Path) -> list[str]:
    return [str(write_wav(tmp_path / f"{n}.wav", said(ANNA, WORD, seed=n))) for n in range(4)]


def enroll(bundle: Path, out: Path, *arguments: str) -> int:
    return main(["enroll", "--model", str(bundle), "--word", WORD, "--name", "anna", "--out", str(out), *arguments])


def test_the_listener_hears_nobody_else(bundle: Path, takes: list[str], tmp_path: Path, capsys: Captured) -> None:
    assert enroll(bundle, tmp_path / "anna.npz", *takes) == 0
    report = capsys.readouterr().out
    assert "anna says 'low tone': 4 takes, and 18 of other people" in report
    assert "would be missed: 0 of 4" in report
    assert f'voices = ["{tmp_path / "anna.npz"}"]' in report
    assert stat.S_IMODE((tmp_path / "anna.npz").stat().st_mode) == 0o600
    toml = tmp_path / "hark.toml"
    toml.write_text(f'[trigger]\nmodel = "{bundle}"\nvoices = ["{tmp_path / "anna.npz"}"]\n')
    sound = write_wav(tmp_path / "talk.wav", np.concatenate([said(BEN, WORD), said(ANNA, WORD, seed=8)]))
    heard = [json.loads(line) for line in events("--config", toml, "--input", sound).splitlines()]
    assert [(event["type"], event["name"]) for event in heard] == [("veto", WORD), ("trigger", WORD)]


def test_nothing_is_lost_by_a_voice(bundle: Path, takes: list[str], tmp_path: Path, capsys: Captured) -> None:
    out = tmp_path / "anna.npz"
    assert enroll(bundle, tmp_path / "0.wav", *takes) == 64
    assert "0.wav cannot be read: it is damaged, or no file of arrays, and would be lost" in capsys.readouterr().err
    assert enroll(bundle, out, *takes) == 0
    assert enroll(bundle, out, *takes[:3]) == 0
    arrays = dict(np.load(out))
    np.savez(out, **{**arrays, "word": np.array("high tone")})
    capsys.readouterr()
    assert enroll(bundle, out, *takes) == 64
    assert f"{out} is a voice for 'high tone', and would be lost: give another --name or --out" in (
        capsys.readouterr().err
    )
    np.savez(out, **{name: value for name, value in arrays.items() if name != "word"})
    assert enroll(bundle, out, *takes) == 64


def test_a_name_that_no_file_can_have_is_refused_before_anything_is_heard(bundle: Path, capsys: Captured) -> None:
    name = "x" * 300
    assert enroll(bundle, Path(name), "gone.wav") == 64
    assert f"{name} cannot be written (File name too long): give another --name or --out" in capsys.readouterr().err


def test_a_folder_that_one_may_not_enter_is_told_of_when_it_is_written_to() -> None:
    with tempfile.TemporaryDirectory() as folder:  # Nobody enters the folders of pytest.
        Path(folder).chmod(0o711)
        (Path(folder) / "voices").mkdir(mode=0o700)
        with nobody():
            check_place(Path(folder, "voices", "anna.npz"), WORD)


def test_a_voice_of_several_people_is_refused(bundle: Path, tmp_path: Path, capsys: Captured) -> None:
    people = [said(throat, WORD, seed=n) for n, throat in enumerate((ANNA, BEN, *OTHERS[:4]))]
    mixed = [str(write_wav(tmp_path / f"{n}.wav", sound)) for n, sound in enumerate(people)]
    assert enroll(bundle, tmp_path / "all.npz", *mixed) == 65
    assert "the takes do not sound like one person" in capsys.readouterr().err
    assert not (tmp_path / "all.npz").exists()


def test_what_is_said_to_put_a_voice_to_use_is_found_again(
    bundle: Path, takes: list[str], tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert enroll(bundle, Path("v2"), *takes) == 0
    [setting] = re.findall(r"with (voices = .*)", capsys.readouterr().out)
    toml = tmp_path / "hark.toml"
    toml.write_text(f'[trigger]\nmodel = "{bundle}"\n{setting}\n')
    assert json.loads(events("--config", toml, "--input", takes[0]))["name"] == WORD


def test_one_channel_is_heard_alone(bundle: Path, tmp_path: Path) -> None:
    """In both together nobody would be heard: the other one undoes it."""
    sounds = [said(ANNA, WORD, seed=n) for n in range(3)]
    takes = [str(write_wav(tmp_path / f"{n}.wav", np.stack([sound, -sound], axis=1))) for n, sound in enumerate(sounds)]
    assert enroll(bundle, tmp_path / "anna.npz", *takes) == 65
    assert enroll(bundle, tmp_path / "anna.npz", "--channel", "0", *takes) == 0


def test_live_takes_are_counted_and_end_it(bundle: Path, tmp_path: Path) -> None:
    sound = said(ANNA, *[WORD] * 5).tobytes()
    out = tmp_path / "anna.npz"
    options = ["--model", str(bundle), "--word", WORD, "--name", "anna", "--times", "3", "--out", str(out)]
    result = hark("enroll", *options, "--input", "-", stdin=sound)
    assert result.returncode == 0, result.stderr
    assert [line for line in result.stderr.splitlines() if " of 3" in line] == [f"hark: {n} of 3" for n in (1, 2, 3)]
    assert out.exists()


def test_a_take_at_the_very_end_of_the_input_is_heard_out(bundle: Path, tmp_path: Path) -> None:
    sound = said(ANNA, *[WORD] * 3)
    end = int(np.flatnonzero(np.abs(sound) > 300)[-1])
    options = ["--model", str(bundle), "--word", WORD, "--name", "anna", "--times", "3"]
    result = hark("enroll", *options, "--out", str(tmp_path / "a.npz"), "--input", "-", stdin=sound[:end].tobytes())
    assert result.returncode == 0, result.stderr


def bad(path: Path, kind: str) -> Path:
    sound: Pcm16 = said(ANNA, WORD)
    if kind == "8 kHz":
        with wave.open(str(path), "wb") as file:
            file.setparams((1, 2, 8_000, 0, "NONE", ""))
            file.writeframes(sound[::2].tobytes())
        return path
    sounds = {
        "silent": np.zeros(16_000, np.int16),
        "clipped": np.clip(sound.astype(np.int32) * 4, -32768, 32767).astype(np.int16),
        "long": np.tile(sound, 13),
        "another word": recording(seconds=2.0),
    }
    return write_wav(path, sounds[kind])


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("silent", "it is silent: check the microphone and its level"),
        ("clipped", "% of it are clipped: turn the microphone down"),
        ("8 kHz", "8000 Hz cut off what tells voices apart: record at 16000 Hz or more"),
        ("long", "it is longer than 30 s: cut it to takes of the word"),
        ("another word", "'low tone' is not heard in it (its score is 0.0"),
    ],
)
def test_bad_recordings_are_left_out_by_name(
    bundle: Path, takes: list[str], tmp_path: Path, capsys: Captured, kind: str, message: str
) -> None:
    file = str(bad(tmp_path / "bad.wav", kind))
    assert enroll(bundle, tmp_path / "anna.npz", *takes[:3], file) == 0
    assert f"left out: {file}: " in (said := capsys.readouterr().err)
    assert message in said
    assert enroll(bundle, tmp_path / "few.npz", *takes[:2], file) == 65
    assert "'low tone' was heard 2 times, and 3 are the fewest: record more takes" in capsys.readouterr().err
    assert not (tmp_path / "few.npz").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--word", "xyzzy"], 64, "does not know 'xyzzy'"),
        (["--name", "../anna"], 64, "'../anna' is no name: give letters, digits, - and _"),
        (["--times", "2"], 64, "'2' cannot be: give a whole number from 3 to 100"),
    ],
)
def test_what_cannot_be(
    bundle: Path, tmp_path: Path, capsys: Captured, arguments: list[str], code: int, message: str
) -> None:
    try:
        result: object = enroll(bundle, tmp_path / "anna.npz", *arguments)
    except SystemExit as end:
        result = end.code
    assert result == code
    assert message in capsys.readouterr().err


def test_a_model_that_knows_no_voices_says_so(tones: Path, tmp_path: Path, capsys: Captured, takes: list[str]) -> None:
    assert enroll(tones, tmp_path / "anna.npz", *takes) == 65
    assert "has no speakers.npz" in capsys.readouterr().err


def test_a_listener_whose_voice_is_missing_does_not_start(bundle: Path, tmp_path: Path) -> None:
    toml = tmp_path / "hark.toml"
    toml.write_text(f'[trigger]\nmodel = "{bundle}"\nvoices = ["{tmp_path}/ben.npz"]\n')
    result = hark("listen", "--config", toml, "--input", os.devnull)
    assert result.returncode == 78
    assert "ben.npz cannot be read (No such file or directory); enrol again: hark enroll --name ben" in result.stderr


def test_takes_of_several_people_make_no_voice(bundle: Path, tmp_path: Path, capsys: Captured) -> None:
    throats = [ANNA, BEN, *OTHERS[:3]]
    files = [str(write_wav(tmp_path / f"{n}.wav", said(throat, WORD, seed=n))) for n, throat in enumerate(throats)]
    assert enroll(bundle, tmp_path / "all.npz", *files) == 65
    assert "the takes do not sound like one person: the voice of the others would keep out" in capsys.readouterr().err
    assert not (tmp_path / "all.npz").exists()


def test_a_take_counts_once(bundle: Path, takes: list[str], tmp_path: Path, capsys: Captured) -> None:
    assert enroll(bundle, tmp_path / "anna.npz", *[takes[0]] * 5, takes[1]) == 65
    told = capsys.readouterr().err
    assert told.count("left out: a take that is there twice") == 4
    assert "'low tone' was heard 2 times, and 3 are the fewest" in told
