"""WAV files, read forwards only, so that a pipe will do: header and samples, without libsndfile."""

import os
import stat
import struct
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from edge.capture.native import MOST_CHANNELS, RATES, Frames
from edge.errors import DataError

_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE

_ENCODINGS = frozenset({(_PCM, 1), (_PCM, 2), (_PCM, 3), (_PCM, 4), (_FLOAT, 4), (_FLOAT, 8)})
"""Format tag and bytes a sample of what is decoded here."""

_CHUNK_HEAD = struct.Struct("<4sI")
"""Kind and size, in bytes."""

_LEAST_PLACEHOLDER = 0x7FFF_0000
"""From here on a data size may mean "not known yet": ffmpeg writes 2^32 - 1, sox and arecord a little under 2^31."""


@dataclass(frozen=True, slots=True)
class WavFormat:
    """How the samples of a WAV file are written."""

    encoding: tuple[int, int]
    """Format tag and bytes a sample."""

    channels: int

    rate: int
    """Hz."""

    @property
    def frame_bytes(self) -> int:
        """Bytes that one sample of every channel takes."""
        return self.encoding[1] * self.channels

    def decode(self, data: bytes) -> Frames:
        """Whole frames as an array of shape (n, channels)."""
        return _decode(data, self.encoding).reshape(-1, self.channels)


@dataclass(frozen=True, slots=True)
class WavHeader:
    """What comes before the samples."""

    format: WavFormat

    data_bytes: int | None
    """Bytes of samples that follow; None means up to the end of the file."""


def read_header(file: BinaryIO, name: str) -> WavHeader | None:
    """Read up to the first sample; None for what is no WAV file, or one in an encoding that is not decoded here.

    Raises:
        DataError: the file is empty, ends too early or contradicts itself.
    """
    magic = file.read(12)
    if not magic:
        raise DataError(f"{name} is empty: check what was meant to write it")
    if magic[:4] != b"RIFF" or (len(magic) == 12 and magic[8:] != b"WAVE"):
        return None
    form, size = _find_data(file, name)
    if form is not None:
        return WavHeader(form, _data_bytes(file, name, form, size))
    if (there := _bytes_left(file)) is not None and there < size < _LEAST_PLACEHOLDER:
        raise DataError(
            f"{name} is cut short: {there} of the {size} bytes of sound that its header says; copy it again"
        )
    return None


def cut_short(name: str, form: WavFormat, there: int, said: int) -> DataError:
    """The error for a file that holds `there` bytes of samples where its header says `said`."""
    second = form.rate * form.frame_bytes
    return DataError(
        f"{name} is cut short: {there / second:.2f} s of the {said / second:.2f} s that its header says; "
        f"copy it again, or settle for the rest: ffmpeg -i {name} mended.wav"
    )


def _find_data(file: BinaryIO, name: str) -> tuple[WavFormat | None, int]:
    """The format, None if not one of ours, and the size that the data chunk states."""
    fmt = b""
    while True:
        head = file.read(_CHUNK_HEAD.size)
        if len(head) < _CHUNK_HEAD.size:
            raise _cut_in_header(name)
        kind, size = _CHUNK_HEAD.unpack(head)
        if kind == b"data":
            return _parse_format(fmt, name), size
        body = _read_chunk(file, size + size % 2, name)
        fmt = body if kind == b"fmt " else fmt


def _read_chunk(file: BinaryIO, size: int, name: str) -> bytes:
    """The beginning of a chunk; the rest of it is passed over in small portions, whatever its size claims."""
    body = file.read(min(size, 64))
    left = size - len(body)
    while left > 0:
        passed = len(file.read(min(left, 65536)))
        if not passed:
            raise _cut_in_header(name)
        left -= passed
    return body


def _parse_format(fmt: bytes, name: str) -> WavFormat | None:
    if len(fmt) < 16:
        raise DataError(f"{name} has no format before its samples: the header is damaged; convert it again")
    tag, channels, rate, _, frame_bytes, bits = struct.unpack("<HHIIHH", fmt[:16])
    if tag == _EXTENSIBLE and len(fmt) >= 26:
        (tag,) = struct.unpack("<H", fmt[24:26])
    if not 1 <= channels <= MOST_CHANNELS or rate not in RATES:
        raise DataError(f"{name} claims {channels} channels at {rate} Hz: the header is damaged; convert it again")
    width = frame_bytes // channels
    if (tag, width) not in _ENCODINGS:
        return None
    if frame_bytes % channels or bits > 8 * width or (width == 1) != (bits <= 8):
        problem = f"{bits} bits a sample in {frame_bytes} bytes for {channels} channels"
        raise DataError(f"{name} claims {problem}: the header is damaged; convert it again")
    return WavFormat((tag, width), channels, rate)


def _data_bytes(file: BinaryIO, name: str, form: WavFormat, said: int) -> int | None:
    there = _bytes_left(file)
    unknown = said == 0 or said >= _LEAST_PLACEHOLDER
    if unknown and (there is None or there < said or said == 0):
        return 0 if there is not None and _only_chunks_follow(file) else None
    if there is not None and there < said:
        raise cut_short(name, form, there, said)
    return said


def _only_chunks_follow(file: BinaryIO) -> bool:
    """Whether chunks fill the rest of a regular file, as no sound would; the place in it stays."""
    begin = file.tell()
    try:
        while (left := _bytes_left(file) or 0) >= _CHUNK_HEAD.size:
            kind, size = _CHUNK_HEAD.unpack(file.read(_CHUNK_HEAD.size))
            if not (kind.isascii() and kind.decode().isprintable()):
                return False
            file.seek(size + size % 2, os.SEEK_CUR)
        return file.tell() > begin and left in (0, -1)  # The last may lack the byte that makes it even.
    finally:
        file.seek(begin)


def _bytes_left(file: BinaryIO) -> int | None:
    """Bytes up to the end of a regular file, None for a pipe."""
    status = os.fstat(file.fileno())
    return status.st_size - file.tell() if stat.S_ISREG(status.st_mode) else None


def _cut_in_header(name: str) -> DataError:
    return DataError(f"{name} ends before its first sample: it is cut off in its header; copy or record it again")


def _decode(data: bytes, encoding: tuple[int, int]) -> npt.NDArray[np.int16] | npt.NDArray[np.float32]:
    tag, width = encoding
    if tag == _FLOAT:
        return np.frombuffer(data, f"<f{width}").clip(-1.0, 1.0).astype(np.float32)
    if width == 2:
        return np.frombuffer(data, "<i2").astype(np.int16, copy=False)
    if width == 1:
        return (np.frombuffer(data, np.uint8).astype(np.float32) - 128) / np.float32(128)
    return _wide(data, width).astype(np.float32) / np.float32(1 << 31)


def _wide(data: bytes, width: int) -> npt.NDArray[np.int32]:
    """Integers of 3 or 4 bytes, at the upper end of 32 bits."""
    padded = np.zeros((len(data) // width, 4), np.uint8)
    padded[:, 4 - width :] = np.frombuffer(data, np.uint8).reshape(-1, width)
    return padded.view("<i4")[:, 0].astype(np.int32, copy=False)
