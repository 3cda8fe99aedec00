"""Hot words: words and phrases that the owner expects, as a scorer that makes them likelier.

A phrase begins and ends at a space or at an end of the text. While it is spelled, its boost is paid letter by letter,
so that it stays in the beam; if the spelling departs from it, all of that is taken back. So in the end a text has the
boost of each phrase that it contains, and nothing else.

The phrases, with a space before and after each, are the patterns of one automaton (Aho and Corasick 1975): where the
spelling departs from a phrase, it goes on with the longest other that it may still become.
"""

from collections.abc import Mapping
from typing import cast

from edge.decoder.alphabet import LETTERS, SPACE
from edge.decoder.scorer import State
from edge.decoder.spelling import spell

_NOWHERE = 0
"""The state in which no phrase is under way."""


class HotWords:
    """Scores the phrases that a text contains.

    Args:
        boosts: of each word or phrase, in natural logarithms; one below zero makes it unlikely.

    Raises:
        ConfigError: a phrase has letters that the alphabet lacks, or none.
    """

    def __init__(self, boosts: Mapping[str, float]) -> None:
        self._next: list[dict[int, int]] = []
        self._paid: list[float] = []
        """Of each state, for the phrases that are under way."""
        self._earned: list[float] = []
        """Of each state, for the phrases that are complete with the space that leads there."""
        self._new_state()
        for phrase, boost in boosts.items():
            self._add(spell(phrase, "hot words"), boost)
        self._link()

    def start(self) -> State:
        """The state at the start of a word."""
        return self._next[_NOWHERE][SPACE]

    def advance(self, state: State, letter: int) -> tuple[State, float]:
        """The state after one more letter, and what is earned, paid and taken back with it."""
        before = cast(int, state)
        after = self._next[before][letter]
        return after, self._earned[after] + self._paid[after] - self._paid[before]

    def finish(self, state: State) -> float:
        """What is earned and taken back because the text ends."""
        before = cast(int, state)
        return self._earned[self._next[before][SPACE]] - self._paid[before]

    def _new_state(self) -> int:
        self._next.append({})
        self._paid.append(0.0)
        self._earned.append(0.0)
        return len(self._next) - 1

    def _add(self, letters: list[int], boost: float) -> None:
        state = _NOWHERE
        for spelled, letter in enumerate([SPACE, *letters]):
            state = self._child(state, letter)
            self._paid[state] = max(self._paid[state], boost * spelled / len(letters))
        self._earned[self._child(state, SPACE)] += boost

    def _child(self, state: int, letter: int) -> int:
        if letter not in self._next[state]:
            self._next[state][letter] = self._new_state()
        return self._next[state][letter]

    def _link(self) -> None:
        """Say where letters lead that depart from a phrase: to a state of fewer letters, hence breadth first."""
        nowhere = dict.fromkeys(range(len(LETTERS)), _NOWHERE)
        departed, states = {_NOWHERE: _NOWHERE}, [_NOWHERE]
        for state in states:
            children = self._next[state]
            otherwise = nowhere if state == _NOWHERE else self._next[departed[state]]
            self._next[state] = otherwise | children
            for letter, child in children.items():
                departed[child] = otherwise[letter]
                self._paid[child] += self._paid[otherwise[letter]]
                self._earned[child] += self._earned[otherwise[letter]]
                states.append(child)
