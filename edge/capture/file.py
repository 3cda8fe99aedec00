"""Sound files: WAV by our own reader, everything else (FLAC, OGG, Opus, MP3, odd WAVs) by libsndfile."""

import os
import stat
import struct
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO, Protocol, TypeVar, cast

import numpy as np
import numpy.typing as npt

from edge.capture.native import RATES, Frames, NativeBlock, whole_frames
from edge.capture.source import Options, Source
from edge.capture.wav import WavHeader, cut_short, read_header
from edge.errors import DataError, HarkError, UsageError

Real = TypeVar("Real", bound=Frames)

_CHUNK_FRAMES = 16_384

_PAGE, _LAST, _LONGEST_PAGE = b"OggS", 0x04, 65_307
"""How a page in Ogg begins, the flag of a stream's last one, and the most bytes of one."""

_RAW = ".raw"
"""Ends the name of a file without a header, which libsndfile would be told everything about."""

_UNKNOWN_BYTES = 0xFFFF_FFFF
"""What AU says of a length that was not known when it was written."""

_UNKNOWN_FRAMES = 1 << 48
"""From here on a length is libsndfile's "not known", not a file of 100 years."""


def open_file(path: str, options: Options) -> Source:
    """Open a sound file of any rate and channel count; WAV may also come from a named pipe.

    Raises:
        DataError: it is missing, empty, damaged, cut short, or not sound.
        UsageError: it lacks the channel, or a rate or channels are given although the file says its own.
    """
    if Path(path).suffix.lower() == _RAW:
        raise DataError(f"{path} is of raw samples, by its name: hark ... --input - --rate 16000 < {path}")
    for name, given in (("rate", options.rate is not None), ("channels", options.channels != 1)):
        if given:
            raise UsageError(f"{path} says its own {name}: leave out --{name}, for raw samples and microphones")
    try:
        file = Path(path).open("rb")  # noqa: SIM115 -- the source closes it
    except OSError as error:
        raise _unreadable(path, error) from error
    try:
        header = read_header(file, path)
        if header is not None:
            return WavFile(file, header, path, options)
        _check_regular(file, path)
    except HarkError:
        file.close()
        raise
    except OSError as error:
        file.close()
        raise _unreadable(path, error) from error
    file.close()
    return SoundFile(path, options)


def _check_regular(file: BinaryIO, path: str) -> None:
    """Refuse a pipe: libsndfile would wait for what has been read already."""
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        problem = f"{path} is no file, and of what comes through a pipe only WAV can be read"
        raise DataError(f"{problem}: save it to a file, or convert it on its way: ffmpeg -i - -f wav -")


class WavFile(Source):
    """A WAV file of integers of 8, 16, 24 or 32 bits, or floats of 32 or 64."""

    def __init__(self, file: BufferedReader, header: WavHeader, path: str, options: Options) -> None:
        options.check_channel(header.format.channels, path)
        super().__init__(path, rate=header.format.rate, options=options)
        self._file, self._header = file, header

    def _native_blocks(self) -> Iterator[NativeBlock]:
        form, start = self._header.format, 0
        for data in whole_frames(self._pieces(), form.frame_bytes):
            block = NativeBlock(_numbers(form.decode(data), self.description), start)
            yield block
            start = block.end

    def _pieces(self) -> Iterator[bytes]:
        """The bytes of samples as they come: those that somebody pipes in are not waited for."""
        there, said = 0, self._header.data_bytes
        while data := self._read(there):
            there += len(data)
            yield data
        if said is not None and there < said and not self._closed:
            raise cut_short(self.description, self._header.format, there, said)

    def _read(self, there: int) -> bytes:
        wanted = _CHUNK_FRAMES * self._header.format.frame_bytes
        if self._header.data_bytes is not None:
            wanted = min(wanted, self._header.data_bytes - there)
        try:
            return self._file.read1(wanted)
        except ValueError:  # Another thread closed it.
            return b""
        except OSError as error:  # As of a stick that is pulled out.
            raise _unreadable(self.description, error) from error

    def _release(self) -> None:
        self._file.close()


class _Decoder(Protocol):
    """What is used of `soundfile.SoundFile`, which has no types of its own."""

    samplerate: int
    channels: int
    frames: int

    def read(self, frames: int, dtype: str, always_2d: bool) -> npt.NDArray[np.float32]: ...

    def close(self) -> None: ...


