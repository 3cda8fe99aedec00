"""A microphone through PortAudio: a callback that only copies, and a worker that converts."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol, cast

import numpy as np
import numpy.typing as npt

from edge.audio import SAMPLE_RATE
from edge.capture.devices import Device, close_apart, find_device, portaudio
from edge.capture.native import NativeBlock
from edge.capture.ring import Ring
from edge.capture.source import Options, Source
from edge.errors import DeviceError

RING_SECONDS = 2.0
"""How long the worker may be busy elsewhere before samples are lost."""

STALL_SECONDS = 2.0
"""A microphone that is silent for so long, without even zeros, is given up: a suspended one raises no error."""

_MOST_ESTIMATED_SECONDS = 10.0
"""A longer loss is not believed: the clock of PortAudio was set meanwhile."""

_CLOSE_SECONDS = 1.0

_INVALID_RATE, _BUSY = -9997, -9985
_MENDS = {
    _INVALID_RATE: "leave out --rate, or give the native one that hark devices shows",
    -9998: "give fewer channels; hark devices shows how many there are",
    _BUSY: "another program holds it: end that one, or use the sound server's device",
}
"""By PortAudio's error code."""


class _Stream(Protocol):
    """What is used of `sounddevice.InputStream`, which has no types of its own."""

    def start(self) -> None: ...

    def abort(self) -> None: ...

    def close(self) -> None: ...


class _Time(Protocol):
    @property
    def inputBufferAdcTime(self) -> float: ...  # noqa: N802 -- PortAudio's name


class _Flags(Protocol):
    @property
    def input_overflow(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class _Opened:
    rate: int
    ring: Ring
    stream: _Stream


class BusyDeviceError(DeviceError):
    """Another program holds the device."""


class _RateRefusedError(DeviceError):
    """The device does not record at this rate."""


_KINDS = {_INVALID_RATE: _RateRefusedError, _BUSY: BusyDeviceError}


_Callback = Callable[[npt.NDArray[np.int16], int, _Time, _Flags], None]


class Recorder:
    """The audio callback: copies into the ring and counts what PortAudio says it lost.

    PortAudio flags an overflow without its length. It is taken from the time at which the first frame was
    sampled; where that makes no sense (no loss, or more than 10 s) the overflow is counted with no length.
    """

    def __init__(self, ring: Ring, rate: int) -> None:
        self._ring, self._rate = ring, rate
        self._expected: float | None = None

    def __call__(self, frames: npt.NDArray[np.int16], count: int, time: _Time, flags: _Flags) -> None:
        """Take `count` frames, shape (count, channels), of which the first was sampled at that time in seconds."""
        sampled = time.inputBufferAdcTime
        if flags.input_overflow:
            self._ring.skip(self._estimate(sampled))
        self._ring.write(frames)
        self._expected = sampled + count / self._rate

    def _estimate(self, sampled: float) -> int:
        late = 0.0 if self._expected is None else sampled - self._expected
        return round(late * self._rate) if 0 < late <= _MOST_ESTIMATED_SECONDS else 0


class Microphone(Source):
    """A sound input of this machine; it never ends by itself, but raises `DeviceError` when it is gone.

    It is opened at 16 kHz if it takes that, else at its native rate. (A sound server takes any rate and
    resamples by itself; give its true rate to have that done here, by soxr.) After a `DeviceError`, close
    it and make another one: nothing is left behind.

    Raises:
        DeviceError: no PortAudio, no such device, or one that is busy or refuses the rate.
    """

    paced = reopens = True

    def __init__(self, wanted: str | None, options: Options) -> None:
        device = find_device(wanted)
        opened = _open_at_best(device, _channels(device, options), options)
        self._ring, self._stream = opened.ring, opened.stream
        super().__init__(f'microphone "{device.name}"', rate=opened.rate, options=options)

    @property
    def unmeasured(self) -> int:
        """Times that PortAudio lost samples so far and did not say how many."""
        return self._ring.unmeasured

    def _native_blocks(self) -> Iterator[NativeBlock]:
        while block := self._read():
            yield block
        if not self._closed:
            raise DeviceError(f"{self.description} is gone: it was unplugged, or the sound server stopped")

    def _read(self) -> NativeBlock | None:
        try:
            return self._ring.read(self.rate, STALL_SECONDS)
        except TimeoutError as error:
            raise DeviceError(
                f"no audio from {self.description} for {STALL_SECONDS:g} s: it is suspended or unplugged, "
                "or the sound server hangs; see hark devices"
            ) from error

    def _release(self) -> None:
        self._ring.close()
        _close(self._stream)


def _channels(device: Device, options: Options) -> int:
    """As many channels as are asked for, or needed to reach the one that is."""
    needed = options.channels if options.channel == "mix" else max(options.channels, options.channel + 1)
    if needed > device.channels:
        raise DeviceError(
            f'microphone "{device.name}" has {device.channels} channels, not {needed}: '
            "ask for fewer, or for a lower channel; see hark devices"
        )
    return needed


def _open_at_best(device: Device, channels: int, options: Options) -> _Opened:
    """Open at the rate asked for, else at 16 kHz, else at the native rate."""
    if options.rate is not None:
        return _open(device, channels, options.rate, options.block)
    try:
        return _open(device, channels, SAMPLE_RATE, options.block)
    except _RateRefusedError:
        return _open(device, channels, device.rate, options.block)


def _open(device: Device, channels: int, rate: int, block: int) -> _Opened:
    try:
        return _Opened(rate, *_start(device, channels, rate, block))
    except portaudio().PortAudioError as error:
        text, code = error.args[0], error.args[1] if len(error.args) > 1 else 0
        mend = _MENDS.get(code, "check that it is plugged in and the sound server runs; see hark devices")
        kind = _KINDS.get(code, DeviceError)
        raise kind(f'microphone "{device.name}" at {rate} Hz: {text}; {mend}') from error


def _start(device: Device, channels: int, rate: int, block: int) -> tuple[Ring, _Stream]:
    ring = Ring(math.ceil(RING_SECONDS * rate), channels)
    stream = cast(
        _Stream,
        portaudio().InputStream(
            device=device.index,
            samplerate=rate,
            channels=channels,
            dtype="int16",
            # Fixed, because left to PortAudio it may be a single frame; 10 to 100 ms whatever the block given out.
            blocksize=min(max(block, 160), 1600) * rate // SAMPLE_RATE,
            latency="high",
            callback=cast(_Callback, Recorder(ring, rate)),
            finished_callback=ring.close,
        ),
    )
    try:
        stream.start()
    except BaseException:
        _close(stream)  # Nobody else would, and the device stays taken.
        raise
    return ring, stream


def _close(stream: _Stream) -> None:
    """Abort and close: `stop` waits for ever on a stalled stream, and `abort` on a sound server that hangs."""

    def close() -> None:
        stream.abort()
        stream.close()

    close_apart(close, _CLOSE_SECONDS)
