"""How often each n-gram occurs. An n-gram is one number: the ids of its words side by side, the first one highest.

So in numerical order n-grams stand by their contexts; without its last word an n-gram is its number shifted right, and
without its first word its number masked.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from edge.decoder.lexicon import BEGIN
from edge.errors import UsageError
from train.ngram.vocabulary import Ids

Grams: TypeAlias = npt.NDArray[np.uint64]
"""N-grams as numbers."""
Counts: TypeAlias = npt.NDArray[np.int64]


def context(grams: Grams, bits: int) -> Grams:
    """N-grams without their last words, each word having so many bits."""
    return grams >> np.uint64(bits)


def suffix(grams: Grams, bits: int, order: int) -> Grams:
    """N-grams of an order without their first words."""
    return grams & np.uint64((1 << bits * (order - 1)) - 1)


@dataclass(frozen=True, slots=True, eq=False)
class Counted:
    """The n-grams of one order, sorted, and how often each occurs."""

    grams: Grams
    counts: Counts


def check_order(order: int, size: int) -> None:
    """Makes sure that n-grams fit into numbers.

    Raises:
        UsageError: they do not.
    """
    if order * (size - 1).bit_length() > 64:
        raise UsageError(f"n-grams of order {order} over {size} words do not fit into 64 bits: lower one of the two")


def count(ids: Ids, order: int, size: int) -> list[Counted]:
    """The n-grams of each order from one on that occur, but all single words of the vocabulary.

    Args:
        ids: sentences, each from BEGIN to END; no n-gram reaches from one into the next.
        order: of the longest n-grams.
        size: of the vocabulary.

    Raises:
        UsageError: such n-grams do not fit into numbers.
    """
    check_order(order, size)
    bits = np.uint64((size - 1).bit_length())
    grams, within = ids.astype(np.uint64), np.ones(len(ids), bool)
    counted = [Counted(np.arange(size, dtype=np.uint64), np.bincount(ids, minlength=size))]
    for length in range(1, order):
        grams = grams[:-1] << bits | ids[length:]
        within = within[:-1] & (ids[length:] != BEGIN)
        counted.append(Counted(*np.unique(grams[within], return_counts=True)))
    return counted


def adjusted(counted: Sequence[Counted], bits: int) -> Iterator[Counts]:
    """The counts that are smoothed (Kneser & Ney 1995), of each order from one on.

    Of the highest order they are those of the text; of the others, how many different words precede each n-gram. What
    begins a sentence has none before it, so its own count stands.
    """
    for order, (shorter, longer) in enumerate(pairwise(counted), 1):
        tails = np.searchsorted(shorter.grams, suffix(longer.grams, bits, order + 1))
        predecessors = np.bincount(tails, minlength=len(shorter.grams))
        begins = shorter.grams >> np.uint64(bits * (order - 1)) == BEGIN
        yield np.where(begins, shorter.counts, predecessors) if order > 1 else predecessors
    yield counted[-1].counts
