"""Tunes as Standard MIDI Files, for whatever plays or prints notes."""

from pathlib import Path
from typing import Final

from edge.errors import HarkError, lacking
from edge.music.roll import Roll, notes_of
from edge.music.synthesiser import FRAMES_PER_SECOND

TICKS: Final = 240
"""Of a frame, an eighth note: so a quarter has 480."""

MUSIC_BOX: Final = 10
"""The instrument in General MIDI, counted from 0."""

VELOCITY: Final = 80


def write_midi(path: Path, roll: Roll) -> None:
    """Write a tune as a file of one track.

    Raises:
        HarkError: mido is not installed.
        OSError: the file cannot be written.
    """
    try:
        from mido import Message, MetaMessage, MidiFile, MidiTrack, bpm2tempo
    except ModuleNotFoundError:
        raise HarkError(lacking("mido", "midi")) from None
    tempo = MetaMessage("set_tempo", tempo=bpm2tempo(60 * FRAMES_PER_SECOND / 2))
    track = MidiTrack([tempo, Message("program_change", program=MUSIC_BOX)])
    now = 0
    for tick, kind, pitch in _changes(roll):
        track.append(Message(kind, note=pitch, velocity=VELOCITY, time=tick - now))
        now = tick
    MidiFile(type=0, ticks_per_beat=2 * TICKS, tracks=[track]).save(path)


def _changes(roll: Roll) -> list[tuple[int, str, int]]:
    """Tick, kind and pitch of what a track tells; a key is let go before it is struck anew."""
    notes = notes_of(roll)
    struck = [(TICKS * note.start, "note_on", note.pitch) for note in notes]
    let_go = [(TICKS * (note.start + note.frames), "note_off", note.pitch) for note in notes]
    return sorted(struck + let_go)
