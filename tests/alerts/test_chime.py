"""The chime as it is made, and as it is heard at a sound server's output."""

import subprocess
import time
import wave
from dataclasses import replace
from pathlib import Path
from threading import Timer

import numpy as np
import pytest

from edge.alerts.parcel import Parcel
from edge.alerts.sink import SinkError
from edge.alerts.sinks.chime import NOTES, ChimeSink, Player, chime
from edge.audio import SAMPLE_RATE, Pcm16, loudest, pcm16
from edge.config import ChimeConfig
from edge.errors import DataError
from tests.alerts.making import alert, eventually
from tests.virtual_microphone import SINK, VirtualMicrophone, virtual_microphone

__all__ = ["virtual_microphone"]


def strength(samples: Pcm16, hertz: float) -> float:
    """Amplitude of a pitch, of full scale."""
    time = np.arange(len(samples)) / SAMPLE_RATE
    return float(2 * np.abs(np.mean(samples / 32768 * np.exp(-2j * np.pi * hertz * time))))


def has(samples: Pcm16, hertz: float) -> bool:
    """Whether a pitch stands out of those beside it."""
    return strength(samples, hertz) > 5 * max(strength(samples, hertz * ratio) for ratio in (0.92, 1.08))


def sounding(samples: Pcm16) -> float:
    """Seconds without those of silence: a busy machine leaves gaps between two of its buffers."""
    return np.count_nonzero(samples) / SAMPLE_RATE


def parcel(priority: str) -> Parcel:
    return Parcel.of(alert(1, priority), "a", 1e9)


@pytest.mark.runtime
@pytest.mark.parametrize("priority", NOTES)
def test_a_chime_is_two_notes_that_begin_and_end_softly(priority: str) -> None:
    samples = pcm16(chime(*NOTES[priority]))
    first, second = NOTES[priority]
    assert has(samples[: SAMPLE_RATE // 5], first)
    assert has(samples[SAMPLE_RATE // 4 :], second)
    assert loudest(samples) >= 32767
    assert np.abs(samples[:16]).max() < 3000
    assert np.abs(samples[-160:]).max() < 1000


@pytest.mark.runtime
def test_a_sound_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "bell.wav").write_bytes(b"no sound")
    with pytest.raises(DataError, match=r"bell\.wav"):
        ChimeSink(ChimeConfig(str(tmp_path / "bell.wav")))


@pytest.mark.runtime
def test_each_rule_has_a_chime_of_its_own() -> None:
    sinks = [ChimeSink(ChimeConfig(own=True, seed=seed, volume=0.25)) for seed in (1, 1, 2)]
    kitchen, cellar = (Parcel.of(replace(alert(1), rule=rule), "a", 1e9) for rule in ("kitchen", "cellar"))
    first, same, other = (sink.sound(kitchen) for sink in sinks)
    np.testing.assert_array_equal(first, same)
    np.testing.assert_array_equal(first, sinks[0].sound(kitchen))
    assert len({sound.tobytes() for sound in (first, other, sinks[0].sound(cellar))}) == 3
    assert int(np.abs(first).max()) == 8192


def heard(microphone: VirtualMicrophone, sink: ChimeSink, file: Path, priority: str = "normal") -> Pcm16:
    """What comes out while an alert is delivered."""
    command = ["pacat", "--record", "--raw", "--format=s16le", "--rate=16000", "--channels=1", "--latency-msec=50"]
    with file.open("wb") as output:
        recorder = subprocess.Popen([*command, f"--device={SINK}.monitor"], env=microphone.environment, stdout=output)
    assert eventually(lambda: file.stat().st_size)
    try:
        sink.deliver(parcel(priority))
        size = file.stat().st_size
        assert eventually(lambda: file.stat().st_size > size + SAMPLE_RATE)
    finally:
        recorder.terminate()
        recorder.wait(10)
    samples = np.frombuffer(file.read_bytes(), np.int16)
    loud = np.flatnonzero(samples)
    return samples[loud[0] : loud[-1] + 1]


@pytest.fixture
def output(virtual_microphone: VirtualMicrophone, monkeypatch: pytest.MonkeyPatch) -> VirtualMicrophone:
    for name, value in virtual_microphone.environment.items():
        if name.startswith(("PULSE_", "XDG_RUNTIME")):
            monkeypatch.setenv(name, value)
    return virtual_microphone


@pytest.mark.realtime
def test_an_alert_chimes_at_the_output(output: VirtualMicrophone, tmp_path: Path) -> None:
    samples = heard(output, ChimeSink(ChimeConfig(volume=0.25, device="pulse")), tmp_path / "heard", "high")
    assert has(samples[: SAMPLE_RATE // 5], NOTES["high"][0])
    assert has(samples[SAMPLE_RATE // 4 :], NOTES["high"][1])
    assert np.abs(samples).max() == pytest.approx(0.25 * 32768, rel=0.05)
    assert sounding(samples) == pytest.approx(sounding(pcm16(chime(*NOTES["high"]))), abs=0.1)


@pytest.mark.realtime
def test_the_owners_sound_is_played(output: VirtualMicrophone, tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "bell.wav"), "wb") as file:
        file.setparams((1, 2, SAMPLE_RATE, 0, "NONE", ""))
        file.writeframes((20000 * np.sin(np.arange(8000) * 2 * np.pi * 880 / SAMPLE_RATE)).astype("<i2").tobytes())
    samples = heard(output, ChimeSink(ChimeConfig(str(tmp_path / "bell.wav"), volume=1.0)), tmp_path / "heard")
    assert has(samples, 880)
    assert sounding(samples) == pytest.approx(0.5, abs=0.05)


@pytest.mark.realtime
@pytest.mark.usefixtures("output")
def test_what_is_given_up_sounds_no_longer(tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "long.wav"), "wb") as file:
        file.setparams((1, 2, SAMPLE_RATE, 0, "NONE", ""))
        file.writeframes(bytes(2 * 20 * SAMPLE_RATE))
    sink = ChimeSink(ChimeConfig(str(tmp_path / "long.wav"), device="pulse"))
    begun, stopper = time.monotonic(), Timer(2.0, sink.abort)
    stopper.start()
    with pytest.raises(SinkError, match="exit code -9"):
        sink.deliver(parcel("normal"))
    assert 2.0 <= time.monotonic() - begun < 10


@pytest.mark.realtime
@pytest.mark.usefixtures("output")
def test_what_is_given_up_before_it_began_does_not_sound() -> None:
    player = Player("pulse")
    player.stop()
    with pytest.raises(SinkError, match="exit code -9"):
        player.play(np.zeros(20 * SAMPLE_RATE, np.int16))


@pytest.mark.runtime
def test_without_an_output_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULSE_SERVER", "unix:/nonexistent")
    for device in (None, "no such device"):
        with pytest.raises(SinkError, match=r"sound output") as caught:
            ChimeSink(ChimeConfig(device=device)).deliver(parcel("low"))
        assert "\n" not in str(caught.value)
