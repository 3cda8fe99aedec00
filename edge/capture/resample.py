"""From native frames to 16 kHz mono int16 blocks: choose the channel, resample, quantise, cut.

Every step gives the same samples however its input is cut into portions.
"""

from collections.abc import Iterable, Iterator
from typing import Protocol, TypeAlias, cast

import numpy as np
import numpy.typing as npt

from edge.audio import FULL_SCALE, SAMPLE_RATE, AudioBlock, pcm16
from edge.capture.native import Channel, Frames, NativeBlock

_Mono: TypeAlias = npt.NDArray[np.float32]


class _SoxrStream(Protocol):
    """What is used of `soxr.ResampleStream`, which has no types of its own."""

    def resample_chunk(self, x: _Mono, last: bool = False) -> _Mono: ...


class Resampler:
    """A stream at any rate, made 16 kHz; the output is in step with the input, with no delay to account for.

    Band-limited resampling by soxr at its "HQ" setting, which holds back about 40 ms of 48 kHz audio.
    """

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._begin()

    def _begin(self) -> None:
        self._stream = None if self._rate == SAMPLE_RATE else _soxr_stream(self._rate)

    def resample(self, mono: _Mono) -> _Mono:
        """Take the next samples, shape (n,), and give those at 16 kHz that are certain by now."""
        return mono if self._stream is None else self._stream.resample_chunk(mono)

    def finish(self) -> _Mono:
        """Give what was held back, and begin afresh."""
        nothing = np.empty(0, np.float32)
        tail = nothing if self._stream is None else self._stream.resample_chunk(nothing, last=True)
        self._begin()
        return tail


def convert(blocks: Iterable[NativeBlock], rate: int, channel: Channel) -> Iterator[AudioBlock]:
    """Make native blocks 16 kHz mono; a gap of lost frames becomes a gap of the same length in time."""
    resampler = Resampler(rate)
    expected = clock = 0
    for block in blocks:
        if block.start != expected:
            tail = AudioBlock(pcm16(resampler.finish()), clock)
            yield tail
            clock = max(tail.end, block.start * SAMPLE_RATE // rate)
        piece = AudioBlock(pcm16(resampler.resample(_mono(block.frames, channel))), clock)
        yield piece
        expected, clock = block.end, piece.end
    yield AudioBlock(pcm16(resampler.finish()), clock)


def cut(pieces: Iterable[AudioBlock], size: int) -> Iterator[AudioBlock]:
    """Cut pieces of any length into blocks of `size` samples; the last one, and one before a gap, may be shorter."""
    held = AudioBlock(np.empty(0, np.int16), 0)
    for piece in pieces:
        if piece.start == held.end:
            held = AudioBlock(np.concatenate((held.samples, piece.samples)), held.start)
        else:
            if len(held.samples):
                yield held
            held = piece
        while len(held.samples) >= size:
            yield AudioBlock(held.samples[:size], held.start)
            held = AudioBlock(held.samples[size:], held.start + size)
    if len(held.samples):
        yield held


def _soxr_stream(rate: int) -> _SoxrStream:
    import soxr  # a 16 kHz source does without

    return cast(_SoxrStream, soxr.ResampleStream(rate, SAMPLE_RATE, 1, dtype="float32", quality="HQ"))


def _mono(frames: Frames, channel: Channel) -> _Mono:
    scaled = _as_float(frames)
    if channel != "mix":
        return np.ascontiguousarray(scaled[:, channel])
    # Added up one by one: numpy's sum may take another order, and so round otherwise, for other shapes.
    total = scaled[:, 0].copy()
    for other in scaled.T[1:]:
        total += other
    return total / np.float32(scaled.shape[1])


def _as_float(frames: Frames) -> npt.NDArray[np.float32]:
    scaled = frames.astype(np.float32)
    if frames.dtype == np.int16:
        return scaled / np.float32(FULL_SCALE)
    # One NaN or infinity of a damaged float file would spread through the resampler.
    return np.nan_to_num(scaled, nan=0.0).clip(-1.0, 1.0)
