"""Corpora as folders of recordings with a manifest.csv."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from edge.errors import DataError

MANIFEST = "manifest.csv"
KINDS = ("wakeword", "sentence", "command", "digit", "word", "negative", "noise")
COLUMNS = ("path", "kind", "label", "transcript", "speaker", "seconds", "licence", "ship_weights")


@dataclass(frozen=True, slots=True)
class Clip:
    """One recording of a corpus."""

    path: Path
    kind: str
    """One of KINDS."""
    label: str
    """The word or sound; empty for a sentence."""
    transcript: str
    """What is said, in lower case without punctuation; empty where it is not known."""
    speaker: str
    """Empty where it is not known. Clips of one speaker belong on one side of a split."""
    seconds: float
    licence: str
    ship_weights: bool
    """Whether weights that were trained on it may be shipped."""
    corpus: str

    @property
    def is_synthetic(self) -> bool:
        """Whether a program spoke it."""
        return self.corpus.startswith("synthetic")


def read_manifest(folder: Path) -> list[Clip]:
    """The clips that a folder's manifest.csv lists, in its order.

    Raises:
        DataError: The manifest or a recording is missing, or a row is not what it should be.
    """
    manifest = folder / MANIFEST
    try:
        with manifest.open(newline="", encoding="utf-8") as file:
            rows = csv.DictReader(file)
            _check_columns(manifest, rows.fieldnames or [])
            return [_clip(manifest, rows.line_num, row) for row in rows]
    except FileNotFoundError:
        raise DataError(f"{manifest} does not exist: name a folder that holds a {MANIFEST}") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{manifest} is not CSV in UTF-8: {error}") from None


def read_corpora(root: Path) -> list[Clip]:
    """The clips of every corpus below a folder.

    Raises:
        DataError: There is none, or one is not what its manifest says.
    """
    manifests = sorted(root.glob(f"*/{MANIFEST}"))
    if not manifests:
        raise DataError(f"{root} has no folder with a {MANIFEST}: name the folder that holds the corpora")
    return [clip for manifest in manifests for clip in read_manifest(manifest.parent)]


def read_data(path: Path) -> list[Clip]:
    """The clips of a corpus, or of every corpus below a folder.

    Raises:
        DataError: there is none, or one is not what its manifest says.
    """
    return read_manifest(path) if (path / MANIFEST).is_file() else read_corpora(path)


def write_manifest(folder: Path, clips: Iterable[Clip]) -> None:
    """Writes a folder's manifest.csv, from which `read_manifest` gives the same clips."""
    with (folder / MANIFEST).open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(_row(folder, clip) for clip in clips)


def _row(folder: Path, clip: Clip) -> tuple[str | float, ...]:
    path = clip.path.relative_to(folder).as_posix()
    ship = "yes" if clip.ship_weights else "no"
    return (path, clip.kind, clip.label, clip.transcript, clip.speaker, clip.seconds, clip.licence, ship)


def _check_columns(manifest: Path, present: Sequence[str]) -> None:
    missing = [column for column in COLUMNS if column not in present]
    if missing:
        raise DataError(
            f"{manifest} lacks the columns {', '.join(missing)}: its first line must name {', '.join(COLUMNS)}"
        )


def _clip(manifest: Path, line: int, row: dict[str, str]) -> Clip:
    where = f"{manifest}, line {line}"
    if any(row[column] is None for column in COLUMNS):
        raise DataError(f"{where}: fewer fields than columns")
    if row["kind"] not in KINDS:
        raise DataError(f"{where}: kind is '{row['kind']}', but must be one of {', '.join(KINDS)}")
    return Clip(
        path=_recording(manifest.parent, row["path"], where),
        kind=row["kind"],
        label=row["label"],
        transcript=row["transcript"],
        speaker=row["speaker"],
        seconds=_seconds(row["seconds"], where),
        licence=row["licence"],
        ship_weights=row["ship_weights"] == "yes",
        corpus=manifest.parent.name,
    )


def _recording(folder: Path, name: str, where: str) -> Path:
    path = folder / name
    if not path.is_file():
        raise DataError(f"{where}: {path} does not exist; mend the path or leave the line out")
    return path


def _seconds(text: str, where: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < float("inf"):
        raise DataError(f"{where}: seconds is '{text}', but must be a number, zero or more")
    return seconds
