"""A chime, played by a process of its own: two notes that tell the priority, a sound of the owner's, or the rule's own.

A rule's own chime is made up by a network when the rule first raises an alert.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Final

from edge.alerts.parcel import PRIORITIES, Parcel
from edge.alerts.sink import Sink, SinkError
from edge.audio import FULL_SCALE, SAMPLE_RATE, Pcm16, pcm16
from edge.capture import open_recording
from edge.children import inherited
from edge.config import ChimeConfig
from edge.music.chime import chime_of
from edge.music.composer import Composer
from edge.music.synthesiser import Wave, mix, sound_of, strike

NOTES: Final = {"low": (392.00, 329.63), "normal": (523.25, 659.25), "high": (659.25, 987.77)}
"""Hz of the first note and of the second: G E falls, C E rises, E B calls."""

ONSETS: Final = (0.0, 0.2)
"""Seconds at which the notes begin."""

_MOST_SECONDS: Final = 30.0
_PATIENCE_SECONDS: Final = 10.0
"""For a small device to start the player, and for the output to let go."""


class ChimeSink(Sink):
    """Delivered when it was played to its end.

    Raises:
        DataError: the owner's file, or the network that makes chimes up, cannot be read.
    """

    def __init__(self, config: ChimeConfig) -> None:
        self._config = config
        self._player = Player(config.device)
        self._composer = Composer.load() if config.own else None
        self._sounds = {} if config.own else dict(zip(PRIORITIES, map(self._scaled, _waves(config)), strict=True))

    def deliver(self, parcel: Parcel) -> None:
        """Play it.

        Raises:
            SinkError: there is no output, or it takes nothing.
        """
        self._player.play(self.sound(parcel))

    def abort(self) -> None:
        """Be silent: it is played again for this alert, and must not sound on when hark has ended."""
        self._player.stop()

    def sound(self, parcel: Parcel) -> Pcm16:
        """What is played for it: by its priority, or by its rule."""
        if self._composer is None:
            return self._sounds[PRIORITIES[parcel.priority]]
        rule = str(json.loads(parcel.body)["rule"])
        if rule not in self._sounds:
            self._sounds[rule] = self._scaled(sound_of(chime_of(self._composer, rule, self._config.seed)))
        return self._sounds[rule]

    def _scaled(self, wave: Wave) -> Pcm16:
        return pcm16(self._config.volume * wave)


class Player:
    """Plays one sound after the other, each by a process of its own.

    Args:
        device: the name of a sound output, or a part of it; None: the default one.
    """

    def __init__(self, device: str | None = None) -> None:
        chosen = [device] if device else []
        self._command = [sys.executable, "-I", str(Path(__file__).with_name("player.py")), str(SAMPLE_RATE), *chosen]
        self._process: subprocess.Popen[bytes] | None = None
        self._stopped = False

    def play(self, sound: Pcm16) -> None:
        """Play a sound, samples at 16 kHz, to its end.

        Raises:
            SinkError: there is no output, it takes nothing, or it was stopped.
        """
        limit = len(sound) / SAMPLE_RATE + _PATIENCE_SECONDS
        with self._start() as process:
            self._process = process
            if self._stopped:
                process.kill()
            try:
                _, complaints = process.communicate(sound.tobytes(), limit)
            except subprocess.TimeoutExpired:
                process.kill()
                raise SinkError(f"the sound output hangs: nothing was played within {limit:.0f} s") from None
        if process.returncode:
            # ALSA complains on the lines before.
            lines = complaints.decode(errors="replace").split("\n")
            raise SinkError(next((line for line in reversed(lines) if line), f"exit code {process.returncode}"))

    def stop(self) -> None:
        """Be silent at once, and from now on."""
        self._stopped = True
        if self._process:
            self._process.kill()

    def _start(self) -> "subprocess.Popen[bytes]":
        try:
            return subprocess.Popen(
                self._command,
                env=inherited(),
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
            )
        except OSError as error:
            raise SinkError(f"the player cannot be started ({error.strerror})") from error


def _waves(config: ChimeConfig) -> list[Wave]:
    """The sound of each priority."""
    if config.file:
        return [read_sound(config.file)] * len(PRIORITIES)
    return [chime(*NOTES[priority]) for priority in PRIORITIES]


def chime(*pitches: float) -> Wave:
    """Notes of some pitches in Hz, one after the other, each ringing into the next; no sample beyond ±1."""
    return mix([(round(onset * SAMPLE_RATE), strike(pitch)) for onset, pitch in zip(ONSETS, pitches, strict=True)])


def read_sound(path: str) -> Wave:
    """The samples of a sound file at 16 kHz, -1 to 1, up to half a minute.

    Raises:
        DataError: it cannot be read.
    """
    with open_recording(path, block=round(_MOST_SECONDS * SAMPLE_RATE)) as source:
        sound: Wave = next(iter(source)).samples / FULL_SCALE
    return sound
