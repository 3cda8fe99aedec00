"""A chime: two notes that tell the priority, or a sound of the owner's, played by a process of its own."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from edge.alerts.parcel import PRIORITIES, Parcel
from edge.alerts.sink import Sink, SinkError
from edge.alerts.sinks.command import NOT_FOR_CHILDREN
from edge.audio import SAMPLE_RATE, Pcm16
from edge.capture import open_source
from edge.config import ChimeConfig

NOTES: Final = {"low": (392.00, 329.63), "normal": (523.25, 659.25), "high": (659.25, 987.77)}
"""Hz of the first note and of the second: G E falls, C E rises, E B calls."""

ONSETS: Final = (0.0, 0.2)
"""Seconds at which the notes begin."""

_LENGTH: Final = 0.7
_ATTACK: Final = 0.012
_DECAY: Final = 0.16
"""Seconds: of a note, of its rise, and in which it falls to 1/e."""

_PARTIALS: Final = (1.0, 0.3, 0.08)
"""Amplitudes of a note's harmonics."""

_MOST_SECONDS: Final = 30.0
_PATIENCE_SECONDS: Final = 10.0
"""For a small device to start the player, and for the output to let go."""

Wave = npt.NDArray[np.float64]
"""Shape (samples,)."""


class ChimeSink(Sink):
    """Delivered when it was played to its end.

    Raises:
        DataError: the owner's file cannot be read.
    """

    def __init__(self, config: ChimeConfig) -> None:
        self._device = [config.device] if config.device else []
        own = read_sound(config.file) if config.file else None
        waves = (chime(*NOTES[priority]) if own is None else own for priority in PRIORITIES)
        self._sounds = [to_pcm(config.volume * wave) for wave in waves]

    def deliver(self, parcel: Parcel) -> None:
        """Play it.

        Raises:
            SinkError: there is no output, or it takes nothing.
        """
        sound = self._sounds[parcel.priority]
        player = [sys.executable, "-I", str(Path(__file__).with_name("player.py")), str(SAMPLE_RATE), *self._device]
        environment = {name: value for name, value in os.environ.items() if name not in NOT_FOR_CHILDREN}
        limit = len(sound) / SAMPLE_RATE + _PATIENCE_SECONDS
        try:
            done = subprocess.run(
                player, input=sound.tobytes(), env=environment, capture_output=True, timeout=limit, check=False
            )
        except subprocess.TimeoutExpired:
            raise SinkError(f"the sound output hangs: nothing was played within {limit:.0f} s") from None
        except OSError as error:
            raise SinkError(f"the player cannot be started ({error.strerror})") from error
        if done.returncode:
            # ALSA complains on the lines before.
            lines = done.stderr.decode(errors="replace").split("\n")
            raise SinkError(next((line for line in reversed(lines) if line), f"exit code {done.returncode}"))


def chime(*pitches: float) -> Wave:
    """Notes of some pitches in Hz, one after the other, each ringing into the next; no sample beyond ±1."""
    total = np.zeros(round((ONSETS[-1] + _LENGTH) * SAMPLE_RATE))
    for onset, pitch in zip(ONSETS, pitches, strict=True):
        begin = round(onset * SAMPLE_RATE)
        tone = note(pitch)
        total[begin : begin + len(tone)] += tone
    loudest: Wave = total / np.abs(total).max()
    return loudest


def note(pitch: float) -> Wave:
    """A note that rises softly and dies away, like that of a bar that was struck."""
    time = np.arange(round(_LENGTH * SAMPLE_RATE)) / SAMPLE_RATE
    harmonics = [weight * np.sin(2 * np.pi * pitch * i * time) for i, weight in enumerate(_PARTIALS, start=1)]
    attack = np.sin(0.5 * np.pi * np.minimum(time / _ATTACK, 1)) ** 2
    ringing: Wave = attack * np.exp(-time / _DECAY) * np.sum(harmonics, axis=0)
    return ringing


def read_sound(path: str) -> Wave:
    """The samples of a sound file at 16 kHz, -1 to 1, up to half a minute.

    Raises:
        DataError: it cannot be read.
    """
    with open_source(path, block=round(_MOST_SECONDS * SAMPLE_RATE)) as source:
        sound: Wave = next(iter(source)).samples / 32768.0
    return sound


def to_pcm(wave: Wave) -> Pcm16:
    """16-bit samples."""
    return np.round(np.clip(wave, -1, 1) * 32767).astype(np.int16)
