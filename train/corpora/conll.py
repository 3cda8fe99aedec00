"""Texts with entities in CoNLL's columns: a token and its BIO tag a line, an empty line after each sentence.

Tabs part the columns, or spaces where a line has no tab; the token is the first of them and the tag the last, so
the parts of speech between them in the files of CoNLL-2003 are passed over, and so are its lines of -DOCSTART-.
Lines of `# key = value` tell something of the sentence and hold no tab; the token "#" has a tag.

Also JSONL: a sentence as `text` a line, its `entities` as [first character, the one after the last, type].
"""

import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

from edge.errors import DataError
from edge.understanding.words import tokenise
from train.corpora.text import UNREADABLE, Lines, open_text

OUTSIDE = "O"
TEST = "test"
VALIDATIONS = ("valid", "devel", "dev")
"""How the files of a folder begin that training does not see: for testing, and to choose by."""
DOCUMENT = "-DOCSTART-"
"""Stands in place of a word where a text begins."""
FORMATS = "name a file in CoNLL's columns, a word and last its BIO tag a line, or JSONL of `text` and `entities`"


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
    lines = Lines(path)
    try:
        with open_text(path) as file:
            if ".jsonl" in path.suffixes:
                sentences = [_marked(json.loads(line)) for line in lines.of(file) if line.strip()]
            else:
                sentences = list(_columns(lines.of(file)))
    except (*UNREADABLE, ValueError, LookupError) as error:
        raise lines.fault(error, FORMATS) from error
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


def _columns(lines: Iterable[str]) -> Iterator[Tagged]:
    words: list[str] = []
    tags: list[str] = []
    for line in chain(lines, ("\n",)):
        if not line.strip() or line.startswith(DOCUMENT):
            if words:
                yield Tagged(tuple(words), tuple(tags))
                words, tags = [], []
        elif not _is_comment(line):
            word, tag = _word_and_tag(line)
            words.append(word)
            tags.append(tag)


def _is_comment(line: str) -> bool:
    return line.startswith("#") and "\t" not in line and ("=" in line or not _is_tag(line.rsplit(maxsplit=1)[-1]))


def _word_and_tag(line: str) -> tuple[str, str]:
    first, *others = line.rstrip("\r\n").split("\t") if "\t" in line else line.split()
    if not others:
        raise ValueError(f"{first:.40}: there is no tag behind the word")
    tag = others[-1].strip()
    if not _is_tag(tag):
        raise ValueError(f"{tag[:40]!r} is no BIO tag; give O, B-TYPE or I-TYPE")
    return first, tag


def _is_tag(text: str) -> bool:
    return text == OUTSIDE or (text[:2] in ("B-", "I-") and len(text) > 2)


def _marked(sentence: object) -> Tagged:
    """A sentence whose entities are told by their characters; the ends of entities end words, too."""
    text, entities = _text_and_entities(sentence)
    words, found, at = list[str](), list[Span](), 0
    for start, end, kind in sorted(entities):
        if not at <= start < end <= len(text):
            raise ValueError(f"{[start, end, kind]} overlaps another entity, or is not within {text[:30]!r}")
        words += text[at:start].split()
        first = len(words)
        words += text[start:end].split()
        found.append(Span(kind, first, len(words)))
        at = end
    words += text[at:].split()
    return Tagged(tuple(words), tags_of([one for one in found if one.first < one.end], len(words)))


def _text_and_entities(sentence: object) -> tuple[str, list[list[Any]]]:
    if not isinstance(sentence, dict):
        raise ValueError(f"{json.dumps(sentence):.40} is no object of `text` and `entities`")
    text, entities = sentence["text"], sentence["entities"]
    if not isinstance(text, str):
        raise ValueError(f"text is {json.dumps(text):.40}, but must be a string")
    for one in entities if isinstance(entities, list) else [entities]:
        if not (isinstance(one, list) and list(map(type, one)) == [int, int, str]):
            wanted = "a list of [first character, the one after the last, type]"
            raise ValueError(f"entities have {json.dumps(one):.40}, but must be {wanted}")
    return text, entities
