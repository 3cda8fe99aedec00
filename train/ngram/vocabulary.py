"""Symbols as numbers: first all that occur, then those that the model shall know."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from edge.decoder.alphabet import LETTERS
from edge.decoder.lexicon import BEGIN, END, FIRST, UNKNOWN
from train.ngram.text import UNWRITABLE

Ids: TypeAlias = npt.NDArray[np.uint32]

Split: TypeAlias = Callable[[str], Sequence[str]]
"""What sentences are made of, in order, with SENTENCE_END after each."""

SENTENCE_END: Final = "\n"


class Index(dict[str, int]):
    """Numbers symbols as they come, after the two that stand for no word."""

    def __init__(self) -> None:
        super().__init__({SENTENCE_END: 0, UNWRITABLE: 1})

    def __missing__(self, symbol: str) -> int:
        """A new symbol gets the next number."""
        self[symbol] = len(self)
        return self[symbol]


def words_of(sentences: str) -> Sequence[str]:
    """The words of sentences as `spoken` writes them."""
    return f"{sentences}\n".replace("\n", " \n ").strip(" ").split(" ")


def letters_of(sentences: str) -> Sequence[str]:
    """Their letters, spaces included."""
    return f"{sentences}\n"


def tokens(texts: Iterable[str], split: Split, index: Index) -> Ids:
    """All symbols of some texts as numbers of the index, which grows by those that are new."""
    parts = [np.fromiter(map(index.__getitem__, split(text)), np.uint32) for text in texts]
    return np.concatenate([np.empty(0, np.uint32), *parts])


@dataclass(frozen=True)
class Vocabulary:
    """What the model knows: words in the order of the lexicon, by length, then by alphabet; their ids go from FIRST on.

    A vocabulary of letters is the alphabet itself, with the space.
    """

    words: tuple[str, ...]

    @classmethod
    def of(cls, words: Iterable[str]) -> "Vocabulary":
        """The vocabulary of some words, each given once."""
        return cls(tuple(sorted(words, key=lambda word: (len(word), word))))

    @property
    def is_letters(self) -> bool:
        """Whether it is the alphabet."""
        return self.words == tuple(LETTERS)

    def __len__(self) -> int:
        return FIRST + len(self.words)

    @property
    def bits(self) -> int:
        """Bits of an id."""
        return (len(self) - 1).bit_length()

    def ids(self, tokens: Ids, index: Index) -> Ids:
        """Numbers of the index as ids, with BEGIN before each sentence and END after it."""
        to_id = np.full(len(index), UNKNOWN, np.uint32)
        to_id[index[SENTENCE_END]] = END
        for number, word in enumerate(self.words, FIRST):
            if word in index:
                to_id[index[word]] = number
        found = to_id[tokens]
        return np.insert(found, np.append(0, np.flatnonzero(found == END)[:-1] + 1), BEGIN)


LETTER_VOCABULARY: Final = Vocabulary(tuple(LETTERS))


def most_frequent(shares: Sequence[float], texts: Sequence[Ids], index: Index, size: int) -> Vocabulary:
    """The `size` words that are most frequent in a mixture of texts, each of which has a share in it."""
    frequency = np.zeros(len(index))
    for share, numbers in zip(shares, texts, strict=True):
        frequency += share * np.bincount(numbers, minlength=len(index)) / len(numbers)
    frequency[[index[SENTENCE_END], index[UNWRITABLE]]] = 0
    words = list(index)
    best = np.argsort(-frequency, kind="stable")[:size]
    return Vocabulary.of(words[number] for number in best if frequency[number] > 0)
