"""Sub-words: text as pieces between letters and words, so that no word is unknown (Sennrich et al. 2016, 1508.07909).

    "Voulez-vous chanter" -> " Voulez" "-" "vous" " chant" "er"

A piece that begins a word holds the space before it, so that pieces joined are the text again. The order of the pieces
is that in which training has joined them (byte-pair encoding); joining a word's letters in the same order splits it.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Final

from edge.errors import DataError

UNKNOWN: Final = 0
"""Index of every letter that no piece has."""

END: Final = "<eos>"
"""The piece before the first and after the last of a sentence; no text can spell it."""

CACHED: Final = 4096
"""Words whose pieces are remembered."""

LONGEST_WORD: Final = 64
"""Letters of a word: what is longer is cut, for its pieces cost as much as the square of its length."""

_WORD = re.compile(rf" ?(?:[^\W\d_]{{1,{LONGEST_WORD}}}'?|\d|[^\w\s]|_)")
_SPACE = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")


def normalise(text: str) -> str:
    """One way to write it: NFKC, straight apostrophes, single spaces for all that is blank or controls a terminal."""
    return _SPACE.sub(" ", unicodedata.normalize("NFKC", text).replace("\u2019", "'")).strip()


def words_of(text: str) -> Iterator[str]:
    """The words, digits and signs of a text, each with the space before it; pieces never cross their borders."""
    return (match[0] for match in _WORD.finditer(f" {normalise(text)}"))


class Subwords:
    """Text to the indices of pieces and back.

    Args:
        pieces: END, the letters, and then what was joined, in that order; the index of the first is 1.

    Raises:
        DataError: END is not the first of them.
    """

    def __init__(self, pieces: Sequence[str]) -> None:
        if not pieces or pieces[0] != END:
            raise DataError(f"sub-words begin with {END}; export the bundle again")
        self.pieces = tuple(pieces)
        self.end = 1
        """Index of END."""
        self._indices = {piece: index for index, piece in enumerate(self.pieces, start=1)}
        self._split = lru_cache(CACHED)(self._join)

    def __len__(self) -> int:
        """Indices in all: the pieces and the unknown one."""
        return 1 + len(self.pieces)

    def encode(self, text: str) -> list[int]:
        """The indices of a text's pieces, without END; symbols that were never seen are 0."""
        return [index for word in words_of(text) for index in self._split(word)]

    def decode(self, indices: Iterable[int]) -> str:
        """The text of some pieces; END and the unknown one say nothing."""
        return "".join(self.spell(indices)).strip()

    def spell(self, indices: Iterable[int]) -> list[str]:
        """The letters of each piece."""
        return ["" if index in (UNKNOWN, self.end) else self.pieces[index - 1] for index in indices]

    def _join(self, word: str) -> tuple[int, ...]:
        """The pieces of a word: its letters, joined in the order in which training has joined them."""
        parts = list(word)
        while len(parts) > 1:
            joined = [self._indices.get(left + right) for left, right in pairwise(parts)]
            first = min((index for index in joined if index), default=None)
            if first is None:
                break
            at = joined.index(first)
            parts[at : at + 2] = [parts[at] + parts[at + 1]]
        return tuple(self._indices.get(part, UNKNOWN) for part in parts)
