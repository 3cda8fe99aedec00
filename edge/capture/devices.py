"""Microphones: what there is, and which one a name or a number means."""

import atexit
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType

from edge.errors import DeviceError

_closing: list[threading.Thread] = []
"""What hangs while it lets go of a stream."""


@dataclass(frozen=True, slots=True)
class Device:
    """A sound input as PortAudio lists it."""

    index: int
    """The number by which it can be asked for; it may change when devices come and go."""

    name: str

    channels: int
    """Most channels that it records."""

    rate: int
    """Native rate in Hz, as PortAudio reports it; that of a sound server is made up."""

    default: bool
    """Whether it is used if none is named."""


def portaudio() -> ModuleType:
    """The `sounddevice` module, which costs memory and start time only where there is a microphone.

    Raises:
        DeviceError: it or the PortAudio library is not installed, or PortAudio cannot begin.
    """
    try:
        import sounddevice
    except ImportError as error:
        raise DeviceError(
            "no microphone without the sounddevice package; install it: pip install sounddevice"
        ) from error
    except OSError as error:
        raise DeviceError(
            "no microphone without the PortAudio library; install it: sudo apt install libportaudio2"
        ) from error
    except Exception as error:  # Its own PortAudioError, whose name is not known before this has gone well.
        raise DeviceError(f"no microphone, as PortAudio does not begin ({error}): check the sound cards") from error
    module: ModuleType = sounddevice
    return module


def rescan() -> None:
    """Let PortAudio, if anything has used it yet, look again at what there is: its list is that of its start.

    No stream may be open; one whose closing hangs is waited for, as long as it takes.

    Raises:
        DeviceError: PortAudio does not start.
    """
    while _closing:
        _closing[-1].join()
        _closing.pop()
    if not (sd := sys.modules.get("sounddevice")):
        return
    try:
        while sd._initialized:  # noqa: SLF001 -- sounddevice has no public way
            sd._terminate()  # noqa: SLF001
        sd._initialize()  # noqa: SLF001
    except sd.PortAudioError as error:
        raise DeviceError(f"PortAudio does not start ({error.args[0]}); see hark doctor") from error


def close_apart(close: Callable[[], object], patience: float) -> None:
    """Close a stream in a thread, and leave it behind if that takes longer than so many seconds."""
    thread = threading.Thread(target=close, daemon=True)
    thread.start()
    thread.join(patience)
    if thread.is_alive():
        _closing.append(thread)
        abandon()


def abandon() -> None:
    """Leave what PortAudio holds to the system: it hangs, and would once more when the process ends."""
    if terminate := getattr(sys.modules.get("sounddevice"), "_exit_handler", None):
        atexit.unregister(terminate)


def devices() -> list[Device]:
    """List the sound inputs, in PortAudio's order.

    Raises:
        DeviceError: PortAudio is not installed.
    """
    sd = portaudio()
    default = int(sd.default.device[0])
    return [
        Device(index, str(info["name"]), channels, round(info["default_samplerate"]), index == default)
        for index, info in enumerate(sd.query_devices())
        if (channels := int(info["max_input_channels"])) > 0
    ]


def find_device(wanted: str | None) -> Device:
    """The input of that number or name (whole, or a part that only one has); the default one if None.

    Raises:
        DeviceError: there is no such input, or more than one.
    """
    return choose(devices(), wanted)


def choose(inputs: list[Device], wanted: str | None) -> Device:
    """The device among `inputs` that `find_device` gives."""
    if not inputs:
        raise DeviceError("no microphone found: plug one in or start the sound server, then see hark devices")
    matches = _matches(inputs, wanted)
    if len(matches) == 1:
        return matches[0]
    if wanted is None:
        raise DeviceError(f"no default microphone: name one of {_listed(inputs)} as mic:NAME or mic:NUMBER")
    if matches:
        raise DeviceError(f'more than one microphone matches "{wanted}": {_listed(matches)}; give its number')
    raise DeviceError(f'no microphone "{wanted}": there are {_listed(inputs)}; see hark devices')


def _matches(inputs: list[Device], wanted: str | None) -> list[Device]:
    if wanted is None:
        return [device for device in inputs if device.default]
    if wanted.isdecimal():
        return [device for device in inputs if device.index == int(wanted)]
    name = wanted.casefold()
    exact = [device for device in inputs if device.name.casefold() == name]
    return exact or [device for device in inputs if name in device.name.casefold()]


def _listed(inputs: list[Device]) -> str:
    return ", ".join(f'{device.index} "{device.name}"' for device in inputs)
