"""The beginnings of texts that a beam search holds, as a tree, and those that lost to one with the same future.

What may follow, and what that will score, depends on the last letter and on what the scorers know, and on nothing
before. So of two prefixes that agree in both, the likelier one stays so: the other need not take its place in the beam
(recombination, as in word lattices: Ney and Ortmanns 1999). It is remembered as a rival of the one that it lost to, and
whatever that grows into might have begun as the rival did.

    the pair  -- lost to -->  the pear  -->  the pear s  -->  ...  -->  the pear salad, or: the pair salad
"""

import heapq
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import NamedTuple, TypeAlias
from weakref import WeakValueDictionary

from edge.decoder.alphabet import BLANK, decode
from edge.decoder.ctc import IMPOSSIBLE
from edge.decoder.scorer import Scorer, State

Future: TypeAlias = tuple[int, tuple[State, ...]]
"""All that decides what may follow a prefix."""

HOPELESS = 12.0
"""Nats by which a prefix has lost for good, and is not remembered."""


class Loss(NamedTuple):
    """How a rival lost."""

    step: int
    """Since when it is one."""
    acoustic: float
    """By how much it was likelier, as the network heard it; mostly below 0."""
    repeated: float
    """Likewise, where its last letter follows once more: that takes a blank between them."""


@dataclass(frozen=True, eq=False)
class Prefix:
    """The beginning of a text, as a node of a tree that points to its root: growing costs the same at any length."""

    parent: "Prefix | None"
    letter: int
    """The last one; the root's is the blank, which no letter repeats."""
    score: float
    """Of scorers and bonuses, for all letters."""
    states: tuple[State, ...]
    """Of the scorers."""
    born: int
    """Step at which it grew."""
    rivals: "dict[Prefix, Loss]" = field(default_factory=dict)
    """Those that it beat."""

    @property
    def future(self) -> Future:
        """All that decides what may follow; where nobody has an opinion on texts, each is told from all others."""
        return self.letter, self.states or (self, BLANK)

    def beats(self, rival: "Prefix", loss: Loss) -> None:
        """Remember one with the same future that is less likely; of one that grew again, where it was nearest."""
        known = self.rivals.get(rival)
        if known and known.acoustic >= loss.acoustic:
            return
        if loss.acoustic + rival.score - self.score > -HOPELESS:
            self.rivals[rival] = loss._replace(step=known.step) if known else loss

    def lineage(self) -> "Iterator[Prefix]":
        """Itself and all that it grew out of, but for the root."""
        prefix = self
        while prefix.parent is not None:
            yield prefix
            prefix = prefix.parent

    def letters(self) -> list[int]:
        """From the first to the last."""
        return [prefix.letter for prefix in self.lineage()][::-1]


class Outlook(NamedTuple):
    """What the scorers say of a prefix with a letter more."""

    score: float
    states: tuple[State, ...]


class PrefixTree:
    """All prefixes that are in the beam or begin one that is; asks the scorers only once for each.

    Args:
        scorers: opinions on the texts.
        bonuses: of each letter.
    """

    def __init__(self, scorers: tuple[Scorer, ...], bonuses: tuple[float, ...]) -> None:
        self._scorers = scorers
        self._bonuses = bonuses
        # Weak, so that nothing is left of a branch that is no longer in the beam.
        self._nodes: WeakValueDictionary[tuple[Prefix, int], Prefix] = WeakValueDictionary()
        self.root = Prefix(None, BLANK, 0.0, tuple(scorer.start() for scorer in scorers), 0)
        self._outlooks: dict[Prefix, dict[int, Outlook]] = {self.root: {}}

    def outlook(self, prefix: Prefix, letter: int) -> Outlook:
        """What a prefix of the beam would be with one letter more."""
        known = self._outlooks[prefix]
        if letter not in known:
            pairs = zip(self._scorers, prefix.states, strict=True)
            advances = [scorer.advance(state, letter) for scorer, state in pairs]
            score = sum((gain for _, gain in advances), prefix.score + self._bonuses[letter])
            known[letter] = Outlook(score, tuple(state for state, _ in advances))
        return known[letter]

    def grow(self, prefix: Prefix, letter: int, step: int) -> Prefix:
        """A prefix of the beam with one letter more: the very same one as long as another begins with it."""
        node = self._nodes.get((prefix, letter))
        if node is None:
            node = self._nodes[prefix, letter] = Prefix(prefix, letter, *self.outlook(prefix, letter), step)
        return node

    def keep(self, beam: Iterable[Prefix]) -> None:
        """Forget the outlook of all others."""
        self._outlooks = {prefix: self._outlooks.get(prefix, {}) for prefix in beam}

    def finish(self, prefix: Prefix) -> float:
        """Score of the prefix as the whole text."""
        pairs = zip(self._scorers, prefix.states, strict=True)
        return sum((scorer.finish(state) for scorer, state in pairs), prefix.score)


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read what was heard: a prefix, and the letters that followed it, or one that beat it."""

    prefix: Prefix
    acoustic: float
    """Log probability of all of it."""
    score: float
    """`acoustic`, and what the scorers and the bonuses add."""
    tail: tuple[int, ...] = ()
    """The letters that followed."""
    at: float = math.inf
    """Step at which the prefix was the last."""

    def text(self) -> str:
        """All letters of it."""
        return decode([*self.prefix.letters(), *self.tail])

    def others(self) -> "Iterator[Reading]":
        """The same, begun as a rival of what it grew out of, if that had lost before it grew on."""
        tail, until = self.tail, self.at
        for prefix in self.prefix.lineage():
            for rival, loss in prefix.rivals.items():
                lost = loss.repeated if tail[:1] == (prefix.letter,) else loss.acoustic
                score = self.score + lost + rival.score - prefix.score
                if loss.step < until and score > IMPOSSIBLE:
                    yield Reading(rival, self.acoustic + lost, score, tail, loss.step)
            tail, until = (prefix.letter, *tail), prefix.born


def best_readings(readings: Iterable[Reading], n: int) -> dict[str, Reading]:
    """The `n` best of some and of all that they might have begun as, by their text, best first."""
    order = count()
    heap = [(-one.score, next(order), one) for one in readings]
    heapq.heapify(heap)
    found = dict[str, Reading]()
    while heap and len(found) < n:
        reading = heapq.heappop(heap)[-1]
        text = reading.text()
        if text not in found:
            found[text] = reading
            for other in reading.others():
                heapq.heappush(heap, (-other.score, next(order), other))
    return found
