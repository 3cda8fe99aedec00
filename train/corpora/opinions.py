"""Sentences and how many stars they give, in the formats of the sentiment corpora.

    *.tsv      label, tab, text; or a first line that names the columns, of them `label` and `text` (or `sentence`).
               Labels 0 and 1 are polarities, 0 to 4 are stars
    *.jsonl    product reviews: `text`, and `score`, the sum of the strengths (-3 to 3) of what it says of each aspect;
               `aspects` may tell which, so that who praises and blames alike is left out
    *.txt      trees of the Stanford Sentiment Treebank, `(3 (2 It) ...)` a line: the first digit is the label, 0 to 4;
               with `positive` or `negative` in its name, a lexicon: a word a line

A polarity leaves open how many stars are meant: an opinion names all that may be right.
"""

import csv
import json
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

from edge.errors import DataError
from edge.understanding.words import tokenise
from train.corpora.text import UNREADABLE, Lines, open_text

Stars: TypeAlias = frozenset[int]
"""Of 1 to 5, those that may be right."""

NEGATIVE: Final[Stars] = frozenset((1, 2))
NEUTRAL: Final[Stars] = frozenset((3,))
POSITIVE: Final[Stars] = frozenset((4, 5))
LEXICONS: Final = {"negative": NEGATIVE, "positive": POSITIVE}
"""What all words of a file mean whose name says so."""
MILD: Final[Stars] = frozenset((2, 3, 4))
"""Of a sentence in a review that says nothing of any aspect."""

STRONG: Final = 3
"""Strength from which praise is five stars, and blame one."""

TESTS: Final = ("test", "dev", "train", "")
"""What the name of the file of a folder holds that evaluation is for, the first that is there."""

LABELS: Final = ("0", "1", "2", "3", "4")
"""As they are written."""
TEXTS: Final = ("text", "sentence")
"""What the column of the sentences may be called."""

FORMATS: Final = "name a table of labels and sentences, reviews in JSONL, trees, or a lexicon with its mood in its name"

_LEAF = re.compile(r"\([0-4] ([^ ()]+)\)")
_NODE = re.compile(r"\([0-4] (?:L L|L)\)")
_BRACKETS: Final = {"-LRB-": "(", "-RRB-": ")", "-LSB-": "[", "-RSB-": "]", "-LCB-": "{", "-RCB-": "}"}
"""As a treebank writes them."""

_CLITIC = re.compile(r" (n't|'(?:s|re|ve|ll|d|m)\b)", re.IGNORECASE)


class Opinion(NamedTuple):
    """A sentence in the words of `tokenise`, and the stars that it may give."""

    words: tuple[str, ...]
    stars: Stars


def read_opinions(path: Path) -> list[Opinion]:
    """The opinions of a file, packed or not; sentences without a word are left out.

    Raises:
        DataError: it cannot be read, a line of it is something else, or no line has a word.
    """
    lines = Lines(path)
    try:
        with open_text(path) as file:
            labelled = _reader_of(path)(line for line in lines.of(file) if line.strip())
            opinions = [opinion for text, stars in labelled if (opinion := Opinion(spoken(text), stars)).words]
    except (*UNREADABLE, csv.Error, ValueError, LookupError, TypeError, OverflowError) as error:
        raise lines.fault(error, FORMATS) from error
    if not opinions:
        raise DataError(f"{path} holds no sentence; {FORMATS}")
    return opinions


def find_opinions(path: Path) -> Path:
    """A file itself, or that of a folder which is for testing.

    Raises:
        DataError: the folder has none.
    """
    if not path.is_dir():
        return path
    files = sorted([*path.glob("*.tsv*"), *path.glob("*.jsonl*")])
    if not files:
        raise DataError(f"{path} holds neither *.tsv nor *.jsonl; name a file")
    return next(file for name in TESTS for file in files if name in file.name)


def spoken(text: str) -> tuple[str, ...]:
    """The words as a listener hears them; those that a treebank has torn ("do n't") are joined again."""
    return tuple(word.text for word in tokenise(_CLITIC.sub(r"\1", text)))


def part_of(opinion: Opinion, one_in: int = 20) -> str:
    """`test`, `validation` or `train`: by the checksum of the words, so that a repeated sentence is never in two."""
    return {0: "test", 1: "validation"}.get(zlib.crc32(" ".join(opinion.words).encode()) % one_in, "train")


def _reader_of(path: Path) -> Callable[[Iterator[str]], Iterable[tuple[str, Stars]]]:
    if ".jsonl" in path.suffixes:
        return _reviews
    if ".txt" not in path.suffixes:
        return _table
    moods = [stars for name, stars in LEXICONS.items() if name in path.name]
    return partial(_lexicon, stars=moods[0]) if moods else _trees


def _table(lines: Iterator[str]) -> list[tuple[str, Stars]]:
    rows = csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
    first = next(rows, [])
    names = [name.strip().lower() for name in first]
    if "label" in names:
        at, text = names.index("label"), next((names.index(name) for name in TEXTS if name in names), len(names))
        pairs = [_pair(row, at, text) for row in rows]
    else:
        pairs = [_pair(row, 0, 1) for row in chain([first] if first else [], rows)]
    binary = all(label <= 1 for _, label in pairs)
    return [(words, (NEGATIVE, POSITIVE)[label] if binary else frozenset((label + 1,))) for words, label in pairs]


def _pair(row: Sequence[str], label: int, text: int) -> tuple[str, int]:
    """The sentence and the label of a row that has them in these columns."""
    if len(row) <= max(label, text) or row[label].strip() not in LABELS:
        row_or_heading = "a label of 0 to 4, a tab and a sentence, nor is it below a line that names label and text"
        raise ValueError(f"{' '.join(row)[:40]!r} is not {row_or_heading}")
    return row[text], int(row[label])


def _reviews(lines: Iterator[str]) -> Iterator[tuple[str, Stars]]:
    """Sentences that praise and blame alike are left out."""
    for line in lines:
        review = json.loads(line)
        score = int(review["score"])
        if score:
            yield review["text"], frozenset((3 + (1 if score > 0 else -1) * (2 if abs(score) >= STRONG else 1),))
        elif not review.get("aspects"):
            yield review["text"], MILD


def _trees(lines: Iterator[str]) -> Iterator[tuple[str, Stars]]:
    for line in lines:
        tree = line.strip()
        if not _is_tree(tree):
            raise ValueError(f"{tree[:30]!r} is no tree of labels from 0 to 4")
        words = (_BRACKETS.get(leaf, leaf) for leaf in _LEAF.findall(tree))
        yield " ".join(words), frozenset((int(tree[1]) + 1,))


def _is_tree(text: str) -> bool:
    """Whether nodes of one part or two can be folded into their parents until one is left."""
    text, folded = _LEAF.sub("L", text), 1
    while folded:
        text, folded = _NODE.subn("L", text)
    return text == "L"


def _lexicon(lines: Iterator[str], stars: Stars) -> Iterator[tuple[str, Stars]]:
    return ((line.replace("-", " "), stars) for line in lines if not line.startswith(";"))
