"""Piano rolls, and the notes, the sound and the MIDI files that are made of them."""

import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.audio import SAMPLE_RATE, pcm16
from edge.errors import HarkError
from edge.music.midi import TICKS, write_midi
from edge.music.roll import HIGHEST, KEYS, LOWEST, Note, Roll, notes_of
from edge.music.synthesiser import FRAMES_PER_SECOND, hertz, mix, sound_of, strike

pytestmark = pytest.mark.runtime


def roll_of(*frames: tuple[int, ...]) -> Roll:
    roll = np.zeros((len(frames), KEYS), np.float32)
    for row, pitches in zip(roll, frames, strict=True):
        row[[pitch - LOWEST for pitch in pitches]] = 1.0
    return roll


def strength(samples: np.ndarray[tuple[int], np.dtype[np.float64]], pitch: float) -> float:
    time = np.arange(len(samples)) / SAMPLE_RATE
    return float(np.abs(np.mean(samples * np.exp(-2j * np.pi * pitch * time))))


def test_a_key_that_sounds_on_is_one_note() -> None:
    notes = notes_of(roll_of((60, 64), (60, 67), (), (60,)))
    assert notes == [Note(60, 0, 2), Note(64, 0, 1), Note(67, 1, 1), Note(60, 3, 1)]
    assert notes_of(roll_of((), ())) == []


@given(st.lists(st.sets(st.integers(LOWEST, HIGHEST), max_size=5), min_size=1, max_size=12))
def test_notes_hold_all_of_a_roll(frames: list[set[int]]) -> None:
    sounding = {
        (note.start + frame, note.pitch)
        for note in notes_of(roll_of(*map(tuple, frames)))
        for frame in range(note.frames)
    }
    assert sounding == {(number, pitch) for number, frame in enumerate(frames) for pitch in frame}


def test_pitches_are_those_of_a_tuned_piano() -> None:
    assert hertz(69) == 440
    assert hertz(60) == pytest.approx(261.626, abs=1e-3)
    assert hertz(LOWEST) == pytest.approx(27.5)


def test_a_tune_sounds_note_by_note() -> None:
    sound = sound_of(roll_of((69,), (), (), (76,)))
    begin = round(3 * SAMPLE_RATE / FRAMES_PER_SECOND)
    first, second = sound[: begin // 2], sound[begin:]
    assert strength(first, hertz(69)) > 10 * strength(first, hertz(76))
    assert strength(second, hertz(76)) > 5 * strength(second, hertz(69))
    assert np.abs(sound).max() == 1.0
    assert np.abs(sound[-80:]).max() < 0.02


def test_a_key_that_is_held_rings_longer() -> None:
    assert len(sound_of(roll_of((69,), (69,), (69,)))) > 1.5 * len(sound_of(roll_of((69,))))


def test_the_highest_key_has_no_alias() -> None:
    spectrum = np.abs(np.fft.rfft(strike(hertz(HIGHEST))))
    assert np.argmax(spectrum) * SAMPLE_RATE / len(strike(hertz(HIGHEST))) == pytest.approx(hertz(HIGHEST), rel=0.01)
    alias = SAMPLE_RATE - 2 * hertz(HIGHEST)
    assert spectrum[round(alias * len(strike(hertz(HIGHEST))) / SAMPLE_RATE)] < 0.01 * spectrum.max()


def test_silence_is_no_sound() -> None:
    assert len(pcm16(sound_of(roll_of((), ())))) == 0
    assert not mix([(0, np.zeros(10))]).any()


def test_samples_are_clipped_and_never_wrap() -> None:
    assert pcm16(np.array([2.0, -2.0, 0.0])).tolist() == [32767, -32768, 0]


def test_a_midi_file_holds_the_notes(tmp_path: Path) -> None:
    mido = pytest.importorskip("mido", reason="mido is not installed")
    tune = roll_of((60, 64), (60, 64), (), (67,))
    write_midi(tmp_path / "tune.mid", tune)
    file = mido.MidiFile(tmp_path / "tune.mid")
    now, told = 0, []
    for message in file.tracks[0]:
        now += message.time
        if message.type in ("note_on", "note_off"):
            told.append((now // TICKS, message.type, message.note))
    assert told == [
        (0, "note_on", 60),
        (0, "note_on", 64),
        (2, "note_off", 60),
        (2, "note_off", 64),
        (3, "note_on", 67),
        (4, "note_off", 67),
    ]
    assert file.length == pytest.approx(4 / FRAMES_PER_SECOND, abs=1e-3)


def test_without_mido_it_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mido", None)
    with pytest.raises(HarkError, match=r"pip install '\.\[midi\]'"):
        write_midi(tmp_path / "tune.mid", roll_of((60,)))
