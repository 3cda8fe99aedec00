"""Byte-pair encoding: join the commonest pair of neighbouring pieces, again and again (Sennrich et al. 2016)."""

import heapq
from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import pairwise
from typing import Final, TypeAlias

from edge.translation.subwords import END, words_of

Pair: TypeAlias = tuple[str, str]

LEAST_LETTERS: Final = 5
"""A letter that training has fewer times is unknown."""


def learn_pieces(texts: Iterable[str], size: int) -> tuple[str, ...]:
    """END, all letters, and what is joined of them until there are `size` pieces; in the order of `Subwords`."""
    counts = Counter(word for text in texts for word in words_of(text))
    letters = Counter[str]()
    for word, count in counts.items():
        letters.update({letter: count * word.count(letter) for letter in set(word)})
    alphabet = sorted(letter for letter, count in letters.items() if count >= LEAST_LETTERS)
    merges = Merges(counts)
    pieces = dict.fromkeys((END, *alphabet))
    while len(pieces) < size and (joined := merges.join_commonest()):
        pieces[joined] = None
    return tuple(pieces)


class Merges:
    """Words as they are joined further and further, and how often each pair of neighbours occurs in them.

    Args:
        counts: how often each word occurs.
    """

    def __init__(self, counts: Counter[str]) -> None:
        self._words = [(list(word), count) for word, count in sorted(counts.items())]
        self._pairs: Counter[Pair] = Counter()
        self._places: defaultdict[Pair, set[int]] = defaultdict(set)
        for number in range(len(self._words)):
            self._tally(number, 1)
        # Of equally common pairs the first in the alphabet, so that the same texts always give the same pieces.
        self._queue = [(-count, pair) for pair, count in self._pairs.items()]
        heapq.heapify(self._queue)

    def join_commonest(self) -> str | None:
        """Joins the commonest pair everywhere and gives what it comes to; None if no pair occurs twice."""
        pair = self._commonest()
        if pair is None:
            return None
        changed: set[Pair] = set()
        for number in tuple(self._places[pair]):
            changed |= self._tally(number, -1)
            parts = self._words[number][0]
            at = 0
            while at < len(parts) - 1:
                if (parts[at], parts[at + 1]) == pair:
                    parts[at : at + 2] = ["".join(pair)]
                at += 1
            changed |= self._tally(number, 1)
        for found in changed:
            heapq.heappush(self._queue, (-self._pairs[found], found))
        return "".join(pair)

    def _commonest(self) -> Pair | None:
        while self._queue:
            count, pair = heapq.heappop(self._queue)
            # What was queued before its count changed is out of date, and stands there again with the new one.
            if -count == self._pairs[pair]:
                return pair if -count > 1 else None
        return None

    def _tally(self, number: int, sign: int) -> set[Pair]:
        """Counts the pairs of a word in or out, and gives them."""
        parts, count = self._words[number]
        pairs = list(pairwise(parts))
        for pair in pairs:
            self._pairs[pair] += sign * count
            if sign > 0:
                self._places[pair].add(number)
            else:
                self._places[pair].discard(number)
        return set(pairs)
