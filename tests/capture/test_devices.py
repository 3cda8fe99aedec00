"""Choosing a microphone, and what is said where there is none."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from edge.capture.devices import Device, choose
from edge.errors import DeviceError

pytestmark = pytest.mark.runtime

USB = Device(2, "USB Audio: Array (hw:1,0)", 6, 16_000, default=False)
CAMERA = Device(3, "USB Camera: Audio (hw:2,0)", 1, 32_000, default=False)
PULSE = Device(7, "pulse", 32, 44_100, default=True)
MONITOR = Device(8, "pulse monitor", 2, 48_000, default=False)
INPUTS = [USB, CAMERA, PULSE, MONITOR]


@pytest.mark.parametrize(
    ("wanted", "device"),
    [(None, PULSE), ("2", USB), ("array", USB), ("Camera: Audio", CAMERA), ("PULSE", PULSE), ("monitor", MONITOR)],
)
def test_a_number_or_a_name_or_a_part_of_it_will_do(wanted: str | None, device: Device) -> None:
    assert choose(INPUTS, wanted) == device


@pytest.mark.parametrize(
    ("inputs", "wanted", "message"),
    [
        ([], None, "no microphone found: plug one in"),
        ([], "pulse", "no microphone found: plug one in"),
        ([USB], None, "no default microphone: name one of 2 "),
        (INPUTS, "usb", 'more than one microphone matches "usb": 2 .*, 3 .*; give its number'),
        (INPUTS, "built-in", 'no microphone "built-in": there are 2 .*8 "pulse monitor"; see hark devices'),
        (INPUTS, "1", 'no microphone "1": there are'),
    ],
)
def test_a_choice_that_cannot_be_made_lists_what_there_is(inputs: list[Device], wanted: str, message: str) -> None:
    with pytest.raises(DeviceError, match=message):
        choose(inputs, wanted)


OPEN = """
import sys
from edge.capture import devices, open_source
from edge.errors import HarkError
try:
    print(devices())
    open_source(sys.argv[1])
except HarkError as error:
    sys.exit(f"{error.exit_code} {error}")
"""


def open_in_child(spec: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", OPEN, spec],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.skipif(Path("/dev/snd").exists(), reason="this machine has a sound card, which cannot be hidden")
@pytest.mark.parametrize("spec", ["mic", "mic:pulse", "mic:3"])
def test_a_machine_without_a_microphone_says_so(spec: str, tmp_path: Path) -> None:
    result = open_in_child(spec, PULSE_SERVER=f"unix:{tmp_path}/nowhere")
    assert result.stdout == "[]\n"
    assert "69 no microphone found: plug one in or start the sound server" in result.stderr


@pytest.mark.parametrize(
    ("module", "mend"),
    [("raise OSError('PortAudio library not found')", "sudo apt install libportaudio2"),
     ("raise ImportError('No module named sounddevice')", "pip install sounddevice")],
)  # fmt: skip
def test_without_portaudio_the_mend_is_named(module: str, mend: str, tmp_path: Path) -> None:
    # What sounddevice itself does where the library is missing; it cannot be taken away from this machine.
    (tmp_path / "sounddevice.py").write_text(module)
    result = open_in_child("mic", PYTHONPATH=os.pathsep.join((str(tmp_path), *sys.path)))
    assert result.stderr.startswith("69 no microphone without")
    assert result.stderr.rstrip().endswith(mend)
