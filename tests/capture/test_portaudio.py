"""What no virtual microphone does: overflows that PortAudio flags, and devices that are busy or refuse a rate."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from types import ModuleType, SimpleNamespace

import numpy as np
import numpy.typing as npt
import pytest

from edge.audio import SAMPLE_RATE
from edge.capture import devices, open_source
from edge.capture.devices import Device
from edge.capture.microphone import Recorder
from edge.capture.ring import Ring
from edge.cli.checks import Caution, check_level
from edge.config import Config
from edge.errors import DeviceError

pytestmark = pytest.mark.runtime


@dataclass(frozen=True)
class Time:
    inputBufferAdcTime: float  # noqa: N815 -- PortAudio's name


@dataclass(frozen=True)
class Flags:
    input_overflow: bool


@pytest.mark.parametrize(
    ("late", "lost"),
    [(0.5, 8000), (0.0, 0), (-0.1, 0), (3600.0, 0), (9.9, 158_400)],
)
def test_an_overflow_is_measured_by_the_time_of_sampling(late: float, lost: int) -> None:
    # PulseAudio buffers so much that PortAudio never flags an overflow there: the flag is made here.
    ring, buffer = Ring(SAMPLE_RATE), np.ones((1280, 1), np.int16)
    recorder = Recorder(ring, SAMPLE_RATE)
    recorder(buffer, 1280, Time(100.0), Flags(input_overflow=False))
    recorder(buffer, 1280, Time(100.08 + late), Flags(input_overflow=True))
    blocks = [ring.read(1280, timeout=0), ring.read(1280, timeout=0)]
    assert [block.start for block in blocks if block] == [0, 1280 + lost]
    assert (ring.lost, ring.unmeasured) == (lost, lost == 0)


def test_time_alone_does_not_make_a_loss() -> None:
    ring, buffer = Ring(SAMPLE_RATE), np.ones((1280, 1), np.int16)
    recorder = Recorder(ring, SAMPLE_RATE)
    for time in (5.0, 5.3, 5.2):
        recorder(buffer, 1280, Time(time), Flags(input_overflow=False))
    assert (ring.lost, ring.unmeasured) == (0, 0)


def test_an_overflow_before_the_first_frames_is_counted() -> None:
    ring = Ring(SAMPLE_RATE)
    Recorder(ring, SAMPLE_RATE)(np.ones((4, 1), np.int16), 4, Time(9.0), Flags(input_overflow=True))
    block = ring.read(4, timeout=0)
    assert block is not None
    assert (block.start, ring.lost, ring.unmeasured) == (0, 0, 1)


class PortAudioError(Exception):
    pass


class Card(ModuleType):
    """Stands for `sounddevice`: one card of 48 kHz and two channels, of which the second is silent.

    A real one that refuses 16 kHz would need a sound card.
    """

    PortAudioError = PortAudioError
    default = SimpleNamespace(device=[0, 1])

    def __init__(self, errors: dict[int, int]) -> None:
        super().__init__("sounddevice")
        self.errors = errors
        self.opened: list[tuple[int, int, int]] = []
        self.closed = 0
        self.starts = True

    def query_devices(self) -> list[dict[str, object]]:
        card = {"name": "USB Audio (hw:1,0)", "max_input_channels": 2, "default_samplerate": 48_000.0}
        return [card, {"name": "HDMI", "max_input_channels": 0, "default_samplerate": 44_100.0}]

    def InputStream(  # noqa: N802 -- PortAudio's name
        self, *, samplerate: int, channels: int, blocksize: int, callback: Callable[..., None], **_: object
    ) -> SimpleNamespace:
        self.opened.append((samplerate, channels, blocksize))
        if code := self.errors.get(samplerate):
            raise PortAudioError("Error opening InputStream: refused", code)

        def start() -> None:
            if not self.starts:
                raise PortAudioError("Error starting stream: refused", -9999)
            frames = np.zeros((blocksize, channels), np.int16)
            frames[:, 0] = 1000
            for number in range(10):
                callback(frames, blocksize, Time(number * blocksize / samplerate), Flags(input_overflow=False))

        def close() -> None:
            self.closed += 1

        return SimpleNamespace(start=start, abort=lambda: None, close=close)


@pytest.fixture
def card(monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[int, int]], Card]:
    def put(errors: dict[int, int]) -> Card:
        card = Card(errors)
        monkeypatch.setitem(sys.modules, "sounddevice", card)
        return card

    return put


def test_only_inputs_are_listed(card: Callable[[dict[int, int]], Card]) -> None:
    card({})
    assert devices() == [Device(0, "USB Audio (hw:1,0)", 2, 48_000, default=True)]


def test_a_card_that_refuses_16_khz_is_opened_at_its_own_rate(card: Callable[[dict[int, int]], Card]) -> None:
    hardware = card({SAMPLE_RATE: -9997})
    with open_source("mic") as source:
        blocks: list[npt.NDArray[np.int16]] = [block.samples for block in islice(source, 5)]
    assert hardware.opened == [(16_000, 1, 1280), (48_000, 1, 3840)]
    np.testing.assert_array_equal(np.concatenate(blocks)[1600:], 1000)


@pytest.mark.parametrize(("channel", "level"), [(0, 1000), (1, 0)])
def test_as_many_channels_are_opened_as_the_one_wanted_needs(
    channel: int, level: int, card: Callable[[dict[int, int]], Card]
) -> None:
    hardware = card({})
    with open_source("mic:usb", channel=channel) as source:
        assert set(next(iter(source)).samples.tolist()) == {level}
    assert hardware.opened == [(16_000, channel + 1, 1280)]


@pytest.mark.parametrize(("block", "asked"), [(1, 160), (400, 400), (16_000, 1600)])
def test_the_callback_comes_neither_too_often_nor_too_seldom(
    block: int, asked: int, card: Callable[[dict[int, int]], Card]
) -> None:
    hardware = card({})
    open_source("mic", block=block).close()
    assert hardware.opened == [(16_000, 1, asked)]


@pytest.mark.parametrize(
    ("rate", "errors", "message"),
    [
        (44_100, {44_100: -9997}, "at 44100 Hz: .*; leave out --rate"),
        (None, {16_000: -9997, 48_000: -9997}, "at 48000 Hz: .*; leave out --rate"),
        (None, {16_000: -9985}, "at 16000 Hz: .*; another program holds it"),
        (None, {16_000: -9998}, "give fewer channels"),
        (None, {16_000: -9999}, "check that it is plugged in"),
    ],
)
def test_a_refusal_is_said_with_its_mend(
    rate: int | None, errors: dict[int, int], message: str, card: Callable[[dict[int, int]], Card]
) -> None:
    card(errors)
    with pytest.raises(DeviceError, match=message):
        open_source("mic", rate=rate)


def test_a_card_that_does_not_start_is_let_go_of(card: Callable[[dict[int, int]], Card]) -> None:
    hardware = card({})
    hardware.starts = False
    with pytest.raises(DeviceError, match="Error starting stream"):
        open_source("mic")
    assert (len(hardware.opened), hardware.closed) == (1, 1)


def test_one_that_hark_itself_may_hold_is_no_fault(card: Callable[[dict[int, int]], Card]) -> None:
    card({16_000: -9985})
    [found] = check_level(Config())
    assert isinstance(found, Caution)
    assert "another program holds it" in str(found)
    assert str(found).endswith("if hark is what holds it, all is well")
