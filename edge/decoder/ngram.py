"""A back-off n-gram model (Katz 1987) in one compact file.

    P(w | u v) = what the file says of u v w, if it holds that
               = backoff(u v) * P(w | v), otherwise

The n-grams are a tree: below the root the words, below each word those that may follow it, and so on. A context is
known by the nodes at which it ends, so a word takes one binary search for each of them. Probabilities and back-off
weights are natural logarithms in 8 bits, as codes of a table for each order.

The file: FORM, whose numbers are the arrays of `layout` one after another.
"""

import json
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from edge.decoder.alphabet import LETTERS
from edge.decoder.lexicon import BEGIN, END, FIRST, ROOT, UNKNOWN, Lexicon, Tree
from edge.errors import DataError
from edge.files import Form
from edge.json_records import read

FORM: Final = Form(
    magic=b"HarkNgram\r\n\0",
    version=1,
    name="n-gram model",
    mend="name a file that `python -m train ngram` has written",
    again="build it again",
)
"""The header is JSON."""

CODES: Final = 256
"""Entries of a table. The first is exact, for what cannot be and for no back-off; the others are rounded to."""

Array: TypeAlias = npt.NDArray[Any]
Context: TypeAlias = tuple[int, ...]
"""The nodes at which the last words end, the longest context first; only contexts that bear on what may follow."""


@dataclass(frozen=True, slots=True)
class Header:
    """What the file says of itself."""

    alphabet: str
    """What words are written in."""
    ngrams: tuple[int, ...]
    """Number of n-grams of each order, from one on."""
    lexicon_nodes: int
    """Nodes of the lexicon; 0 if the n-grams are of letters, whose ids are FIRST + their place in the alphabet."""
    rms_error: tuple[float, ...]
    """Of each order: how far the log probabilities are off the trained ones, root mean square, in nats."""

    def __post_init__(self) -> None:
        if len(self.ngrams) < 2 or self.ngrams[0] <= FIRST or min(*self.ngrams, self.lexicon_nodes) < 0:
            raise ValueError(f"no model has {self.ngrams} n-grams and a lexicon of {self.lexicon_nodes} nodes")


class Section(NamedTuple):
    """One array of the file."""

    name: str
    dtype: str
    length: int

    @property
    def size(self) -> int:
        """Bytes."""
        return self.length * np.dtype(self.dtype).itemsize


def layout(header: Header) -> tuple[Section, ...]:
    """The arrays of a file in their order; the widest numbers come first, so that all are aligned."""
    order, nodes, contexts = len(header.ngrams), 1 + sum(header.ngrams), 1 + sum(header.ngrams[:-1])
    word = "uint16" if header.ngrams[0] < 1 << 16 else "uint32"
    return (
        Section("log_probs", "float32", order * CODES),
        Section("log_backoffs", "float32", order * CODES),
        Section("words", word, nodes),
        Section("children", word, contexts),
        Section("probabilities", "uint8", nodes),
        Section("backoffs", "uint8", contexts),
        Section("letters", "uint8", header.lexicon_nodes),
        Section("letter_children", "uint8", header.lexicon_nodes),
        Section("best", "uint8", header.lexicon_nodes),
    )


class NgramModel:
    """An n-gram model; it is immutable, so any number of decoders may share it.

    Args:
        header: what the file says of itself.
        arrays: its sections by name.
    """

    def __init__(self, header: Header, arrays: Mapping[str, Array]) -> None:
        self.header = header
        self._tree = Tree(arrays["words"], arrays["children"])
        self._contexts = len(arrays["children"])
        self._probabilities = arrays["probabilities"].data
        self._backoffs = arrays["backoffs"].data
        self._log_probs: list[list[float]] = arrays["log_probs"].reshape(-1, CODES).tolist()
        self._log_backoffs: list[list[float]] = arrays["log_backoffs"].reshape(-1, CODES).tolist()
        self._orders = [1 + end for end in accumulate(header.ngrams[:-1])]
        self.lexicon: Lexicon | None = None
        """The words; None if the n-grams are of letters."""
        if header.lexicon_nodes:
            letters = Tree(arrays["letters"], arrays["letter_children"])
            self.lexicon = Lexicon(letters, arrays["best"], self._log_probs[0])

    @classmethod
    def open(cls, path: Path | str) -> "NgramModel":
        """Checks a file and reads it into memory.

        Raises:
            DataError: it cannot be read, is no such file, is damaged or of another version, or its words are written
                in another alphabet than the network's.
        """
        header, arrays = read_file(Path(path))
        return cls(header, arrays)

    def start(self) -> Context:
        """The context of a sentence's first word."""
        return self._context([self._tree.child(ROOT, BEGIN)])

    def log_prob(self, context: Context, word: int) -> tuple[Context, float]:
        """The context after one more word, and the log probability of that word.

        Args:
            context: what was said before, from `start` or an earlier call.
            word: an id of the vocabulary, UNKNOWN or END.
        """
        backoff, found = 0.0, []
        for node in (*context, ROOT):
            child = self._tree.child(node, word)
            if child:
                found.append(child)
            elif not found:
                backoff += self._log_backoffs[self._order(node)][self._backoffs[node]]
        longest = found[0]
        return self._context(found), backoff + self._log_probs[self._order(longest)][self._probabilities[longest]]

    def ids(self, text: str) -> list[int]:
        """Ids of the words or letters of a text."""
        if self.lexicon is None:
            return [FIRST + LETTERS.index(letter) if letter in LETTERS else UNKNOWN for letter in text]
        return [self.lexicon.find(word) for word in text.split()]

    def score(self, text: str) -> float:
        """Log probability of a sentence and its end; a word that is not in the vocabulary counts as the unknown one."""
        context, total = self.start(), 0.0
        for word in (*self.ids(text), END):
            context, log_prob = self.log_prob(context, word)
            total += log_prob
        return total

    def _context(self, nodes: Iterable[int]) -> Context:
        return tuple(node for node in nodes if node < self._contexts and self._bears_on_more(node))

    def _bears_on_more(self, node: int) -> bool:
        return self._backoffs[node] != 0 or not self._tree.is_leaf(node)

    def _order(self, node: int) -> int:
        return bisect_right(self._orders, node)


def read_file(path: Path) -> tuple[Header, dict[str, Array]]:
    """The header and the arrays, as views of one array.

    Raises:
        DataError: as `NgramModel.open` says.
    """
    text, numbers = FORM.read(path)
    try:
        header = read(Header, json.loads(text), "header")
        arrays = _arrays(header, np.frombuffer(numbers, np.uint8))
    except ValueError as error:
        raise DataError(f"{path}: {error}; build it again with this version of hark") from error
    if header.alphabet != LETTERS:
        raise DataError(
            f"{path} is written in the alphabet {header.alphabet!r}, the network in {LETTERS!r}; build it again from "
            "texts with `python -m train ngram`"
        )
    return header, arrays


def _arrays(header: Header, numbers: Array) -> dict[str, Array]:
    sections = layout(header)
    *starts, end = accumulate((section.size for section in sections), initial=0)
    if end != len(numbers):
        raise ValueError(f"it has {len(numbers)} bytes of numbers, where its header tells of {end}")
    parts = zip(sections, starts, strict=True)
    return {section.name: numbers[start : start + section.size].view(section.dtype) for section, start in parts}
