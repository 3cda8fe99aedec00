"""Fetch a public corpus from its publisher: download, check, unpack, and write its manifest.

python -m train.corpora.fetch --list
python -m train.corpora.fetch mini-librispeech --to data
"""

import csv
import gzip
import sys
import tarfile
import tempfile
import zlib
from argparse import Namespace
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from edge.errors import DataError, OutputError
from train.corpora.download import Checksum, Progress, download, unseen
from train.corpora.manifest import MANIFEST, Clip, write_manifest
from train.corpora.originals import ORIGINALS, Original
from train.files import write_text
from train.program import Parser, exit_code_of

CHECKSUMS = "checksums.sha256"
"""What the first download of each file without a published checksum hashed to, as sha256sum writes and checks it."""


def fetch(original: Original, to: Path, progress: Progress = unseen) -> Path:
    """Downloads, checks and unpacks a corpus, and writes its manifest; does nothing if all that was done before.

    Returns:
        The folder `to`/NAME, with a manifest.csv for `read_manifest`.

    Raises:
        DownloadError: The publisher's server is out of reach or refuses.
        DataError: The archive is not the one it should be, or not laid out as it should be.
        OutputError: A file cannot be written.
    """
    folder = to / original.name
    if (folder / MANIFEST).is_file():
        return folder
    archive = to / f"{original.name}.tar.gz"
    download(original.address, archive, original.checksum, progress)
    known = _compared(archive) if original.checksum is None else None
    if not folder.is_dir():
        unpack(archive, folder)
    if known:  # Not before: what cannot be unpacked is no reference.
        _record(archive, known)
    write_manifest(folder, _read(original, folder))
    archive.unlink()
    return folder


def trust_on_first_use(path: Path) -> None:
    """Records what a file hashes to beside it, or compares with what was recorded before.

    Raises:
        DataError: The file is another than it was the first time, or what was recorded is damaged.
    """
    _record(path, _compared(path))


def _compared(path: Path) -> dict[str, str]:
    """What is recorded of the files beside it, by name, and of itself."""
    record = path.with_name(CHECKSUMS)
    try:
        lines = record.read_text(encoding="utf-8").splitlines() if record.exists() else []
    except UnicodeDecodeError:
        raise DataError(f"{record} is damaged: delete it to accept {path.name} as it is") from None
    known = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    digest = Checksum.of(path).digest
    if known.setdefault(path.name, digest) != digest:
        raise DataError(
            f"{path} has sha256 {digest}, but {record} recorded {known[path.name]}: "
            "the publisher changed or repacked it; delete that line to accept the new one"
        )
    return known


def _record(path: Path, known: Mapping[str, str]) -> None:
    write_text(path.with_name(CHECKSUMS), "".join(f"{value}  {name}\n" for name, value in known.items()))


def unpack(archive: Path, folder: Path) -> None:
    """Unpacks a .tar.gz, without its outermost folder, into a folder that appears only once it is complete.

    Raises:
        DataError: The archive is damaged, or would write outside the folder.
    """
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f"{folder.name}.unpacking.") as scratch:
        whole = Path(scratch) / "whole"
        try:
            with tarfile.open(archive, "r:gz") as tar:
                tar.extractall(whole, filter="data")
        except (tarfile.TarError, EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise DataError(f"{archive} cannot be unpacked: {error}; delete it and try again") from None
        except OSError as error:
            raise OutputError(f"{folder} cannot be written: {error.strerror}") from None
        entries = list(whole.iterdir())
        outermost = entries[0] if len(entries) == 1 and entries[0].is_dir() else whole
        outermost.rename(folder)


def _read(original: Original, folder: Path) -> list[Clip]:
    try:
        return original.read(folder)
    except (LookupError, ValueError, csv.Error) as error:
        problem = f"{folder} is not laid out as {original.name} was ({type(error).__name__}: {error})"
        mend = "delete it and try again, and if that persists, the publisher changed it"
        raise DataError(f"{problem}: {mend}") from error


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        return exit_code_of(partial(_list if options.list else _fetch, options))
    except KeyboardInterrupt:
        print("interrupted; the same command goes on from what is there", file=sys.stderr)
        return 130


def _list(_: Namespace) -> None:
    print("\n".join(f"{o.name:20}  {o.about}; {o.licence}" for o in ORIGINALS.values()))


def _fetch(options: Namespace) -> None:
    with _shown(options.name) as progress:
        folder = fetch(ORIGINALS[options.name], options.to, progress)
    print(folder / MANIFEST)


def _parser() -> Parser:
    parser = Parser(prog="python -m train.corpora.fetch", description="Fetch a public corpus.")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("name", nargs="?", choices=ORIGINALS, help="the corpus")
    what.add_argument("--list", action="store_true", help="say which there are, and their licences")
    parser.add_argument("--to", type=Path, default=Path("data"), help="folder to fetch into (default: %(default)s)")
    return parser


@contextmanager
def _shown(name: str) -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn, TransferSpeedColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn(name), BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Bar(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(name, total=None)
        yield lambda there, total: bar.update(task, completed=there, total=total)


if __name__ == "__main__":
    sys.exit(main())
