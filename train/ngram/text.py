"""Written texts as sentences that somebody might say, in the alphabet of the network.

"Mr. Bennet," said she. "At 4.30!"   ->   mister bennet said she
                                          at ? ?
"""

import csv
import gzip
import json
import lzma
import re
import string
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from io import TextIOWrapper
from itertools import groupby, islice
from pathlib import Path
from typing import IO, Any, Final

from edge.errors import DataError
from train.corpora.text import ENCODING, UNREADABLE, cause

UNWRITABLE: Final = "?"
"""Stands for a word that the alphabet cannot spell, such as a number in digits."""

LINES: Final = 5000
"""Lines that are worked on at once."""

SPOKEN: Final = {"mr": "mister", "mrs": "missus", "dr": "doctor", "st": "saint", "etc": "et cetera", "&": " and "}
"""What is written short and said in full."""

_TYPOGRAPHY = str.maketrans("\u2018\u2019\u201c\u201d", "''\"\"", "\ufeff") | {ord("æ"): "ae", ord("œ"): "oe"}
_ACCENTS = re.compile(r"[\u0300-\u036f]")
_FOREIGN = re.compile(r"[^\x00-\x7f]")
_SHORT = re.compile(r"\b(mr|mrs|dr|etc)\b\.?|\b(st)\.|(&)")
# A full stop after a single letter is part of an initial, or of "g. m. t."
_END = re.compile(r"(?:(?<!\b[a-z])\.|[!?])[.!?]*(?=[\"')\]*_]*(?:\s|$))|[\n\f]")
# An apostrophe belongs to a word inside it, after an s, and before the few words that begin with one; others quote.
_QUOTE = re.compile(r"(?<![a-z])'(?!(?:tis|twas|twere|twill|twould|em)\b)|(?<!s)'(?![a-z])")
_PUNCTUATION = str.maketrans(dict.fromkeys({*string.punctuation, *string.whitespace} - {"'", "\n"}, " "))
_WITH_DIGITS = re.compile(r"[a-z']*[0-9][a-z0-9']*")


def spoken(text: str) -> str:
    """The sentences of a text, one a line: words of the alphabet or UNWRITABLE, with one space between them."""
    plain = _ACCENTS.sub("", unicodedata.normalize("NFKD", text.lower().translate(_TYPOGRAPHY)))
    # A foreign letter spoils its word as a digit does; a foreign sign is punctuation.
    plain = _FOREIGN.sub(lambda found: "0" if found[0].isalnum() else " ", plain)
    plain = _SHORT.sub(lambda found: SPOKEN[found[found.lastindex or 0]], plain)
    plain = _QUOTE.sub(" ", _END.sub("\n", plain)).translate(_PUNCTUATION)
    lines = (" ".join(line.split()) for line in _WITH_DIGITS.sub(UNWRITABLE, plain).split("\n"))
    return "\n".join(filter(None, lines))


def padded(text: str) -> str:
    """The words of a text as they are spoken, a space before each and after the last: so some can be looked for."""
    return f" {' '.join(spoken(text).split())} "


def read_texts(path: Path, advance: Callable[[int], object] = int) -> Iterator[str]:
    """The sentences of a file as they are spoken, some thousand at once.

    Args:
        path: plain text, `.jsonl` with a `text` in each line, `.conll` with a word and a tab in each, or a `.csv` with
            a column `transcript`, as manifests of corpora are; `.gz` and `.xz` are unpacked.
        advance: told how many bytes of the file have been read since the last call.

    Raises:
        DataError: the file cannot be read, or is not what its name says.
    """
    try:
        with path.open("rb") as raw, _unpacked(raw, path) as file:
            lines, place = _texts(path, file), 0
            while some := list(islice(lines, LINES)):
                if sentences := spoken("\n".join(some)):
                    yield sentences
                advance(raw.tell() - place)
                place = raw.tell()
    except (*UNREADABLE, csv.Error, ValueError, LookupError, TypeError) as error:
        formats = "UTF-8, JSON lines with a text, CSV with a transcript, or CoNLL"
        raise DataError(f"{path} cannot be read ({cause(error)}); name a text in {formats}") from error


def _unpacked(raw: IO[bytes], path: Path) -> TextIOWrapper:
    openers: dict[str, Callable[[IO[bytes]], Any]] = {".gz": gzip.open, ".xz": lzma.open}
    unpacked = openers[path.suffix](raw) if path.suffix in openers else raw
    return TextIOWrapper(unpacked, encoding=ENCODING)


def _texts(path: Path, lines: Iterable[str]) -> Iterator[str]:
    kind = path.with_suffix("").suffix if path.suffix in (".gz", ".xz") else path.suffix
    if kind == ".jsonl":
        return (_string(json.loads(line)["text"]) for line in lines)
    if kind == ".csv":
        return (row["transcript"] for row in csv.DictReader(lines, strict=True))
    if kind == ".conll":
        return _sentences(lines)
    return iter(lines)


def _string(text: object) -> str:
    if not isinstance(text, str):
        raise TypeError(f"text is {text!r:.40}, but must be a string")
    return text


def _sentences(lines: Iterable[str]) -> Iterator[str]:
    """The words before the tabs; blank lines end sentences, and lines without a tab are comments."""
    for blank, group in groupby(lines, lambda line: not line.strip()):
        if not blank:
            yield " ".join(line.split("\t")[0] for line in group if "\t" in line)
