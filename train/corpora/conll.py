"""Texts with entities in CoNLL's columns: a token, a tab and its BIO tag a line, an empty line after each sentence.

Lines of `# key = value` tell something of the sentence and hold no tab; the token "#" has one.
"""

import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from edge.errors import DataError, reason
from edge.understanding.words import tokenise
from train.corpora.text import UNREADABLE, open_text

OUTSIDE = "O"
TESTS = ("test", "valid", "devel", "dev")
"""How the file of a folder begins that evaluation is for, the first that is there."""


class Tagged(NamedTuple):
    """A sentence: words and their tags, as many."""

    words: tuple[str, ...]
    tags: tuple[str, ...]


class Span(NamedTuple):
    """An entity: its type, its first word, and the word after its last."""

    kind: str
    first: int
    end: int


def read_conll(path: Path) -> list[Tagged]:
    """The sentences of a file, packed by gzip or not.

    Raises:
        DataError: it cannot be read, a line of it is something else, or there is no sentence.
    """
    sentences: list[Tagged] = []
    words: list[str] = []
    tags: list[str] = []
    try:
        with open_text(path) as lines:
            for number, line in enumerate([*lines, "\n"], start=1):
                word, tab, tag = line.rstrip("\n").partition("\t")
                if tab:
                    words.append(word)
                    tags.append(_checked(tag, f"{path}, line {number}"))
                elif words and not line.strip():
                    sentences.append(Tagged(tuple(words), tuple(tags)))
                    words, tags = [], []
    except UNREADABLE as error:
        raise DataError(f"{path}: {reason(error)}; name a file in CoNLL's columns") from error
    if not sentences:
        raise DataError(f"{path} holds no sentence; name a file in CoNLL's columns, a word, a tab and its tag a line")
    return sentences


def find_conll(path: Path) -> Path:
    """A file itself, or that of a folder which is for testing.

    Raises:
        DataError: the folder has none.
    """
    if not path.is_dir():
        return path
    found = [file for name in TESTS for file in sorted(path.glob(f"{name}*.conll*"))]
    if not found:
        raise DataError(f"{path} holds no {', '.join(f'{name}*.conll' for name in TESTS)}; name a file")
    return found[0]


def spans(tags: Sequence[str]) -> Iterator[Span]:
    """The entities of a sentence; an I- that continues nothing begins one, as conlleval and seqeval see it."""
    kind, first = "", 0
    for at, tag in enumerate((*tags, OUTSIDE)):
        continues = tag == f"I-{kind}"
        if kind and not continues:
            yield Span(kind, first, at)
            kind = ""
        if not kind and tag != OUTSIDE:
            kind, first = tag[2:], at


def tags_of(found: Sequence[Span], length: int) -> tuple[str, ...]:
    """The BIO tags of entities that do not overlap."""
    tags = [OUTSIDE] * length
    for kind, first, end in found:
        tags[first:end] = [f"B-{kind}", *[f"I-{kind}"] * (end - first - 1)]
    return tuple(tags)


def spoken(sentence: Tagged) -> Tagged:
    """The same as a listener hears it: without case and punctuation, in the words of `tokenise`."""
    pieces = [[word.text for word in tokenise(token)] for token in sentence.words]
    starts = [0]
    for piece in pieces:
        starts.append(starts[-1] + len(piece))
    moved = [Span(kind, starts[first], starts[end]) for kind, first, end in spans(sentence.tags)]
    words = tuple(word for piece in pieces for word in piece)
    return Tagged(words, tags_of([one for one in moved if one.first < one.end], len(words)))


def held_back(sentence: Tagged, one_in: int = 20) -> bool:
    """Whether a sentence of a training part is kept for a test of our own: by the checksum of its words."""
    return zlib.crc32(" ".join(sentence.words).encode()) % one_in == 0


def _checked(tag: str, where: str) -> str:
    if tag == OUTSIDE or (tag[:2] in ("B-", "I-") and len(tag) > 2):
        return tag
    raise DataError(f"{where}: {tag!r} is no BIO tag; give O, B-TYPE or I-TYPE")
