"""Texts with entities in CoNLL's columns: a token, a tab and its BIO tag a line, an empty line after each sentence.

Lines of `# key = value` tell something of the sentence and hold no tab; the token "#" has one.

Also JSONL: a sentence as `text` a line, its `entities` as [first character, the one after the last, type].
"""

import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

from edge.errors import DataError, reason
from edge.understanding.words import tokenise
from train.corpora.text import UNREADABLE, open_text

OUTSIDE = "O"
TEST = "test"
VALIDATIONS = ("valid", "devel", "dev")
"""How the files of a folder begin that training does not see: for testing, and to choose by."""
FORMATS = "name a file in CoNLL's columns, a word, a tab and its tag a line, or JSONL of `text` and `entities`"


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
    """The sentences of a file, packed or not.

    Raises:
        DataError: it cannot be read, a line of it is something else, or there is no sentence.
    """
    try:
        with open_text(path) as lines:
            if ".jsonl" in path.suffixes:
                sentences = [_marked(json.loads(line)) for line in lines if line.strip()]
            else:
                sentences = list(_columns(lines, path))
    except (*UNREADABLE, ValueError, LookupError, TypeError, AttributeError) as error:
        raise DataError(f"{path}: {reason(error)}; {FORMATS}") from error
    if not sentences:
        raise DataError(f"{path} holds no sentence; {FORMATS}")
    return sentences


def find_conll(path: Path, names: Sequence[str] = (TEST, *VALIDATIONS)) -> Path:
    """A file itself, or the first of a folder whose name begins with one of `names`, in their order.

    Raises:
        DataError: the folder has none.
    """
    if not path.is_dir():
        return path
    found = [file for name in names for file in sorted(path.glob(f"{name}*.conll*"))]
    if not found:
        raise DataError(f"{path} holds no {', '.join(f'{name}*.conll' for name in names)}; name a file")
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


def _columns(lines: Iterable[str], path: Path) -> Iterator[Tagged]:
    words: list[str] = []
    tags: list[str] = []
    for number, line in enumerate(chain(lines, ("\n",)), start=1):
        word, tab, tag = line.rstrip("\n").partition("\t")
        if tab:
            words.append(word)
            tags.append(_checked(tag, f"{path}, line {number}"))
        elif words and not line.strip():
            yield Tagged(tuple(words), tuple(tags))
            words, tags = [], []
        elif line.strip() and not line.startswith("#"):
            raise DataError(f"{path}, line {number}: {word!r} is no word, tab and tag, and no line of # key = value")


def _marked(sentence: dict[str, Any]) -> Tagged:
    """A sentence whose entities are told by their characters; the ends of entities end words, too."""
    text, words, found, at = sentence["text"], list[str](), list[Span](), 0
    for start, end, kind in sorted(sentence["entities"]):
        if not at <= start < end <= len(text):
            raise ValueError(f"{[start, end, kind]} overlaps another entity, or is not within {text[:30]!r}")
        words += text[at:start].split()
        first = len(words)
        words += text[start:end].split()
        found.append(Span(kind, first, len(words)))
        at = end
    words += text[at:].split()
    return Tagged(tuple(words), tags_of([one for one in found if one.first < one.end], len(words)))


def _checked(tag: str, where: str) -> str:
    if tag == OUTSIDE or (tag[:2] in ("B-", "I-") and len(tag) > 2):
        return tag
    raise DataError(f"{where}: {tag!r} is no BIO tag; give O, B-TYPE or I-TYPE")
