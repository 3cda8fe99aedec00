"""What cased texts and lists of names tell of a word: a listener hears no capital, but may know who bears one.

    capital   how often it has one inside a sentence, from -1 (never) to 1 (always); 0 where nobody wrote it
    common    how often it was written, by its logarithm, from -1 (never) to 1 (8 on the natural scale, and more)
    female, male, place     whether a list has it

These stand beside the vector of each word when training begins, each REPEATED times, since dropout hides single numbers
(cf. the gazetteers of Ratinov and Roth 2009). So the device needs nothing but a wider table of words.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from train.corpora.text import open_text
from train.recipes.entities.variety import NAMES, PLACES, read_names

GAZETTEERS: Final = "ner_gazetteers"
CASED: Final = ("lm_books/books.txt.xz", "lm_speeches/speeches.txt.xz", "mt_tatoeba_enfr/train.tsv.xz")
"""Texts with capitals, inside the folder of all texts."""

SIZE: Final = 0.3
"""The largest number of those beside a vector: about that of a vector of length one."""
REPEATED: Final = 3
KINDS: Final = 5
WIDTH: Final = REPEATED * KINDS
"""Numbers beside each vector."""

COMMONEST: Final = 8.0
"""Logarithm of the count from which a word is as common as can be."""
USUAL: Final = 0.2
"""Capitals that a word is taken to have had in one more place, so that rare ones are near the mean."""

SMALL: Final = frozenset(("of", "and", "the"))
"""Words of places that do not tell one."""

_INSIDE = re.compile(r"(?<=[a-z,;] )[A-Za-z][a-z']*")
"""A word behind another one, so not the first of its sentence."""


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Who is written with a capital, and who is in a list."""

    capitals: Counter[str]
    """How often each word has one."""
    seen: Counter[str]
    """How often it stands where it need not have one."""
    lists: tuple[frozenset[str], ...]
    """Female names, male names, and words of places."""

    @classmethod
    def read(cls, data: Path) -> "Lexicon":
        """From the folder of all texts; cased texts that are not there tell nothing."""
        capitals, seen = Counter[str](), Counter[str]()
        for path in (data / name for name in CASED):
            if path.exists():
                _count(_lines(path), capitals, seen)
        return cls(capitals, seen, lists_of(data / GAZETTEERS))

    def beside(self, words: Sequence[str]) -> npt.NDArray[np.float32]:
        """What stands beside the vectors of the unknown word and of these, (1 + words, WIDTH)."""
        rows = np.array([self._row(word) for word in ("", *words)], np.float32)
        return np.tile(SIZE * rows, (1, REPEATED))

    def _row(self, word: str) -> list[float]:
        seen = self.seen[word]
        capital = 2 * (self.capitals[word] + USUAL) / (seen + 1) - 1 if seen else 0.0
        common = 2 * min(float(np.log1p(seen)) / COMMONEST, 1.0) - 1
        return [capital, common, *(float(word in entries) for entries in self.lists)]


def lists_of(gazetteers: Path) -> tuple[frozenset[str], ...]:
    """Female names, male names, and words of places."""
    female, male, places = (read_names(gazetteers, files) for files in (NAMES[:1], NAMES[1:], PLACES))
    single = [frozenset(name[0] for name in names if len(name) == 1) for names in (female, male)]
    return (*single, frozenset(word for place in places for word in place) - SMALL)


def _lines(path: Path) -> Iterable[str]:
    with open_text(path) as lines:
        yield from (line.partition("\t")[0] for line in lines)


def _count(lines: Iterable[str], capitals: Counter[str], seen: Counter[str]) -> None:
    for line in lines:
        found = _INSIDE.findall(line)
        seen.update(word.lower() for word in found)
        capitals.update(word.lower() for word in found if word[0].isupper())
