"""Sentences and their translations, in the formats of the translation corpora.

    *.tsv[.gz|.xz]                  English, tab, the other language (Tatoeba); the same source may come again
    NAME.en[.gz] beside NAME.de     a sentence a line, the translation on the same line of the other file (Multi30k)

Blank lines are skipped. A folder may have plain text in `raw`, and tokens in `tok`: published figures are of those.

A direction is two language codes: `fr-en` translates French into English.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from edge.errors import DataError, reason
from train.corpora.text import UNREADABLE, open_text

FIRST_COLUMN: Final = "en"
"""The language of the first column of a table."""

PARTS: Final = ("test", "val", "train", "")
"""Beginnings of the names of what evaluation is for, the first that is there."""

PLACES: Final = ("raw", "", "tok")
"""In a folder, from plain text to tokens."""

TOKENISED: Final = ".tok"
"""In the name of files whose tokens are separated by spaces already."""


class Pair(NamedTuple):
    """A sentence, and every translation of it that counts as right: at least one."""

    source: str
    targets: tuple[str, ...]


def read_pairs(path: Path, direction: str, parts: Sequence[str] = PARTS, plain: bool = False) -> list[Pair]:
    """The pairs at a path.

    Args:
        path: a table, one of two parallel files, what the names of both begin with, or a folder of any of these.
        direction: such as `fr-en`.
        parts: beginnings of names that a folder is searched for, the first that is there.
        plain: of a folder with both, plain text is meant rather than tokens.

    Raises:
        DataError: there are none, a file cannot be read, or the two files are not of one length.
    """
    found = find_pairs(path, direction, parts, plain)
    try:
        pairs = _table(found[0], direction) if len(found) == 1 else _parallel(*found)
    except (*UNREADABLE, ValueError) as error:
        raise DataError(
            f"{found[0]}: {reason(error)}; give pairs in UTF-8, a sentence, a tab and its translation"
        ) from error
    if not pairs:
        raise DataError(f"{found[0]} holds no pair; give a sentence, a tab and its translation a line")
    return pairs


def find_pairs(path: Path, direction: str, parts: Sequence[str] = PARTS, plain: bool = False) -> tuple[Path, ...]:
    """The table, or the file of the source and that of the target; see `read_pairs`.

    Raises:
        DataError: there is neither.
    """
    if path.is_file():
        found = (path,) if ".tsv" in path.suffixes else _beside(path, direction)
    else:
        folder, names = (path, parts) if path.is_dir() else (path.parent, (path.name,))
        places = [folder / where for where in (PLACES if plain else reversed(PLACES))]
        found = next((some for name in names for place in places if (some := _among(place, name, direction))), ())
    if found:
        return found
    raise DataError(f"{path}: no pairs for {direction} in there; give a .tsv, or NAME.{direction[:2]} beside the other")


def _among(folder: Path, name: str, direction: str) -> tuple[Path, ...]:
    """The first table or pair of files of a folder whose names begin so; of this very name before others."""
    if tables := sorted(folder.glob(f"{name}*.tsv*")):
        return (tables[0],)
    ours, theirs = (_of_language(folder, name, language) for language in direction.split("-"))
    both = sorted(ours.keys() & theirs.keys(), key=lambda one: (one != name, one))
    return (ours[both[0]], theirs[both[0]]) if both else ()


def _beside(file: Path, direction: str) -> tuple[Path, ...]:
    """A file and that of the other language, in the order of the direction."""
    source, target = direction.split("-")
    for language, other in ((source, target), (target, source)):
        name = _before(language, file)
        if name and (partner := _of_language(file.parent, name, other).get(name)):
            return (file, partner) if language == source else (partner, file)
    return ()


def _of_language(folder: Path, name: str, language: str) -> dict[str, Path]:
    """The files of a language whose names begin so, by what stands before the language."""
    files = sorted(folder.glob(f"{name}*.{language}*"))
    return {before: file for file in files if (before := _before(language, file))}


def _before(language: str, file: Path) -> str | None:
    match = re.fullmatch(rf"(.+)\.{re.escape(language)}(\.(gz|xz))?", file.name)
    return match and match[1]


def is_tokenised(found: Sequence[Path]) -> bool:
    """Whether the files hold tokens rather than plain text."""
    return all(TOKENISED in path.name for path in found)


def _table(path: Path, direction: str) -> list[Pair]:
    """Equal sources make one pair of several targets, in the order in which they first stand."""
    if FIRST_COLUMN not in direction.split("-"):
        raise ValueError(f"a table is of {FIRST_COLUMN} and another language, not of {direction}")
    targets: dict[str, list[str]] = {}
    with open_text(path) as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            sides = line.rstrip("\r\n").split("\t")[:2]
            if len(sides) < 2 or not all(map(str.strip, sides)):
                raise ValueError(f"line {number} is no sentence, tab and translation")
            source, target = sides if direction.startswith(FIRST_COLUMN) else reversed(sides)
            targets.setdefault(source, []).append(target)
    return [Pair(source, tuple(found)) for source, found in targets.items()]


def _parallel(source: Path, target: Path) -> list[Pair]:
    with open_text(source) as left, open_text(target) as right:
        # Other signs that end a line stand within sentences of the web, on one side only.
        ours, theirs = (list(map(str.strip, side.read().rstrip().split("\n"))) for side in (left, right))
    if len(ours) != len(theirs):
        raise ValueError(f"{len(ours)} lines, but {target.name} has {len(theirs)}")
    return [Pair(one, (other,)) for one, other in zip(ours, theirs, strict=True) if one and other]
