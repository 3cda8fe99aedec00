"""FASTA and FASTQ in pieces: what is read, at any block size, and what is refused."""

import gzip
import io
import tracemalloc
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.errors import DataError
from edge.sensors.fasta import read_records

pytestmark = pytest.mark.runtime

FASTA = b">one first of two\r\nACGT\r\nac-gt\r\n\r\n>two\nNRYK\n"
FASTQ = b"@one\nACGT\n+one\n@@+>\n@two\nAC\nGT\n+\n!!\n>>\n\n@three\n\n+\n\n"


def records(contents: bytes, block: int = 64) -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    for piece in read_records(io.BufferedReader(io.BytesIO(contents)), "a file", block):
        if piece.begins:
            found.append((piece.record, b""))
        name, bases = found.pop()
        assert name == piece.record
        found.append((name, bases + piece.bases))
    return found


@given(st.integers(8, 40), st.booleans())
def test_records_are_the_same_at_any_block_size_packed_or_not(block: int, packed: bool) -> None:
    pack = gzip.compress if packed else bytes
    assert records(pack(FASTA), block) == [("one", b"ACGTacgt"), ("two", b"NRYK")]
    assert records(pack(FASTQ), block) == [("one", b"ACGT"), ("two", b"ACGT"), ("three", b"")]


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_byte_order_mark_before_the_text_is_left_out(pack: Callable[[bytes], bytes]) -> None:
    assert records(pack(b"\xef\xbb\xbf" + FASTA)) == records(FASTA)


@pytest.mark.parametrize(
    ("contents", "cause"),
    [
        (b"", "a file is empty"),
        (b"\n\n", "a file is empty"),
        (b"\xef\xbb\xbf", "a file is empty"),
        (b">one\n\xef\xbb\xbfAC\n", "line 2: '\xef' stands for no base"),
        (b"\nACGT\n", "line 2: begins with neither"),
        (b">one\rACGT\r>two\rAC\r", "line 1: ends with a carriage return alone"),
        (b">one\nACGT\nACXGT\n", "line 3: 'X' stands for no base"),
        (b">one\nAC1\n", "line 2: '1' stands for no base"),
        (b">one\nAC\xe9\n", "line 2: '\xe9' stands for no base"),
        (b"@one\nACGT\n+\n!!!!!\n", "line 4: the record 'one' has more qualities"),
        (b"@one\n" + 64 * b"A" + b"\n+\n" + 64 * b"!" + b"!\n", "line 4: the record 'one' has more qualities"),
        (b"@one\nACGT\n+\n!!!!\nACGT\n", "line 5: is no header"),
        (b"@one\nACGT\n+\n!!\n", "ends within the record 'one'"),
        (b"@one\nACGT\n", "ends within the record 'one'"),
        (gzip.compress(FASTA, mtime=0)[:-10], "cannot be read"),
        (gzip.compress(FASTA, mtime=0)[:20] + b"damaged, and not a little", "cannot be read"),
    ],
)
def test_what_is_no_sequence_is_refused(contents: bytes, cause: str) -> None:
    with pytest.raises(DataError, match=r"; |: ") as error:
        records(contents)
    assert cause in str(error.value)
    assert "\n" not in str(error.value)


class Endless(io.RawIOBase):
    """A record of one line that is made while it is read."""

    def __init__(self, size: int) -> None:
        self.left = size
        self.text = b">long\n"

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        count = min(len(buffer), self.left, len(self.text))
        buffer[:count] = self.text[:count]
        self.left -= count
        self.text = b"ACGTTGCA" * 1000
        return count


def test_a_line_of_any_length_takes_no_more_memory() -> None:
    peaks = []
    for size in (1_000_000, 8_000_000):
        tracemalloc.start()
        bases = sum(len(piece.bases) for piece in read_records(io.BufferedReader(Endless(size)), "a file", block=4096))
        assert bases == size - len(b">long\n")
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.2 * peaks[0]
