"""The beginnings of texts that a beam search holds, as a tree, and those that lost to one with the same future.

What may follow, and what that will score, depends on the last letter and on the states of the scorers, and on nothing
before. So of two prefixes that agree in both the likelier one stays so, or nearly: only while one of them ends in a
blank and the other does not, the next step is kinder to one. The less likely need not take a place in the beam
(recombination, as in word lattices: Ney and Ortmanns 1999). It is remembered as a rival of the one that it lost to, and
whatever that grows into might have begun as the rival did.

    the pair  -- lost to -->  the pear  -->  the pear s  -->  ...  -->  the pear salad, or: the pair salad
"""

import heapq
import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Final, NamedTuple, TypeAlias

from edge.decoder.alphabet import BLANK, decode
from edge.decoder.ctc import IMPOSSIBLE
from edge.decoder.scorer import Scorer, State

HOPELESS: Final = 12.0
"""Nats by which a prefix has lost for good, and is not remembered."""

REMEMBERED: Final = 2000
"""Steps (a minute) after which no sweep spares rivals: in an hour of speech they would take hundreds of megabytes."""

SPARE: Final = 500
"""Prefixes that may be of no more use, before the tree is swept."""


class Loss(NamedTuple):
    """How a rival lost."""

    step: int
    """Since when it is one."""
    acoustic: float
    """By how much it was likelier, as the network heard it; mostly below 0."""
    at_once: float
    """Likewise, if its last letter follows once more in the very next step: only what ended in a blank counts then."""


@dataclass(frozen=True, slots=True, eq=False)
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

    def lineage(self) -> "Iterator[Prefix]":
        """Itself and all that it grew out of, but for the root."""
        prefix = self
        while prefix.parent is not None:
            yield prefix
            prefix = prefix.parent

    def letters(self) -> list[int]:
        """From the first to the last."""
        return [prefix.letter for prefix in self.lineage()][::-1]


Rivals: TypeAlias = Mapping[Prefix, Mapping[Prefix, Loss]]
"""Of each prefix, those that lost to it."""


class Outlook(NamedTuple):
    """What the scorers say of a prefix with a letter more."""

    score: float
    states: tuple[State, ...]


class PrefixTree:
    """All prefixes that are in the beam, begin one that is, or lost to one of these; asks the scorers once for each.

    What is of no more use is swept out from time to time, so that the tree is in proportion to what was said.

    Args:
        scorers: opinions on the texts.
        bonuses: of each letter.
    """

    def __init__(self, scorers: tuple[Scorer, ...], bonuses: tuple[float, ...]) -> None:
        self._scorers = scorers
        self._bonuses = bonuses
        self._nodes = dict[tuple[Prefix, int], Prefix]()
        self._room = SPARE
        """Most nodes until it is swept."""
        # Not in the prefixes themselves, which would refer to each other in circles and outlive the tree.
        self._rivals = dict[Prefix, dict[Prefix, Loss]]()
        self.root = Prefix(None, BLANK, 0.0, tuple(scorer.start() for scorer in scorers), 0)
        self._outlooks: dict[Prefix, dict[int, Outlook]] = {self.root: {}}

    @property
    def rivals(self) -> Rivals:
        """Those that are remembered."""
        return self._rivals

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
        """A prefix of the beam with one letter more: the very same one as long as there is use for it."""
        node = self._nodes.get((prefix, letter))
        if node is None:
            node = self._nodes[prefix, letter] = Prefix(prefix, letter, *self.outlook(prefix, letter), step)
        return node

    def remember(self, rival: Prefix, winner: Prefix, loss: Loss) -> None:
        """That a prefix lost to one with the same future; of one that grew again, where it was nearest."""
        if loss.acoustic + rival.score - winner.score <= -HOPELESS:
            return
        rivals = self._rivals.setdefault(winner, {})
        known = rivals.get(rival)
        if known is None or loss.acoustic > known.acoustic:
            rivals[rival] = loss._replace(step=known.step) if known else loss

    def keep(self, beam: Collection[Prefix]) -> None:
        """Forget the outlook of all others, and sweep if it is time."""
        self._outlooks = {prefix: self._outlooks.get(prefix, {}) for prefix in beam}
        if len(self._nodes) > self._room:
            self._sweep(beam)
            self._room = 2 * len(self._nodes) + SPARE

    def finish(self, prefix: Prefix) -> float:
        """Score of the prefix as the whole text."""
        pairs = zip(self._scorers, prefix.states, strict=True)
        return sum((scorer.finish(state) for scorer, state in pairs), prefix.score)

    def _sweep(self, beam: Iterable[Prefix]) -> None:
        """Forget what neither the beam nor its rivals of late grew out of."""
        used, waiting = set[Prefix](), list(beam)
        oldest = max(prefix.born for prefix in waiting) - REMEMBERED
        recent = {winner: rivals for winner, rivals in self._rivals.items() if winner.born >= oldest}
        while waiting:
            prefix = waiting.pop()
            if prefix not in used and prefix.parent:
                used.add(prefix)
                waiting += [prefix.parent, *recent.get(prefix, ())]
        self._nodes = {place: node for place, node in self._nodes.items() if node in used}
        self._rivals = {winner: rivals for winner, rivals in recent.items() if winner in used}


Tail: TypeAlias = "tuple[int, Tail] | None"
"""The letters that followed a prefix: the first, and those after it, which many share."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read what was heard: a prefix, and the letters that followed it, or one that beat it."""

    prefix: Prefix
    acoustic: float
    """Log probability of all of it."""
    score: float
    """`acoustic`, and what the scorers and the bonuses add."""
    tail: Tail = None
    at: float = math.inf
    """Step at which the prefix was the last."""

    def text(self) -> str:
        """All letters of it."""
        letters, tail = self.prefix.letters(), self.tail
        while tail:
            letter, tail = tail
            letters.append(letter)
        return decode(letters)

    def others(self, rivals: Rivals) -> "Iterator[Reading]":
        """The same, begun as a rival of what it grew out of, if that had lost before it grew on."""
        tail, until, following = self.tail, self.at, BLANK
        for prefix in self.prefix.lineage():
            for rival, loss in rivals.get(prefix, {}).items():
                at_once = following == prefix.letter and until == loss.step + 1
                lost = loss.at_once if at_once else loss.acoustic
                score = self.score + lost + rival.score - prefix.score
                if loss.step < until and score > IMPOSSIBLE:
                    yield Reading(rival, self.acoustic + lost, score, tail, loss.step)
            tail, until, following = (prefix.letter, tail), prefix.born, prefix.letter


def best_readings(readings: Iterable[Reading], rivals: Rivals, n: int) -> dict[str, Reading]:
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
            # A long text has more rivals than memory should hold; no more than `n` of them can be among the best.
            for other in heapq.nlargest(n, reading.others(rivals), key=lambda one: one.score):
                heapq.heappush(heap, (-other.score, next(order), other))
    return found
