"""Grammars as text, in a subset of the JSpeech Grammar Format (W3C note, 2000; https://www.w3.org/TR/jsgf/).

    text -- tokens -- recursive descent --> one expression of words

    #JSGF V1.0;                                     // this line and the next may be left out
    grammar lights;
    public <command> = (switch | turn) <state> [the] <lamp>+;
    <state> = on | off;
    <lamp> = reading light | lamp;                  // [ ] may be left out, + once or more, * any number of times

Sentences follow any of the public rules. Weights, tags, quotes, imports and recursion are left out.
"""

import difflib
import re
from collections import deque
from dataclasses import dataclass
from typing import NoReturn, TypeAlias

from edge.decoder.spelling import spell
from edge.errors import ConfigError

_TOKEN = re.compile(
    r"""(?P<skip> \s+ | //[^\n]* | /\*.*?\*/)
      | (?P<rule> <[^<>\s]+>)
      | (?P<mark> [=;|()\[\]*+])
      | (?P<word> [^\s=;|()\[\]*+<>{}/"]+)
      | (?P<other> .)""",
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Word:
    """Indices of `edge.decoder.alphabet`; a hyphen makes it several words, with a space between."""

    letters: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Sequence:
    """One after the other."""

    parts: "tuple[Expression, ...]" = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """One of them."""

    alternatives: "tuple[Expression, ...]"


@dataclass(frozen=True, slots=True)
class Repeat:
    """Once or more."""

    item: "Expression"


@dataclass(slots=True, eq=False)
class Rule:
    """There is one for each name; what it means is filled in when its definition has been read."""

    name: str
    meaning: "Expression"


Expression: TypeAlias = Word | Sequence | Choice | Repeat | Rule


def nesting(expression: Expression, known: dict[int, int] | None = None) -> int:
    """How many expressions lie inside each other, from this one down to a word; `known` by identity.

    Raises:
        RecursionError: hundreds.
    """
    known = {} if known is None else known
    if id(expression) not in known:
        known[id(expression)] = 1 + max((nesting(one, known) for one in _parts(expression)), default=0)
    return known[id(expression)]


def _parts(expression: Expression) -> "tuple[Expression, ...]":
    match expression:
        case Word():
            return ()
        case Sequence(several) | Choice(several):
            return several
        case Repeat(one) | Rule(_, one):
            return (one,)


def parse(text: str, where: str) -> Expression:
    """The choice of all public rules of a text; `where` names the text in errors.

    Raises:
        ConfigError: it cannot be; the message names the line, what is wrong and how to mend it.
    """
    try:
        return _Parser(text, where).sentences()
    except RecursionError:
        raise ConfigError(f"{where}: brackets or rules are too deep inside each other; write it flatter") from None


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    line: int

    @property
    def shown(self) -> str:
        return self.text if self.kind == "end" else f'"{self.text}"'


def _tokens(text: str) -> deque[_Token]:
    tokens, line = deque[_Token](), 1
    for match in _TOKEN.finditer(text):
        if match.lastgroup != "skip":
            tokens.append(_Token(match.lastgroup or "", match[0], line))
        line += match[0].count("\n")
    tokens.append(_Token("end", "the end", line))
    return tokens


class _Parser:
    """Recursive descent over the tokens of one text."""

    def __init__(self, text: str, where: str) -> None:
        self._where = where
        self._tokens = _tokens(text)
        self._rules: dict[str, Rule] = {}
        self._mentions: dict[str, list[_Token]] = {}
        """The rules that each defined rule mentions."""

    def sentences(self) -> Expression:
        public: list[Expression] = []
        while self._next.kind != "end":
            if self._next.text in ("#JSGF", "grammar"):
                self._skip_declaration()
            elif self._take("public"):
                public.append(self._rule())
            else:
                self._rule()
        checked: set[str] = set()
        for name in self._mentions:
            self._check((name,), checked)
        if not public:
            raise ConfigError(f'{self._where}: no rule is public; write "public" before the one that sentences follow')
        return Choice(tuple(public))

    def _check(self, path: tuple[str, ...], checked: set[str]) -> None:
        """Follow the last of some rules, each of which mentions the next, down to the words or what was checked."""
        if path[-1] in checked:
            return
        for token in self._mentions[path[-1]]:
            if token.text in path:
                self._fail(token.line, f"{token.text} contains itself; repeat with + or * instead")
            if token.text not in self._mentions:
                close = difflib.get_close_matches(token.text, self._mentions, n=1)
                mend = f"did you mean {close[0]}?" if close else f"write {token.text} = ...;"
                self._fail(token.line, f"{token.text} is no rule; {mend}")
            self._check((*path, token.text), checked)
        checked.add(path[-1])

    @property
    def _next(self) -> _Token:
        return self._tokens[0]

    def _take(self, text: str) -> bool:
        """Pass the next token if it is this one."""
        found = self._next.text == text
        if found:
            self._tokens.popleft()
        return found

    def _fail(self, line: int, problem: str) -> NoReturn:
        raise ConfigError(f"{self._where}, line {line}: {problem}")

    def _skip_declaration(self) -> None:
        first = self._next
        while not self._take(";"):
            if self._next.kind != "word":
                self._fail(first.line, f'{first.shown} is not ended; write ";" behind it')
            self._tokens.popleft()

    def _rule(self) -> Rule:
        name = self._next
        if name.kind != "rule":
            self._fail(name.line, f"{name.shown} begins no rule; write <name> = ...;")
        if name.text in self._mentions:
            self._fail(name.line, f"{name.text} is there already; give one of them another name")
        self._tokens.popleft()
        if not self._take("="):
            self._fail(name.line, f'{name.text} is not followed by "="; write {name.text} = ...;')
        self._mentions[name.text] = []
        rule = self._named(name)
        rule.meaning = self._choice()
        self._end(name)
        return rule

    def _end(self, name: _Token) -> None:
        if self._next.text in (")", "]"):
            self._fail(self._next.line, f"{self._next.shown} closes nothing; remove it")
        if not self._take(";"):
            self._fail(name.line, f'{name.text} is not ended; write ";" behind it')

    def _choice(self) -> Expression:
        alternatives = [self._sequence()]
        while self._take("|"):
            alternatives.append(self._sequence())
        return Choice(tuple(alternatives))

    def _sequence(self) -> Expression:
        parts: list[Expression] = []
        while self._next.kind in ("word", "rule", "other") or self._next.text in ("(", "["):
            parts.append(self._repeated(self._item()))
        if not parts:
            self._fail(self._next.line, f"nothing stands before {self._next.shown}; write words, or remove the mark")
        return Sequence(tuple(parts))

    def _item(self) -> Expression:
        token = self._tokens.popleft()
        if token.text == "(":
            return self._bracketed(token, ")")
        if token.text == "[":
            return _optional(self._bracketed(token, "]"))
        if token.kind == "rule":
            return self._mentioned(token)
        if token.kind == "other":
            self._fail(token.line, f"{token.shown} means nothing (weights, tags and quotes are left out); remove it")
        return Word(tuple(spell(token.text, f"{self._where}, line {token.line}")))

    def _mentioned(self, token: _Token) -> Rule:
        *_, current = self._mentions
        self._mentions[current].append(token)
        return self._named(token)

    def _named(self, token: _Token) -> Rule:
        return self._rules.setdefault(token.text, Rule(token.text.strip("<>"), Sequence()))

    def _bracketed(self, opening: _Token, closing: str) -> Expression:
        inner = self._choice()
        if not self._take(closing):
            problem = f'{opening.shown} is not closed before {self._next.shown}; write "{closing}" there'
            self._fail(opening.line, problem)
        return inner

    def _repeated(self, item: Expression) -> Expression:
        if self._take("*"):
            return self._repeated(_optional(Repeat(item)))
        if self._take("+"):
            return self._repeated(Repeat(item))
        return item


def _optional(expression: Expression) -> Expression:
    return Choice((expression, Sequence()))
