"""Only my voice: a second stage that hears who says a trigger word, and may veto it."""

from edge.voices.gate import Collector, Gate, Judge
from edge.voices.speakers import Speakers
from edge.voices.voice import Voice, load_voice, save_voice, voice_path, voiced_word

__all__ = [
    "Collector",
    "Gate",
    "Judge",
    "Speakers",
    "Voice",
    "load_voice",
    "save_voice",
    "voice_path",
    "voiced_word",
]
