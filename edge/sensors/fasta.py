"""FASTA and FASTQ in pieces: files of any length, lines of any length, at constant memory.

    bytes, packed or not -> parts of lines -> pieces of records

A gap of an alignment ("-") is left out, and is no position. Any other letter that stands for no base is refused.
"""

import gzip
import zlib
from collections.abc import Callable, Generator, Iterable, Iterator
from io import BufferedReader
from itertools import chain
from typing import Final, NamedTuple

from edge.errors import DataError

BLOCK: Final = 65536
"""Bytes of a line that are read at once."""

AMBIGUITY: Final = {
    "A": "A", "C": "C", "G": "G", "T": "T", "U": "T",
    "R": "AG", "Y": "CT", "S": "CG", "W": "AT", "K": "GT", "M": "AC",
    "B": "CGT", "D": "AGT", "H": "ACT", "V": "ACG", "N": "ACGT",
}  # fmt: skip
"""The bases that a letter may stand for: the code of IUPAC (Cornish-Bowden 1985)."""

_LETTERS: Final = "".join(AMBIGUITY).encode() + "".join(AMBIGUITY).lower().encode()
_GAP: Final = b"-"
_SPACE: Final = b" \t\r\n"
_GZIP: Final = b"\x1f\x8b"
_MARK: Final = b"\xef\xbb\xbf"
"""The byte order mark that Windows writes before a text."""


class Piece(NamedTuple):
    """Some bases of a record, the next piece going on where this one ends."""

    record: str
    """Its name: the first word of its header."""
    bases: bytes
    """Letters of AMBIGUITY in either case; none in the first piece of a record."""
    begins: bool
    """Whether this is the first piece of its record."""


class _Part(NamedTuple):
    """A line, or as much of it as is read at once."""

    number: int
    """Of the line, from 1."""
    begins: bool
    text: bytes


def read_records(file: BufferedReader, name: str, block: int = BLOCK) -> Iterator[Piece]:
    """The records of a file, piece by piece.

    Args:
        file: FASTA or FASTQ, plain or packed by gzip.
        name: what errors call it.
        block: bytes of a line that are read at once.

    Raises:
        DataError: it is empty, neither FASTA nor FASTQ, damaged, or has a letter that stands for no base.
    """
    try:
        parts = _parts(gzip.GzipFile(fileobj=file) if file.peek(2)[:2] == _GZIP else file, block)
        first = next((part for part in parts if part.text.strip()), None)
        if first is None:
            raise DataError(f"{name} is empty: give a file in FASTA or FASTQ")
        yield from _reader_of(first, name)(chain([first], parts), name)
    except (EOFError, zlib.error, OSError) as error:
        raise DataError(f"{name}: cannot be read ({error}); copy it again") from error


def _reader_of(first: _Part, name: str) -> "Callable[[Iterable[_Part], str], Iterator[Piece]]":
    found = {b">": _fasta, b"@": _fastq}.get(first.text[:1])
    if found is None:
        raise _refusal(name, first, "begins with neither > (FASTA) nor @ (FASTQ)")
    return found


def _parts(file: "BufferedReader | gzip.GzipFile", block: int) -> Iterator[_Part]:
    number, begins = 1, True
    while text := file.readline(block):
        yield _Part(number, begins, text.removeprefix(_MARK) if begins and number == 1 else text)
        begins = text.endswith(b"\n")
        number += begins


def _fasta(parts: Iterable[_Part], name: str) -> Iterator[Piece]:
    record, header = "", False
    for part in parts:
        header = part.text.startswith(b">") if part.begins else header
        if not header:
            yield Piece(record, _bases(part, name), begins=False)
        elif part.begins:
            if b"\r" in part.text.rstrip(b"\r\n"):
                raise _refusal(name, part, "ends with a carriage return alone: convert its line ends")
            record = _name(part)
            yield Piece(record, b"", begins=True)


def _fastq(parts: Iterable[_Part], name: str) -> Iterator[Piece]:
    lines = iter(parts)
    for part in lines:
        if part.begins and part.text.strip():
            record = _record(part, name)
            yield Piece(record, b"", begins=True)
            bases = yield from _read_bases(lines, record, name)
            _skip_qualities(lines, bases, record, name)


def _read_bases(lines: Iterator[_Part], record: str, name: str) -> Generator[Piece, None, int]:
    """The pieces of a record from the end of its header to the + after its bases; returns their number."""
    count, header = 0, True
    for part in lines:
        header = header and not part.begins
        if part.begins and part.text.startswith(b"+"):
            return count
        if not header:
            count += _length(part)
            yield Piece(record, _bases(part, name), begins=False)
    raise _torn(name, record)


def _skip_qualities(lines: Iterator[_Part], count: int, record: str, name: str) -> None:
    """Qualities may look like a header, so only their number, which is that of the bases, tells where they end."""
    header = True
    for part in lines:
        header = header and not part.begins
        count -= 0 if header else _length(part)
        if count < 0:
            raise _refusal(name, part, f"the record {record!r} has more qualities than bases")
        if count == 0 and not header and part.text.endswith(b"\n"):
            break
    if count > 0:
        raise _torn(name, record)


def _record(part: _Part, name: str) -> str:
    if not part.text.startswith(b"@"):
        raise _refusal(name, part, "is no header: it does not begin with @")
    return _name(part)


def _length(part: _Part) -> int:
    return len(part.text.translate(None, _SPACE))


def _bases(part: _Part, name: str) -> bytes:
    bases = part.text.translate(None, _SPACE + _GAP)
    wrong = bases.translate(None, _LETTERS)
    if wrong:
        raise _refusal(name, part, f"{wrong[:1].decode('latin-1')!r} stands for no base (IUPAC code)")
    return bases


def _name(part: _Part) -> str:
    words = part.text[1:].decode(errors="replace").split(maxsplit=1)
    return words[0] if words else ""


def _torn(name: str, record: str) -> DataError:
    return DataError(f"{name} ends within the record {record!r}: copy it again")


def _refusal(name: str, part: _Part, cause: str) -> DataError:
    return DataError(f"{name}, line {part.number}: {cause}; give FASTA or FASTQ of DNA or RNA")
