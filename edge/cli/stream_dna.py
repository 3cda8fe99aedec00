"""hark stream dna: the splice junctions of sequences of any length, as JSON lines."""

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from edge.errors import DataError

if TYPE_CHECKING:
    from edge.sensors.fasta import Piece

EXAMPLES = """\
A line for each junction: its file, type, record, position (of the base after it, from 1) and score; see docs/dna.md.
Letters are those of IUPAC, in either case: R counts as half an A and half a G. A gap (-) is left out, and no position.

examples:
  hark stream dna genome.fasta.gz > sites.jsonl
  samtools faidx genome.fa chr7:5526409-5563902 | hark stream dna -
"""

NAMED: Final = 5
"""Records without bases that are named, of each file."""


def add_arguments(parser: ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument("files", nargs="+", metavar="FILE", help="FASTA or FASTQ, plain or gzip; - for standard input")
    parser.add_argument("--bundle", default="dna-splice", metavar="NAME", help="a shipped model, or the folder of one")
    parser.add_argument(
        "--threshold",
        type=_probability,
        metavar="P",
        help="probability from which a place is one; default: as the model says",
    )


def run(arguments: Namespace) -> int:
    """Print each junction as soon as it is sure."""
    from edge.cli.output import write_line
    from edge.cli.recording import each_of
    from edge.model import StreamingModel
    from edge.sensors.dna import SpliceFinder

    finder = SpliceFinder(StreamingModel.load(arguments.bundle), arguments.threshold)

    def search(name: str) -> None:
        for site in finder.find(_remarked(_pieces(name), name)):
            write_line(site.to_json(name, finder.model_id))

    deque(each_of(arguments.files, search), maxlen=0)
    return 0


def _pieces(name: str) -> "Iterator[Piece]":
    """The bases of a file.

    Raises:
        DataError: it cannot be opened or read, or is neither FASTA nor FASTQ.
    """
    from edge.sensors.fasta import read_records

    try:
        with open(0, "rb", closefd=False) if name == "-" else Path(name).open("rb") as file:
            yield from read_records(file, "standard input" if name == "-" else name)
    except OSError as error:
        raise DataError(f"{name}: {error.strerror}; name a file in FASTA or FASTQ") from error


def _remarked(pieces: "Iterable[Piece]", name: str) -> "Iterator[Piece]":
    """The same pieces; that a record has no bases is no fault, but hardly meant: standard error tells of it."""
    bare: set[str] = set()
    record: str | None = None
    for piece in pieces:
        if piece.begins:
            _tell_of(record, bare, name)
            record = piece.record
        elif piece.bases:
            record = None
        yield piece
    _tell_of(record, bare, name)


def _tell_of(record: str | None, bare: set[str], name: str) -> None:
    """Name a record without bases, if it is one, once; after NAMED of them, say that there are others."""
    from edge.cli.output import tell

    if record is None or record in bare or len(bare) > NAMED:
        return
    bare.add(record)
    tell(f"{name}: " + (f"the record {record!r} has no bases" if len(bare) <= NAMED else "others have no bases either"))


def _probability(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value <= 1:
        raise ArgumentTypeError(f"{text!r} cannot be: give a probability above 0, up to 1")
    return value
