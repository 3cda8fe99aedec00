import errno
import hashlib
import io
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from edge.errors import DataError
from tests.corpora.conftest import Record
from tests.corpora.server import serve
from train.corpora.download import Checksum
from train.corpora.fetch import CHECKSUMS, fetch, main, trust_on_first_use, unpack
from train.corpora.manifest import read_manifest
from train.corpora.originals import ORIGINALS, Original


@pytest.fixture
def archive(tmp_path: Path, record: Record) -> bytes:
    """An archive in the layout of the spoken digits."""
    source = tmp_path / "source"
    for name in ("0_theo_1.wav", "9_jackson_0.wav"):
        record(source / "recordings" / name, rate=8_000)
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        tar.add(source, "free-spoken-digit-dataset-26eb9aaf")
    return buffer.getvalue()


def _offer(address: str, checksum: Checksum | None = None) -> Original:
    return replace(ORIGINALS["spoken-digits"], address=address, checksum=checksum)


def test_a_corpus_is_fetched_once_and_read_by_its_manifest(tmp_path: Path, archive: bytes) -> None:
    md5 = Checksum("md5", hashlib.md5(archive, usedforsecurity=False).hexdigest())
    with serve(archive) as server:
        folder = fetch(_offer(server.address, md5), tmp_path / "data")
        assert fetch(_offer(server.address, md5), tmp_path / "data") == folder
    assert len(server.ranges) == 1
    assert [(clip.label, clip.speaker, clip.corpus) for clip in read_manifest(folder)] == [
        ("zero", "theo", "spoken-digits"),
        ("nine", "jackson", "spoken-digits"),
    ]
    assert sorted(path.name for path in folder.parent.iterdir()) == ["spoken-digits"]


def test_without_a_published_checksum_the_first_download_is_the_reference(tmp_path: Path, archive: bytes) -> None:
    with serve(archive) as server:
        folder = fetch(_offer(server.address), tmp_path / "data")
    record = tmp_path / "data" / CHECKSUMS
    assert record.read_text() == f"{hashlib.sha256(archive).hexdigest()}  spoken-digits.tar.gz\n"
    folder.rename(tmp_path / "elsewhere")
    with serve(archive + b"\0") as server, pytest.raises(DataError, match=r"but .*checksums\.sha256 recorded"):
        fetch(_offer(server.address), tmp_path / "data")
    assert not folder.exists()


def test_a_first_download_that_cannot_be_unpacked_is_no_reference(tmp_path: Path, archive: bytes) -> None:
    with serve(archive[:-100]) as server, pytest.raises(DataError, match="delete it and try again"):
        fetch(_offer(server.address), tmp_path / "data")
    (tmp_path / "data" / "spoken-digits.tar.gz").unlink()
    with serve(archive) as server:
        fetch(_offer(server.address), tmp_path / "data")


def test_records_of_other_files_are_kept(tmp_path: Path) -> None:
    for name in ("one", "two", "one"):
        (tmp_path / name).write_text(name)
        trust_on_first_use(tmp_path / name)
    names = [line.split("  ")[1] for line in (tmp_path / CHECKSUMS).read_text().splitlines()]
    assert names == ["one", "two"]


def test_records_that_are_damaged_are_named(tmp_path: Path) -> None:
    for name in ("one", CHECKSUMS):
        (tmp_path / name).write_bytes(b"\xff")
    with pytest.raises(DataError, match=r"checksums\.sha256 is damaged: delete it to accept one as it is"):
        trust_on_first_use(tmp_path / "one")


def test_what_is_no_archive_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "a.tar.gz").write_text("<html>moved</html>")
    with pytest.raises(DataError, match=r"^[^\n]*cannot be unpacked: not a gzip file; delete it and try again$"):
        unpack(tmp_path / "a.tar.gz", tmp_path / "a")


