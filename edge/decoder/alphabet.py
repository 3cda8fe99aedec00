"""The alphabet that speech is written in."""

import unicodedata
from collections.abc import Iterable

LETTERS = " 'abcdefghijklmnopqrstuvwxyz"

SPACE = LETTERS.index(" ")
"""Index of what stands between two words."""

BLANK = len(LETTERS)
"""Index of the symbol with which CTC says nothing (Graves et al. 2006)."""

SYMBOLS = len(LETTERS) + 1
"""Letters and the blank."""

PARTING = '-,:;!?"\u2026()'
"""Punctuation that parts words even where no space does; a dot does not, as in "a.m."."""

_WORDS_APART = str.maketrans(dict.fromkeys(f"{PARTING}/\u2013\u2014", " ") | {"\u2019": "'"})


def encode(text: str) -> list[int]:
    """Indices of the letters of a text; case, accents and punctuation are dropped, and words stay apart."""
    plain = unicodedata.normalize("NFKD", text.lower().translate(_WORDS_APART))
    words = "".join(letter for letter in plain if letter in LETTERS).split()
    return [LETTERS.index(letter) for letter in " ".join(words)]


def decode(indices: Iterable[int]) -> str:
    """The text of some indices."""
    return "".join(LETTERS[index] for index in indices)
