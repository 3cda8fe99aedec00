"""hark chime: a rule's own chime as sound and as MIDI, always the same one."""

from pathlib import Path

import numpy as np
import pytest

from edge.capture import open_source
from edge.cli import main
from edge.music.synthesiser import FRAMES_PER_SECOND

pytestmark = pytest.mark.runtime

Captured = pytest.CaptureFixture[str]


def chime(path: Path, *options: str, rule: str = "kitchen") -> bytes:
    assert main(["chime", "--rule", rule, "--out", str(path), *options]) == 0
    return path.read_bytes()


def test_a_chime_is_always_the_same(tmp_path: Path, capsys: Captured) -> None:
    first = chime(tmp_path / "a.wav", "--seed", "7")
    assert chime(tmp_path / "b.wav", "--seed", "7") == first
    assert chime(tmp_path / "c.wav", "--seed", "8") != first
    assert chime(tmp_path / "d.wav", "--seed", "7", rule="cellar") != first
    assert chime(tmp_path / "e.wav", "--seed", "7", rule="k\udcffche") != first, "an argument that is no UTF-8"
    assert capsys.readouterr().out.startswith(f"{tmp_path / 'a.wav'}: ")


def test_it_is_sound_of_the_length_that_was_asked_for(tmp_path: Path) -> None:
    chime(tmp_path / "a.wav", "--seconds", "4")
    with open_source(str(tmp_path / "a.wav"), block=1_000_000) as source:
        samples = next(iter(source)).samples
    assert 4.0 < len(samples) / 16_000 < 6.5
    assert np.abs(samples).max() == 32767
    loud = np.abs(samples[: 4 * 16_000].reshape(-1, 16_000)).max(axis=1)
    assert (loud > 1000).all()


def test_it_is_music_for_other_instruments(tmp_path: Path) -> None:
    mido = pytest.importorskip("mido", reason="mido is not installed")
    chime(tmp_path / "a.mid", "--seconds", "4")
    assert mido.MidiFile(tmp_path / "a.mid").length == pytest.approx(4.0, abs=1 / FRAMES_PER_SECOND)
    assert main(["chime", "--rule", "kitchen", "--out", "/nowhere/chime.mid"]) == 74


@pytest.mark.parametrize(
    ("options", "code", "problem"),
    [
        (["--out", "chime.mp3"], 64, "give a file that ends in .wav or .mid"),
        (["--seconds", "31"], 64, "'31' cannot be: give a number from 0.5 to 30"),
        (["--seconds", "soon"], 64, "give a number from 0.5 to 30"),
        (["--seed", "-1"], 64, "give a whole number from 0 to 1000000;"),
        (["--temperature", "0"], 64, "give a number from 0.05 to 5"),
        (["--model", "trigger-en"], 65, "no network of music"),
        (["--out", "/nowhere/chime.wav"], 74, "name a file that can be written"),
    ],
)
def test_what_cannot_be_is_said_in_a_line(options: list[str], code: int, problem: str, capsys: Captured) -> None:
    try:
        found = main(["chime", "--rule", "kitchen", *options])
    except SystemExit as stopped:
        found = int(stopped.code or 0)
    assert found == code
    assert problem in capsys.readouterr().err


def test_without_an_output_it_says_so(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    monkeypatch.setenv("PULSE_SERVER", "unix:/nonexistent")
    assert main(["chime", "--rule", "kitchen"]) == 69
    assert "or write the chime to a file with --out" in capsys.readouterr().err
