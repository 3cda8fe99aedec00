"""What all methods learn from: texts as numbers of words, by falling frequency, sentence after sentence."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from edge.errors import DataError
from train.arrays import read_arrays, write_arrays
from train.ngram.text import UNWRITABLE, read_texts
from train.ngram.vocabulary import SENTENCE_END, Index, tokens, words_of

Ids: TypeAlias = npt.NDArray[np.int32]
Floats: TypeAlias = npt.NDArray[np.float32]

MIN_COUNT = 5
"""Occurrences below which nothing is learnt of a word."""


@dataclass(frozen=True, eq=False)
class Corpus:
    """Texts without the words that are too rare to be known."""

    words: tuple[str, ...]
    """The vocabulary; a word's id is its place, the most frequent has 0."""
    ids: Ids
    """All words of the texts, (n,)."""
    sentences: Ids
    """The number of each word's sentence, (n,), from 0 on."""
    origin: str = ""
    """What it was read from, and how."""

    @cached_property
    def counts(self) -> npt.NDArray[np.int64]:
        """How often each word occurs, (words,)."""
        return np.bincount(self.ids, minlength=len(self.words))

    def save(self, path: Path) -> None:
        """Writes the corpus, so that it need not be read from its texts again."""
        texts = {"words": np.array(self.words), "origin": np.array(self.origin)}
        write_arrays(path, texts | {"ids": self.ids, "sentences": self.sentences})

    @classmethod
    def load(cls, path: Path) -> "Corpus":
        """The corpus of a file.

        Raises:
            DataError: it cannot be read.
        """
        stored = read_arrays(path, needed=("words", "ids", "sentences"))
        origin = str(stored.get("origin", "texts of which no record was kept"))
        return cls(tuple(stored["words"].tolist()), stored["ids"], stored["sentences"], origin)

    @property
    def digest(self) -> str:
        """Tells it from any other."""
        known = "\0".join(self.words).encode()
        return hashlib.sha256(known + self.ids.tobytes() + self.sentences.tobytes()).hexdigest()


def read_corpus(
    paths: Sequence[Path], size: int, min_count: int = MIN_COUNT, advance: Callable[[int], object] = int
) -> Corpus:
    """The corpus of some texts.

    Args:
        paths: files as `train.ngram.text.read_texts` reads them; one that is named twice counts twice.
        size: most words of the vocabulary.
        min_count: fewest occurrences of a word that is to be known.
        advance: told how many bytes have been read since the last call.

    Raises:
        DataError: a file cannot be read, no word is frequent enough, or none of those has another one beside it.
    """
    index = Index()
    texts = tokens(chain.from_iterable(read_texts(path, advance) for path in paths), words_of, index)
    frequency = np.bincount(texts, minlength=len(index))
    frequency[index[UNWRITABLE]] = frequency[index[SENTENCE_END]] = 0
    chosen = np.argsort(-frequency, kind="stable")[:size]
    chosen = chosen[frequency[chosen] >= min_count]
    if len(chosen) < 2:
        raise DataError(f"{', '.join(map(str, paths))}: no word stands there {min_count} times; give longer texts")
    ids = np.full(len(index), -1, np.int32)
    ids[chosen] = np.arange(len(chosen))
    names, known = list(index), ids[texts] >= 0
    sentences = np.cumsum(texts == index[SENTENCE_END], dtype=np.int32)
    sentences = sentences[known]
    if not (sentences[1:] == sentences[:-1]).any():
        raise DataError(f"{', '.join(map(str, paths))}: no sentence has two words that are known; give longer ones")
    return Corpus(tuple(names[number] for number in chosen), ids[texts[known]], sentences, origin_of(paths, size))


def origin_of(paths: Sequence[Path], size: int) -> str:
    """How a corpus tells what it was read from: texts, and the most words that were to be known."""
    texts = ", ".join(f"{path} ({path.stat().st_size if path.exists() else 0} bytes)" for path in paths)
    return f"the {size} most frequent words of {texts}"