def test_a_damaged_archive_leaves_no_folder(tmp_path: Path, archive: bytes) -> None:
    (tmp_path / "a.tar.gz").write_bytes(archive[: len(archive) // 2])
    with pytest.raises(DataError, match=r"a\.tar\.gz cannot be unpacked"):
        unpack(tmp_path / "a.tar.gz", tmp_path / "a")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.tar.gz", "source"]


def test_an_archive_cannot_write_outside_its_folder(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.tar.gz", "w:gz") as tar:
        tar.addfile(tarfile.TarInfo("../escaped"))
    with pytest.raises(DataError, match="cannot be unpacked"):
        unpack(tmp_path / "a.tar.gz", tmp_path / "a")
    assert [path.name for path in tmp_path.iterdir()] == ["a.tar.gz"]


def test_an_archive_of_several_entries_keeps_them(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.tar.gz", "w:gz") as tar:
        for name in ("one", "two"):
            tar.addfile(tarfile.TarInfo(name))
    unpack(tmp_path / "a.tar.gz", tmp_path / "a")
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == ["one", "two"]


def test_the_command_fetches(
    tmp_path: Path, archive: bytes, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with serve(archive) as server:
        monkeypatch.setitem(ORIGINALS, "spoken-digits", _offer(server.address))
        assert main(["spoken-digits", "--to", str(tmp_path / "data")]) == 0
    assert capsys.readouterr().out == f"{tmp_path}/data/spoken-digits/manifest.csv\n"


def test_the_command_reports_an_error_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with serve(b"") as server:
        server.answer_with = [404]
        monkeypatch.setitem(ORIGINALS, "spoken-digits", _offer(server.address))
        assert main(["spoken-digits", "--to", str(tmp_path)]) == 69
    assert capsys.readouterr().err.splitlines()[-1] == f"error: {server.address}: the server answered 404 Not Found"


def test_another_layout_is_told_in_one_line(tmp_path: Path, record: Record, capsys: pytest.CaptureFixture[str]) -> None:
    """A digit of four words, and sounds without a licence."""
    record(tmp_path / "spoken-digits" / "recordings" / "0_theo_1_again.wav")
    (tmp_path / "esc-50" / "meta").mkdir(parents=True)
    (tmp_path / "esc-50" / "meta" / "esc50.csv").write_text("filename,category\na.wav,dog\n")
    for name, cause in (("spoken-digits", "ValueError: too many values"), ("esc-50", "KeyError: 'esc10'")):
        (tmp_path / f"{name}.tar.gz").touch()
        assert main([name, "--to", str(tmp_path)]) == 65
        assert f"is not laid out as {name} was ({cause}" in capsys.readouterr().err.splitlines()[-1]


@pytest.mark.parametrize(
    ("failure", "code", "said"),
    [
        (KeyboardInterrupt(), 130, "interrupted; the same command goes on from what is there"),
        (OSError(errno.ENOSPC, "No space left on device"), 74, "error: a file cannot be written: No space left on"),
        (PermissionError(errno.EACCES, "Permission denied", "data"), 74, "error: data: Permission denied; name anot"),
    ],
)
def test_what_ends_the_command_is_told_in_one_line(
    failure: BaseException,
    code: int,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(*_: object) -> None:
        raise failure

    monkeypatch.setattr("train.corpora.fetch.fetch", fail)
    assert main(["spoken-digits"]) == code
    assert capsys.readouterr().err.splitlines()[-1].startswith(said)


@pytest.mark.parametrize(("arguments", "message"), [(["no-such"], "'no-such'"), ([], "is required")])
def test_the_command_refuses_what_cannot_be_as_the_others_do(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 64
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert message in error


def test_the_command_lists_every_corpus_with_its_licence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(ORIGINALS)
    assert all(original.licence in line for original, line in zip(ORIGINALS.values(), lines, strict=True))


@pytest.mark.parametrize("original", ORIGINALS.values(), ids=lambda original: original.name)
def test_originals_are_pinned(original: Original) -> None:
    """Either the publisher states a checksum, or the address names a commit."""
    assert original.address.startswith("https://")
    assert original.checksum is not None or len(original.address.rpartition("/")[2]) == len(f"{'0' * 40}.tar.gz")
