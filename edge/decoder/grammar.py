"""Grammars: where only certain sentences are wanted, nothing else is let through.

expression -- one node a letter --> automaton -- sets of nodes, worked out as they are met --> states

A state is the set of nodes that the letters so far lead to (the subset construction of automata theory).
"""

import random
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from typing import Final, TypeAlias, cast

from edge.decoder.alphabet import BLANK, LETTERS, SPACE, decode, encode
from edge.decoder.jsgf import Choice, Expression, Repeat, Rule, Sequence, Word, nesting, parse
from edge.decoder.scorer import FORBIDDEN, State
from edge.decoder.slots import Reading, read
from edge.decoder.spelling import spell
from edge.errors import ConfigError

Nodes: TypeAlias = frozenset[int]
"""A state of the grammar."""

MOST_NODES: Final = 200_000
"""Of an automaton: some 60 MB. Rules that name others twice, which name others twice, double it with each."""

MOST_NESTED: Final = 220
"""Expressions inside each other, as of 40 to 70 rules: to read a sentence, each takes three calls or four."""

_END = 0
"""The node at which a sentence is complete."""

_EPSILON = -1
"""The letter of a node that waits for none: it stands for all nodes that follow it."""

_NOWHERE: tuple[Nodes, float] = frozenset(), FORBIDDEN
"""Where a letter leads that must not follow."""


class _TooLargeError(Exception):
    """The automaton has MOST_NODES."""


