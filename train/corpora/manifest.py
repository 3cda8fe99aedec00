"""Corpora as folders of recordings with a manifest.csv.

A `path` must be there, and a `kind` or a `transcript`: that is enough to evaluate. What trains needs a licence as well,
see `licensed`.
Columns are named by the first line, in any order, in capitals or not; others are passed over.
"""

import csv
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from edge.errors import DataError
from edge.files import replacing
from train.corpora.audio import duration
from train.corpora.text import ENCODING

MANIFEST = "manifest.csv"
KINDS = ("wakeword", "sentence", "command", "digit", "word", "negative", "noise")
COLUMNS = ("path", "kind", "label", "transcript", "speaker", "seconds", "licence", "ship_weights")
_MEANT = ("y", "true", "t", "1")
"""What else might be meant for yes in the column ship_weights."""
_OTHERS = ", ".join(COLUMNS[1:])


@dataclass(frozen=True, slots=True)
class Clip:
    """One recording of a corpus."""

    path: Path
    kind: str
    """One of KINDS."""
    label: str
    """The word or sound; empty for a sentence. A wake word's is its transcript where nothing else is told."""
    transcript: str
    """What is said, in lower case without punctuation; empty where it is not known."""
    speaker: str
    """Empty where it is not known. Clips of one speaker belong on one side of a split."""
    seconds: float
    licence: str
    ship_weights: bool
    """Whether weights that were trained on it may be shipped; never where no licence is told."""
    corpus: str

    @property
    def is_synthetic(self) -> bool:
        """Whether a program spoke it."""
        return self.corpus.startswith("synthetic")


def read_manifest(path: Path) -> list[Clip]:
    """The clips that a folder's manifest.csv lists, or such a file itself, in its order.

    Raises:
        DataError: The manifest or a recording is missing, or a row is not what it should be.
    """
    manifest = _manifest_of(path)
    try:
        with manifest.open(newline="", encoding=ENCODING) as file:
            rows = csv.DictReader(file, strict=True)
            rows.fieldnames = [name.strip().lower() for name in rows.fieldnames or ()]
            if "path" not in rows.fieldnames:
                wanted = f"its first line must name it, and may name {_OTHERS}, with commas between them"
                raise DataError(f"{manifest} lacks the column path: {wanted}")
            return [_clip(manifest, rows.line_num, row) for row in rows]
    except FileNotFoundError:
        raise DataError(f"{manifest} does not exist: name a folder that holds a {MANIFEST}") from None
    except UnicodeDecodeError as error:
        raise DataError(f"{manifest} is not CSV in UTF-8: {error}; save it in that encoding") from None
    except csv.Error as error:
        raise DataError(f"{manifest} is not CSV in UTF-8: {error}; is a quote not closed?") from None


def read_corpora(root: Path) -> list[Clip]:
    """The clips of every corpus below a folder.

    Raises:
        DataError: There is none, or one is not what its manifest says.
    """
    manifests = sorted(root.glob(f"*/{MANIFEST}"))
    if not manifests:
        problem = f"has no folder with a {MANIFEST}" if root.is_dir() else "is no folder"
        raise DataError(f"{root} {problem}: name that of a corpus, with its {MANIFEST}, or one that holds several")
    return [clip for manifest in manifests for clip in read_manifest(manifest.parent)]


def read_data(path: Path) -> list[Clip]:
    """The clips of a corpus, named by its folder or its manifest, or of every corpus below a folder.

    Raises:
        DataError: there is none, or one is not what its manifest says.
    """
    return read_manifest(path) if _manifest_of(path).is_file() else read_corpora(path)


def licensed(clips: Iterable[Clip]) -> list[Clip]:
    """The same clips, for training.

    Raises:
        DataError: one has no licence.
    """
    found = list(clips)
    for clip in found:
        if not clip.licence.strip():
            raise DataError(f"{clip.path} has no licence, so it may train nothing: name it in the column licence")
    return found


def fingerprint(clips: Iterable[Clip]) -> str:
    """Tells these recordings, and what is known of them, from any others; wherever their corpora lie."""
    known = sorted(repr(replace(clip, path=Path(clip.path.name))) for clip in clips)
    return hashlib.sha256(repr(known).encode()).hexdigest()


def write_manifest(folder: Path, clips: Iterable[Clip]) -> None:
    """Writes a folder's manifest.csv, whole or not at all, from which `read_manifest` gives the same clips."""
    with replacing(folder / MANIFEST) as part, part.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(_row(folder, clip) for clip in clips)


def _row(folder: Path, clip: Clip) -> tuple[str | float, ...]:
    path = clip.path.relative_to(folder).as_posix()
    ship = "yes" if clip.ship_weights else "no"
    return (path, clip.kind, clip.label, clip.transcript, clip.speaker, clip.seconds, clip.licence, ship)


def _clip(manifest: Path, line: int, row: dict[str, str]) -> Clip:
    where = f"{manifest}, line {line}"
    row = dict.fromkeys(COLUMNS, "") | row
    if any(row[column] is None for column in COLUMNS):
        raise DataError(f"{where}: fewer fields than columns")
    if None in row:
        raise DataError(f"{where}: more fields than columns; put quotes around what holds a comma")
    path = _recording(manifest.parent, row["path"], where)
    row = {column: row[column].strip() for column in COLUMNS}
    kind = _kind(row, where)
    return Clip(
        path=path,
        kind=kind,
        label=row["label"] or (row["transcript"] if kind == "wakeword" else ""),
        transcript=row["transcript"],
        speaker=row["speaker"],
        seconds=_seconds(row["seconds"], where) if row["seconds"] else duration(path),
        licence=row["licence"],
        ship_weights=_ships(row["ship_weights"], where) and bool(row["licence"]),
        corpus=manifest.parent.name,
    )


def _manifest_of(path: Path) -> Path:
    """The file, in a folder that has a name, as "." has none; a link keeps its own."""
    folder, name = (path.parent, path.name) if path.suffix == ".csv" and path.is_file() else (path, MANIFEST)
    return (folder.resolve() if folder.name in ("", "..") else folder) / name


def _kind(row: dict[str, str], where: str) -> str:
    kind = row["kind"].lower() or ("sentence" if row["transcript"] else "")
    if not kind:
        raise DataError(f"{where}: neither kind nor transcript is told; give a kind, one of {', '.join(KINDS)}")
    if kind not in KINDS:
        raise DataError(f"{where}: kind is '{row['kind']}', but must be one of {', '.join(KINDS)}")
    return kind


def _ships(text: str, where: str) -> bool:
    """Only yes does; some say in a sentence why not."""
    if text.lower() in _MEANT:
        raise DataError(f"{where}: ship_weights is '{text}', but must be yes or no")
    return text.lower() == "yes"


def _recording(folder: Path, name: str, where: str) -> Path:
    path = folder / name
    if not path.is_file():
        problem = "is no file" if path.exists() else "does not exist"
        raise DataError(f"{where}: {path} {problem}; mend the path or leave the line out")
    return path


def _seconds(text: str, where: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < float("inf"):
        raise DataError(f"{where}: seconds is '{text}', but must be a number, zero or more")
    return seconds
