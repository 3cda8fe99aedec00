"""Words in: a sentence as words with their places, and each word as a vector.

    E(w) = e(w) + mean of b(g) over the character n-grams g of <w>      (Bojanowski et al. 2017, arXiv 1607.04606)

e(w) is the word's own row, or that of all unknown words; b(g) is a row that n-grams share by their hash. So a word that
was misspelt, or never seen, still lies near those that are written like it. Training and device share this file.

The file of an embedding: FORM, whose numbers are the arrays one after another. Rows are int8 with a scale each, and are
never held as floats.
"""

import json
import re
import unicodedata
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import accumulate
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from edge.errors import DataError
from edge.files import Form
from edge.json_records import read
from edge.model.quantization import Real

FORM: Final = Form(
    magic=b"HarkWords\r\n\0",
    version=1,
    name="embedding",
    mend="copy or export the bundle again",
    again="export the bundle again",
)
"""The header is JSON."""

UNKNOWN: Final = 0
"""Index of every word that is not in the vocabulary."""

NGRAMS: Final = (3, 4, 5)
"""Lengths of character n-grams; < and > mark the ends of the word."""

LONGEST: Final = 32
"""Letters of a word that count; what is longer is no word, and shall not cost as much as a page."""

# A raised figure is a power or a note: "10²" is no 102.
_LETTER = r"[^\W_\u00b2\u00b3\u00b9\u2070-\u2079][\u0300-\u036f]*"
_WORD = re.compile(rf"\d+(?:[:.,]\d+)+(?:{_LETTER})*|(?:{_LETTER})+(?:['\u2019](?:{_LETTER})+)*")


_READABLE = re.compile(r"[a-z0-9]")


def is_readable(word: str) -> bool:
    """Whether a word has anything of the script that our networks have learnt: what they say of others is noise."""
    return _READABLE.search(unicodedata.normalize("NFKD", word)) is not None


class Word(NamedTuple):
    """A word, and where it stands."""

    text: str
    """In lower case."""
    start: int
    """Index of its first character in the sentence."""
    end: int
    """Index after its last character."""


def tokenise(text: str) -> tuple[Word, ...]:
    """The words of a text in lower case; punctuation, symbols and control characters only separate them.

    An apostrophe between letters belongs to the word, as do the signs inside a number such as 7:30 or 3.5.
    """
    return tuple(Word(normalise(match[0]), *match.span()) for match in _WORD.finditer(text))


def normalise(word: str) -> str:
    """A word in lower case and in one of the ways in which Unicode may write it."""
    return unicodedata.normalize("NFKC", word.lower()).replace("\u2019", "'")


class Vocabulary:
    """Indices of words and of the character n-grams inside them.

    Args:
        words: the known ones, in lower case; the index of the first is 1.
        buckets: how many rows the n-grams share.
    """

    def __init__(self, words: Sequence[str], buckets: int) -> None:
        self.words = tuple(words)
        self.buckets = buckets
        self._indices = {word: index for index, word in enumerate(self.words, start=1)}

    def __len__(self) -> int:
        """Indices in all: the known words and the unknown one."""
        return 1 + len(self.words)

    def index(self, word: str) -> int:
        """The place of the 1 in the one-hot vector of a word; UNKNOWN for one that is not known."""
        return self._indices.get(word, UNKNOWN)

    def ngrams(self, word: str) -> list[int]:
        """The bucket of each character n-gram of a word that is not empty; none where there are no buckets."""
        if not self.buckets:
            return []
        marked = f"<{word[:LONGEST]}>"
        grams = (marked[at : at + size] for size in NGRAMS for at in range(len(marked) - size + 1))
        return [zlib.crc32(gram.encode(errors="replace")) % self.buckets for gram in grams]


@dataclass(frozen=True, slots=True)
class Header:
    """What the file says of itself."""

    dims: int
    words: int
    """In the vocabulary, without the unknown one."""
    buckets: int
    letters: int
    """Bytes of the vocabulary in UTF-8, a word a line."""


class Embedding:
    """The matrix E; it is immutable, so any number of networks may share it.

    Args:
        vocabulary: which row is whose.
        rows: int8, (words + buckets, dims): the rows of the words, then those of the n-grams.
        scales: float32, (words + buckets,), what one step of each row is worth.
    """

    def __init__(self, vocabulary: Vocabulary, rows: npt.NDArray[np.int8], scales: Real) -> None:
        self.vocabulary = vocabulary
        self.rows = rows
        self.scales = scales

    @classmethod
    def open(cls, path: Path | str) -> "Embedding":
        """Checks a file and reads it into memory.

        Raises:
            DataError: it cannot be read, is no such file, is damaged, or of another version.
        """
        path = Path(path)
        header, body = FORM.read(path)
        try:
            return cls._of(read(Header, json.loads(header), "header"), body)
        except ValueError as error:
            raise DataError(f"{path}: {error}; export the bundle again with this version of hark") from error

    @classmethod
    def _of(cls, header: Header, body: memoryview) -> "Embedding":
        count = 1 + header.words + header.buckets
        *starts, end = accumulate((4 * count, header.dims * count, header.letters), initial=0)
        if end != len(body):
            raise ValueError(f"it has {len(body)} bytes of rows, where its header tells of {end}")
        scales, rows, letters = (body[start:stop] for start, stop in zip(starts, [*starts[1:], end], strict=True))
        words = bytes(letters).decode().split("\n") if letters else []
        if len(words) != header.words:
            raise ValueError(f"it names {len(words)} words, where its header tells of {header.words}")
        table = np.frombuffer(rows, np.int8).reshape(count, header.dims)
        return cls(Vocabulary(words, header.buckets), table, np.frombuffer(scales, np.float32))

    @property
    def dims(self) -> int:
        """Width of a vector."""
        return int(self.rows.shape[1])

    def vectors(self, indices: Sequence[int]) -> Real:
        """The rows of these numbers as floats: (indices, dims)."""
        chosen = list(indices)
        return self.rows[chosen] * self.scales[chosen, None]

    def embed(self, words: Sequence[str]) -> Real:
        """The vectors of some words, none of them empty: (words, dims)."""
        vectors = np.empty((len(words), self.dims), np.float32)
        for place, word in enumerate(words):
            vectors[place] = self.vectors([self.vocabulary.index(word)])[0]
            if grams := self.vocabulary.ngrams(word):
                vectors[place] += self.vectors([len(self.vocabulary) + bucket for bucket in grams]).mean(axis=0)
        return vectors

    def to_bytes(self) -> bytes:
        """The contents of a file that `open` reads."""
        letters = "\n".join(self.vocabulary.words).encode()
        header = Header(self.dims, len(self.vocabulary) - 1, self.vocabulary.buckets, len(letters))
        return FORM.pack(json.dumps(asdict(header)).encode(), self.scales.tobytes() + self.rows.tobytes() + letters)
