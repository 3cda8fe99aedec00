import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.errors import DataError, OutputError
from tests.corpora.server import FileServer, serve
from train.corpora.download import ATTEMPTS, CHUNK, Checksum, DownloadError, download

CONTENT = bytes(range(256)) * (CHUNK // 100)
SHA256 = Checksum("sha256", hashlib.sha256(CONTENT).hexdigest())


@pytest.fixture
def server() -> Iterator[FileServer]:
    with serve(CONTENT) as running:
        yield running


class Pauses(list[float]):
    """Notes how long it was asked to wait, and does not."""

    def __call__(self, seconds: float) -> None:
        self.append(seconds)


@pytest.fixture
def pauses() -> Pauses:
    return Pauses()


def test_the_file_arrives_whole_and_checked(server: FileServer, tmp_path: Path) -> None:
    path = tmp_path / "new" / "file"
    seen: list[tuple[int, int | None]] = []
    download(server.address, path, SHA256, lambda there, total: seen.append((there, total)))
    assert path.read_bytes() == CONTENT
    assert [entry.name for entry in path.parent.iterdir()] == ["file"]
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert [there for there, _ in seen] == sorted(there for there, _ in seen)


def test_an_interrupted_transfer_goes_on_where_it_stopped(server: FileServer, tmp_path: Path, pauses: Pauses) -> None:
    server.break_off_after = [1000, 500]
    download(server.address, tmp_path / "file", SHA256, pause=pauses)
    assert (tmp_path / "file").read_bytes() == CONTENT
    assert server.ranges == [None, "bytes=1000-", "bytes=1500-"]
    assert pauses == [1.0, 2.0]


def test_a_later_call_goes_on_where_an_earlier_one_gave_up(server: FileServer, tmp_path: Path, pauses: Pauses) -> None:
    server.break_off_after = [10] * ATTEMPTS
    with pytest.raises(DownloadError, match=rf"ended after {10 * ATTEMPTS} of {len(CONTENT)} bytes; .*file.part holds"):
        download(server.address, tmp_path / "file", SHA256, pause=pauses)
    assert not (tmp_path / "file").exists()
    download(server.address, tmp_path / "file", SHA256, pause=pauses)
    assert server.ranges[-1] == f"bytes={10 * ATTEMPTS}-"
    assert (tmp_path / "file").read_bytes() == CONTENT


def test_a_server_without_ranges_sends_all_of_it_again(server: FileServer, tmp_path: Path, pauses: Pauses) -> None:
    server.supports_ranges = False
    server.break_off_after = [1000]
    download(server.address, tmp_path / "file", SHA256, pause=pauses)
    assert (tmp_path / "file").read_bytes() == CONTENT


def test_a_server_that_states_no_length_is_believed(server: FileServer, tmp_path: Path) -> None:
    server.states_length = False
    seen: list[int | None] = []
    download(server.address, tmp_path / "file", SHA256, lambda _, total: seen.append(total))
    assert (tmp_path / "file").read_bytes() == CONTENT
    assert set(seen) == {None}


def test_a_part_that_is_the_whole_file_is_taken(server: FileServer, tmp_path: Path) -> None:
    (tmp_path / "file.part").write_bytes(CONTENT)
    download(server.address, tmp_path / "file", SHA256)
    assert (tmp_path / "file").read_bytes() == CONTENT
    assert server.ranges == [f"bytes={len(CONTENT)}-"]


def test_a_part_longer_than_the_file_is_refused(server: FileServer, tmp_path: Path) -> None:
    (tmp_path / "file.part").write_bytes(CONTENT + b"!")
    with pytest.raises(DownloadError, match="the part left behind is longer than the file; delete it"):
        download(server.address, tmp_path / "file", SHA256)


def test_a_file_that_is_there_is_only_checked(server: FileServer, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(CONTENT)
    download(server.address, tmp_path / "file", SHA256)
    assert server.ranges == []


@pytest.mark.parametrize("algorithm", ["md5", "sha256"])
@pytest.mark.parametrize("leftover", ["file", "file.part", None])
def test_a_wrong_checksum_deletes_the_file(
    server: FileServer, tmp_path: Path, algorithm: str, leftover: str | None
) -> None:
    if leftover is not None:
        (tmp_path / leftover).write_bytes(b"damaged")
    wrong = Checksum("md5", "0" * 32) if algorithm == "md5" else Checksum("sha256", "0" * 64)
    with pytest.raises(DataError, match=rf"{algorithm} [0-9a-f]+ instead of {wrong.digest}; it was deleted: try again"):
        download(server.address, tmp_path / "file", wrong)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_file_is_not_asked_for_twice(server: FileServer, tmp_path: Path, pauses: Pauses) -> None:
    server.answer_with = [404]
    with pytest.raises(DownloadError, match="the server answered 404 Not Found"):
        download(server.address, tmp_path / "file", pause=pauses)
    assert (len(server.ranges), pauses) == (1, [])


def test_a_busy_server_is_asked_again(server: FileServer, tmp_path: Path, pauses: Pauses) -> None:
    server.answer_with = [503, 429]
    download(server.address, tmp_path / "file", SHA256, pause=pauses)
    assert pauses == [1.0, 2.0]


def test_a_server_out_of_reach_is_named(tmp_path: Path, pauses: Pauses) -> None:
    with serve(b"") as gone:
        address = gone.address
    with pytest.raises(DownloadError, match=rf"{address}: .*refused"):
        download(address, tmp_path / "file", pause=pauses)
    assert len(pauses) == ATTEMPTS


def test_only_web_addresses_are_fetched(tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match="is not an http or https address"):
        download("file:///etc/passwd", tmp_path / "file")


def test_a_place_that_cannot_be_written_is_named(server: FileServer, tmp_path: Path) -> None:
    (tmp_path / "occupied").touch()
    with pytest.raises(OutputError, match=r"occupied/file\.part cannot be written"):
        download(server.address, tmp_path / "occupied" / "file")
