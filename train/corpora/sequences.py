"""Sequences of bases with a class each: tables with the columns `class`, something that names the row, and `sequence`.

dna_splice      EI, IE or N; 60 bases, of which the 30th is the last before the junction
dna_promoters   + or -; 57 bases, of which the 51st is the first that is transcribed

The names of rows tell their classes, so nothing reads them.
"""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from edge.errors import DataError
from edge.sensors.fasta import AMBIGUITY
from train.corpora.text import UNREADABLE, Lines, open_text

SPLICE: Final = ("EI", "IE", "N")
"""Donors (the end of an exon), acceptors (its beginning), and neither: in the order of `edge.sensors.dna.LABELS`."""

PROMOTER: Final = ("+", "-")

TESTING: Final = ("test", "valid", "train", "")
TRAINING: Final = ("train", "promoters")
"""What the name of the file of a folder holds that evaluation, or training, is for: the first that is there."""


class Labelled(NamedTuple):
    """A window of bases and its class."""

    label: int
    """Index of the class."""
    bases: bytes
    """Letters of the IUPAC code, in capitals."""


def read_sequences(path: Path, classes: Sequence[str]) -> list[Labelled]:
    """The windows of a table, packed or not, in its order.

    Raises:
        DataError: it cannot be read or is empty, a class is unknown, a letter stands for no base, lengths differ or
            are 0.
    """
    lines = Lines(path)
    try:
        with open_text(path) as file:
            rows = csv.DictReader(lines.of(file), delimiter="\t", restval="", quoting=csv.QUOTE_NONE)
            windows = [Labelled(_index(row["class"], classes), _bases(row["sequence"])) for row in rows]
    except (*UNREADABLE, csv.Error, ValueError, KeyError) as error:
        raise lines.fault(error, "name a table with the columns class and sequence, parted by tabs") from error
    lengths = {len(window.bases) for window in windows}
    if len(lengths) != 1 or 0 in lengths:
        raise DataError(f"{path}: it is empty, or its sequences are, or not of one length; name a table of windows")
    return windows


def find_sequences(path: Path, names: Sequence[str]) -> Path:
    """A file itself, or the table of a folder whose name holds one of these, the first that is there.

    Raises:
        DataError: the folder has none.
    """
    if not path.is_dir():
        return path
    files = sorted(path.glob("*.tsv*"))
    found = next((file for name in names for file in files if name in file.name), None)
    if found is None:
        raise DataError(f"{path} holds no {' or '.join(f'*{name}*.tsv' for name in names)}; name a file")
    return found


def _index(name: str, classes: Sequence[str]) -> int:
    if name not in classes:
        raise ValueError(f"{name!r} is none of the classes {', '.join(classes)}")
    return classes.index(name)


def _bases(sequence: str) -> bytes:
    bases = sequence.strip().upper()
    unknown = set(bases) - AMBIGUITY.keys()
    if unknown:
        raise ValueError(f"{min(unknown)!r} stands for no base")
    return bases.encode()