class Grammar:
    """Scores 0 for a letter with which some sentence goes on, and forbids all others.

    Args:
        sentences: what may be said, as `Grammar.parse` reads it.
    """

    def __init__(self, sentences: Expression) -> None:
        self._sentences = sentences
        self._letters = [BLANK]
        self._following: list[list[int]] = [[]]
        self._moves: dict[State, dict[int, tuple[Nodes, float]]] = {}
        self._built: dict[tuple[int, int], int] = {}
        first = self._closed([self._build(sentences, _END)])
        # Each word begins with a space, so that none need know whether it is the first; the first space is taken here.
        self._start = self.advance(first, SPACE)[0] | first & {_END}

    @classmethod
    def parse(cls, text: str, where: str) -> "Grammar":
        """The grammar that a text in JSGF describes; `where` names the text in errors.

        Raises:
            ConfigError: it cannot be; the message names the line, what is wrong and how to mend it.
        """
        return cls._written(parse(text, where), where)

    @classmethod
    def of_phrases(cls, phrases: Iterable[str], where: str = "phrases") -> "Grammar":
        """The grammar of a plain list, one sentence a line, or none; `where` names the list in errors.

        Raises:
            ConfigError: there is none, or one cannot be spelled.
        """
        lines = [(phrase, f"{where}, line {line}") for line, phrase in enumerate(phrases, start=1) if phrase.strip()]
        words = [Word(tuple(spell(phrase, line))) for phrase, line in lines]
        if not words:
            raise ConfigError(f"{where}: there are no phrases; write one a line")
        return cls._written(Choice(tuple(words)), where)

    @classmethod
    def _written(cls, sentences: Expression, where: str) -> "Grammar":
        try:
            grammar = cls(sentences)
            if nesting(sentences) > MOST_NESTED:
                raise RecursionError
            return grammar
        except RecursionError:
            raise ConfigError(f"{where}: rules are too deep inside each other; write it flatter") from None
        except _TooLargeError:
            problem = f"written out, its sentences are of more than {MOST_NODES} letters"
            raise ConfigError(f"{where}: {problem}; name a rule in fewer places, or write fewer sentences") from None

    def start(self) -> State:
        """The state before the first letter."""
        return self._start

    def advance(self, state: State, letter: int) -> tuple[Nodes, float]:
        """The state after one more letter, and 0 or FORBIDDEN."""
        moves = self._moves.get(state)
        if moves is None:
            moves = self._moves[state] = self._moves_from(cast(Nodes, state))
        return moves.get(letter, _NOWHERE)

    def finish(self, state: State) -> float:
        """0 where a sentence is complete, else FORBIDDEN."""
        return 0.0 if _END in cast(Nodes, state) else FORBIDDEN

    def accepts(self, text: str) -> bool:
        """Whether the text is one of the sentences; case and punctuation do not matter."""
        state = self.start()
        for letter in encode(text):
            state, _ = self.advance(state, letter)
        return self.finish(state) == 0

    @property
    def intents(self) -> list[str]:
        """Names of the public rules; none of a list of phrases."""
        public = self._sentences.alternatives if isinstance(self._sentences, Choice) else ()
        return [one.name for one in public if isinstance(one, Rule)]

    def read(self, text: str) -> Reading | None:
        """What a text means, None if it is no sentence that follows a public rule."""
        return read(self._sentences, text) if self.intents else None

    def sentences(self) -> Iterator[str]:
        """All sentences, shortest first; without end if the grammar repeats."""
        waiting = deque([(self.start(), "")])
        while waiting:
            state, text = waiting.popleft()
            if self.finish(state) == 0:
                yield text
            moves = ((*self.advance(state, index), text + letter) for index, letter in enumerate(LETTERS))
            waiting.extend((after, longer) for after, score, longer in moves if score == 0)

    def sample(self, rng: random.Random) -> str:
        """A random sentence: alternatives are equally likely, optional parts and repetitions come half the time."""
        return decode(_sample(self._sentences, rng)[1:])

    def _build(self, expression: Expression, after: int) -> int:
        """The node from which an expression leads to the node `after`: one, however often a rule is named there."""
        place = id(expression), after
        if place not in self._built:
            self._built[place] = self._build_anew(expression, after)
        return self._built[place]

    def _build_anew(self, expression: Expression, after: int) -> int:
        match expression:
            case Word(letters):
                for letter in reversed((SPACE, *letters)):
                    after = self._node(letter, [after])
                return after
            case Sequence(parts):
                for part in reversed(parts):
                    after = self._build(part, after)
                return after
            case Choice(alternatives):
                return self._node(_EPSILON, [self._build(one, after) for one in alternatives])
            case Repeat(item):
                again = self._node(_EPSILON, [after])
                first = self._build(item, again)
                self._following[again].append(first)
                return first
            case Rule(_, meaning):
                return self._build(meaning, after)

    def _node(self, letter: int, following: list[int]) -> int:
        if len(self._letters) == MOST_NODES:
            raise _TooLargeError
        self._letters.append(letter)
        self._following.append(following)
        return len(self._letters) - 1

    def _moves_from(self, nodes: Nodes) -> dict[int, tuple[Nodes, float]]:
        following = defaultdict[int, list[int]](list)
        for node in nodes - {_END}:
            following[self._letters[node]] += self._following[node]
        return {letter: (self._closed(after), 0.0) for letter, after in following.items()}

    def _closed(self, nodes: Iterable[int]) -> Nodes:
        """These nodes, with those that wait for a letter in place of those that stand for others."""
        found, waiting = set[int](), list(nodes)
        while waiting:
            node = waiting.pop()
            if node not in found:
                found.add(node)
                waiting += self._following[node] if self._letters[node] == _EPSILON else []
        return frozenset(node for node in found if self._letters[node] != _EPSILON)


def _sample(expression: Expression, rng: random.Random) -> list[int]:
    """Letters of a random sentence, a space before each word."""
    match expression:
        case Word(letters):
            return [SPACE, *letters]
        case Sequence(parts):
            return [letter for part in parts for letter in _sample(part, rng)]
        case Choice(alternatives):
            return _sample(rng.choice(alternatives), rng)
        case Repeat(item):
            return _sample(item, rng) + (_sample(expression, rng) if rng.random() < 0.5 else [])
        case Rule(_, meaning):
            return _sample(meaning, rng)
