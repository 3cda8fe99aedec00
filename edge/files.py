"""Files that are whole or refused: written at one stroke, and read by a checksum."""

import os
import stat
import struct
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from edge.errors import DataError

PREAMBLE: Final = struct.Struct("<12sIII")
"""Magic, version, CRC-32 of all that follows, and length of the header: a multiple of 8, as this is."""


def is_stream(path: str | Path) -> bool:
    """Whether it is a pipe or a device: it gives what it holds once, or only when somebody sends it."""
    with suppress(OSError, ValueError):  # What cannot be looked at is told of by who opens it.
        mode = os.stat(path).st_mode  # noqa: PTH116 -- it may be no path at all
        return stat.S_ISFIFO(mode) or stat.S_ISCHR(mode)
    return False


def is_at(path: Path, file: os.stat_result) -> bool:
    """Whether a path still leads to this file: it does not if that was removed, or another has taken its place.

    Raises:
        OSError: nobody can tell, as on a disk that fails.
    """
    try:
        return os.path.samestat(path.stat(), file)
    except (FileNotFoundError, NotADirectoryError):
        return False


@contextmanager
def replacing(path: Path, part: Path | None = None) -> Iterator[Path]:
    """Where to write what takes the place of a file once it is whole, with the usual rights; a kill leaves the old one.

    Args:
        path: of the file.
        part: where to write; None: beside it.

    Raises:
        OSError: it cannot take that place.
    """
    part = part or path.with_name(f".{path.name}.part")
    try:
        yield part
        part.replace(path)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise


@contextmanager
def written_whole(path: Path) -> Iterator[BinaryIO]:
    """A new file, for its owner alone, that takes its place at the end: whole, also after a power cut, or not at all.

    Raises:
        OSError: it cannot be written; what was there before is untouched.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # Which is 0600.
    with replacing(path, Path(name)), os.fdopen(handle, "wb") as file:
        yield file
        file.flush()
        os.fsync(handle)
    with suppress(OSError):  # Some file systems have no such thing for a folder.
        _sync(path.parent)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@dataclass(frozen=True, slots=True)
class Form:
    """A form of file: PREAMBLE, a header of text, and numbers; little-endian, as all devices are that Hark runs on."""

    magic: bytes
    """Twelve bytes; a line end among them shows a transfer that took the file for text."""
    version: int
    name: str
    """As in "is no n-gram model"."""
    mend: str
    """What to do where one is expected and there is none."""
    again: str
    """How to come to a new one."""

    def pack(self, header: bytes, numbers: bytes) -> bytes:
        """The contents of a file; the header gets spaces at its end, so that the numbers are aligned."""
        text = header.ljust(-(-len(header) // 8) * 8)
        rest = text + numbers
        return PREAMBLE.pack(self.magic, self.version, zlib.crc32(rest), len(text)) + rest

    def read(self, path: Path) -> tuple[bytes, memoryview]:
        """The header and the numbers of a file that is still what it was when it was written.

        It is read, not mapped: else whoever writes over it would kill all that use it.

        Raises:
            DataError: it cannot be read, is of another form or version, or is damaged.
        """
        try:
            contents = path.read_bytes()
        except OSError as error:
            raise DataError(f"{path}: {error.strerror}; {self.mend}") from error
        if len(contents) < PREAMBLE.size or not contents.startswith(self.magic):
            raise DataError(f"{path} is no {self.name}; {self.mend}")
        _, version, checksum, length = PREAMBLE.unpack_from(contents)
        rest = memoryview(contents)[PREAMBLE.size :]
        if version != self.version:
            mend = f"{self.again} with this version of hark"
            raise DataError(f"{path} is of version {version}, not {self.version}; {mend}")
        if zlib.crc32(rest) != checksum:
            raise DataError(f"{path} is damaged or cut short (its checksum is another); copy it, or {self.again}")
        return bytes(rest[:length]), rest[length:]
