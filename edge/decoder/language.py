"""What language thinks of a text, letter by letter: n-gram models as scorers.

A word's probability is known only at its end, too late to guide a beam. So its letters are paid in advance: each prefix
has been promised the best that a word with this beginning can be (a unigram look-ahead, Steinbiss et al. 1994), and the
end of the word settles the account. What a whole text scores is exactly

    weight * log P(text) + bonus * words - penalty * letters of unknown words
"""

import math
from collections.abc import Iterable
from typing import Final, TypeAlias, cast

from edge.decoder.alphabet import SPACE
from edge.decoder.lexicon import END, FIRST, ROOT, UNKNOWN, EnlargedLexicon
from edge.decoder.ngram import Context, NgramModel
from edge.decoder.scorer import FORBIDDEN, State
from edge.errors import DataError

OUTSIDE: Final = -1
"""Where letters lead that begin no word of the lexicon."""
WAYS_OUT: Final = 1024
"""Prices of unknown words that are kept: more than a beam asks for in a row."""

_Words: TypeAlias = tuple[Context, int]
"""The words so far, and the node of the lexicon at which the letters of the next one end."""

_Letters: TypeAlias = tuple[Context, bool]
"""The letters so far, and whether they end inside a word."""


class WordLanguage:
    """A scorer that knows words.

    Args:
        model: one of words.
        weight: of the language beside what the network hears; above 0.
        word_bonus: nats for each word: above 0, because a language model alone prefers few words, or below, where
            letters are favoured.
        unknown_penalty: nats that each letter of a word outside the vocabulary costs, beside the probability of the
            unknown word; None forbids such words.
        expected: words that cost no such penalty, in the vocabulary or not.

    Raises:
        DataError: the model is one of letters.
    """

    def __init__(
        self,
        model: NgramModel,
        weight: float,
        word_bonus: float = 0.0,
        unknown_penalty: float | None = None,
        expected: Iterable[str] = (),
    ) -> None:
        if model.lexicon is None:
            raise DataError("a language model of letters knows no words: give one of words")
        self._model = model
        self._lexicon = EnlargedLexicon(model.lexicon, expected, model.log_prob((), UNKNOWN)[1])
        self._weight = weight
        self._bonus = word_bonus
        self._penalty = math.inf if unknown_penalty is None else unknown_penalty
        self._ways_out = dict[_Words, float]()
        """By where unknown words leave the lexicon: most letters after a prefix do, all at one price."""

    def start(self) -> State:
        """The state before the first letter."""
        return self._model.start(), ROOT

    def advance(self, state: State, letter: int) -> tuple[State, float]:
        """The state after one more letter, and what that letter scores; no space may follow another or come first."""
        context, node = cast(_Words, state)
        if letter == SPACE:
            return self._complete(context, node) if node != ROOT else (state, FORBIDDEN)
        if node == OUTSIDE:
            return state, -self._penalty
        child = self._lexicon.child(node, letter)
        if child:
            return (context, child), self._promised(child) - self._promised(node)
        return ((context, OUTSIDE), self._way_out((context, node))) if self._penalty < math.inf else (state, FORBIDDEN)

    def finish(self, state: State) -> float:
        """What remains to be paid if the text ends here: the last word, and the end of the sentence."""
        context, node = cast(_Words, state)
        score = 0.0
        if node != ROOT:
            (context, _), score = self._complete(context, node)
        _, end = self._model.log_prob(context, END)
        return score + self._weight * end

    def _promised(self, node: int) -> float:
        """What the letters down to a node have scored."""
        return self._weight * self._lexicon.best(node) + self._bonus if node else 0.0

    def _way_out(self, state: _Words) -> float:
        """`_unknown`, remembered; without lru_cache, which would hold the model in a circle after it is let go of."""
        price = self._ways_out.get(state)
        if price is None:
            if len(self._ways_out) >= WAYS_OUT:
                self._ways_out.clear()
            price = self._ways_out[state] = self._unknown(*state)
        return price

    def _unknown(self, context: Context, node: int) -> float:
        """What the first letter scores that leads out of the lexicon: all that an unknown word costs so far."""
        _, log_prob = self._model.log_prob(context, UNKNOWN)
        letters = len(self._lexicon.prefix(node)) + 1
        return self._weight * log_prob + self._bonus - self._penalty * letters - self._promised(node)

    def _complete(self, context: Context, node: int) -> tuple[_Words, float]:
        """The state after the word that ends at the node, and the difference between its price and what it has paid."""
        word = UNKNOWN if node == OUTSIDE else self._lexicon.word(node)
        following, log_prob = self._model.log_prob(context, word)
        if node == OUTSIDE:
            return (following, ROOT), 0.0
        price = self._weight * log_prob + self._bonus
        if word == UNKNOWN and not self._lexicon.is_added(node):
            price -= self._penalty * len(self._lexicon.prefix(node))
        return (following, ROOT), price - self._promised(node)


class CharacterLanguage:
    """A scorer that knows letters alone, so that no word is foreign to it.

    Args:
        model: one of letters.
        weight: of the language beside what the network hears; above 0.
        word_bonus: nats for each word.

    Raises:
        DataError: the model is one of words.
    """

    def __init__(self, model: NgramModel, weight: float, word_bonus: float = 0.0) -> None:
        if model.lexicon is not None:
            raise DataError("a language model of words cannot judge letters: give one of letters")
        self._model = model
        self._weight = weight
        self._bonus = word_bonus

    def start(self) -> State:
        """The state before the first letter."""
        return self._model.start(), False

    def advance(self, state: State, letter: int) -> tuple[State, float]:
        """The state after one more letter, and what that letter scores; no space may follow another or come first."""
        context, inside = cast(_Letters, state)
        if letter == SPACE and not inside:
            return state, FORBIDDEN
        following, log_prob = self._model.log_prob(context, FIRST + letter)
        bonus = 0.0 if inside else self._bonus
        return (following, letter != SPACE), self._weight * log_prob + bonus

    def finish(self, state: State) -> float:
        """What the end of the text scores."""
        context, _ = cast(_Letters, state)
        _, end = self._model.log_prob(context, END)
        return self._weight * end
