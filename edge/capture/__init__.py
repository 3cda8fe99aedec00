"""Capture: a microphone, a file, a pipe or a child process as 16 kHz mono blocks with a sample clock.

    open_source  ->  Source  ->  AudioBlock, AudioBlock, ...

Libraries are loaded by the sources that need them: sounddevice by a microphone, soxr by a rate other than
16 kHz, soundfile by a file that is no plain WAV.
"""

from edge.capture.devices import Device, devices
from edge.capture.native import Channel
from edge.capture.opening import is_microphone, is_program, open_recording, open_source
from edge.capture.preroll import PreRoll
from edge.capture.ring import Ring
from edge.capture.source import Source

__all__ = [
    "Channel",
    "Device",
    "PreRoll",
    "Ring",
    "Source",
    "devices",
    "is_microphone",
    "is_program",
    "open_recording",
    "open_source",
]
