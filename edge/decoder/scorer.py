"""What else has an opinion on a text, beside the network that heard it: letter by letter, so that it can guide a beam.

Language models, hot words and grammars are all scorers. Each is immutable and hands out states, which are values: the
state after a letter depends on the state before it and on that letter alone, so beams may share, keep and compare them.
"""

from collections.abc import Hashable, Iterable
from typing import Protocol, TypeAlias

State: TypeAlias = Hashable
"""What a scorer knows of the letters so far."""

FORBIDDEN = float("-inf")
"""Score of a letter that must not follow, or of a text that must not end here."""


class Scorer(Protocol):
    """An opinion on texts, in natural logarithms that are added to those of the network."""

    def start(self) -> State:
        """The state before the first letter."""
        ...

    def advance(self, state: State, letter: int) -> tuple[State, float]:
        """The state after one more letter (an index of `edge.decoder.alphabet`), and what that letter scores."""
        ...

    def finish(self, state: State) -> float:
        """What it scores that the text ends here: the last word counts, a half-said hot word is refunded."""
        ...


def score_of(scorer: Scorer, letters: Iterable[int]) -> float:
    """What a scorer says of a whole text."""
    state, total = scorer.start(), 0.0
    for letter in letters:
        state, score = scorer.advance(state, letter)
        total += score
    return total + scorer.finish(state)