class SoundFile(Source):
    """A file that libsndfile decodes."""

    def __init__(self, path: str, options: Options) -> None:
        self._decoder = _open_decoder(path)
        try:
            if self._decoder.samplerate not in RATES:
                raise DataError(f"{path} claims a rate of {self._decoder.samplerate} Hz: convert it again")
            options.check_channel(self._decoder.channels, path)
        except HarkError:
            self._decoder.close()
            raise
        super().__init__(path, rate=self._decoder.samplerate, options=options)

    def _native_blocks(self) -> Iterator[NativeBlock]:
        start, said = 0, self._decoder.frames
        while len(frames := self._read()):
            yield NativeBlock(frames, start)
            start += len(frames)
        if start < said < _UNKNOWN_FRAMES:
            raise DataError(
                f"{self.description} is cut short: {start / self.rate:.2f} s of the {said / self.rate:.2f} s "
                "that its header says; copy it again"
            )
        if not self._closed and self._is_cut():
            raise DataError(f"{self.description} is cut short after {start / self.rate:.2f} s; copy it again")

    def _is_cut(self) -> bool:
        """Whether the file ends before it says, where libsndfile does not tell."""
        try:
            with Path(self.description).open("rb") as file:
                return any(is_cut(file) for is_cut in (_is_cut_ogg, _is_cut_chunk))
        except OSError as error:
            raise DataError(f"{self.description} is gone before its end ({error.strerror}): read it again") from error

    def _read(self) -> npt.NDArray[np.float32]:
        try:
            return _numbers(self._decoder.read(_CHUNK_FRAMES, dtype="float32", always_2d=True), self.description)
        except RuntimeError as error:  # LibsndfileError is one
            raise DataError(f"{self.description} is damaged ({error}); copy it again") from error

    def _release(self) -> None:
        self._decoder.close()


def _numbers(frames: Real, path: str) -> Real:
    """The frames of a file; one float that is none may be damage, a whole stretch of them would pass as silence."""
    if len(frames) and frames.dtype.kind == "f" and np.isnan(frames).all():
        raise DataError(f"{path} holds samples that are no numbers (NaN): convert it again")
    return frames


def _is_cut_ogg(file: BinaryIO) -> bool:
    """Whether a file in Ogg ends before the last page of its stream does (RFC 3533)."""
    file.seek(0)
    if file.read(len(_PAGE)) != _PAGE:
        return False
    file.seek(max(0, _size(file) - 2 * _LONGEST_PAGE))
    page = file.read().rpartition(_PAGE)[2]
    is_whole = len(page) > 22 and len(page) >= 23 + page[22] + sum(page[23 : 23 + page[22]])
    return not (is_whole and page[1] & _LAST)


def _is_cut_chunk(file: BinaryIO) -> bool:
    """Whether a file in AIFF or AU holds less than the sizes in its header add up to."""
    file.seek(0)
    kind, first, second = struct.unpack(">4sII", file.read(12).ljust(12, b"\0"))
    said = {b"FORM": 8 + first, b".snd": first + second}.get(kind, 0)
    return bool(_size(file) < said and second != _UNKNOWN_BYTES)


def _size(file: BinaryIO) -> int:
    return os.fstat(file.fileno()).st_size


def _open_decoder(path: str) -> _Decoder:
    try:
        import soundfile  # 3.5 MB that WAV files do without
    except (ImportError, OSError) as error:
        raise DataError(
            f"{path} is not a plain WAV file and soundfile is missing: pip install soundfile, "
            f"or convert it: ffmpeg -i {path} mended.wav"
        ) from error
    try:
        return cast(_Decoder, soundfile.SoundFile(path))
    except soundfile.LibsndfileError as error:
        raise DataError(
            f"{path} is not a sound file that can be read ({error.error_string.rstrip('.')}): convert it with "
            f"ffmpeg -i {path} mended.wav"
        ) from error


def _unreadable(path: str, error: OSError) -> DataError:
    if isinstance(error, FileNotFoundError):
        return DataError(f"{path} does not exist: check the path")
    if isinstance(error, IsADirectoryError):
        return DataError(f"{path} is a directory: name the sound file in it")
    return DataError(f"{path} cannot be read ({error.strerror}): check its permissions and where it lies")
