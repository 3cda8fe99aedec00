"""Sentences and their translations, in the formats of the translation corpora.

    *.tsv[.gz|.xz]                  English, tab, the other language (Tatoeba); the same source may come again
    NAME.en[.gz] beside NAME.de     a sentence a line, the translation on the same line of the other file (Multi30k)

Blank lines are skipped. A folder may have plain text in `raw`, and tokens in `tok`: published figures are of those.

A direction is two language codes: `fr-en` translates French into English.
"""

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
    folder, names = (path, parts) if path.is_dir() else (path.parent, (path.name.split(".")[0],))
    if path.is_file() and ".tsv" in path.suffixes:
        return (path,)
    for name in names:
        for place in (folder / where for where in (PLACES if plain else reversed(PLACES))):
            tables = sorted(place.glob(f"{name}*.tsv*"))
            sides = [sorted(place.glob(f"{name}*.{language}*")) for language in direction.split("-")]
            if tables:
                return (tables[0],)
            if all(sides):
                return sides[0][0], sides[1][0]
    raise DataError(f"{path}: no pairs for {direction} in there; give a .tsv, or NAME.{direction[:2]} beside the other")


def is_tokenised(found: Sequence[Path]) -> bool:
    """Whether the files hold tokens rather than plain text."""
    return all(TOKENISED in path.name for path in found)


def _table(path: Path, direction: str) -> list[Pair]:
    """Equal sources make one pair of several targets, in the order in which they first stand."""
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
