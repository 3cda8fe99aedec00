"""Files are whole or refused."""

import stat
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from edge.errors import DataError
from edge.files import Form, replacing, written_whole

FORM = Form(b"HarkTests\r\n\0", 3, "table", "name a table", "make it again")


def test_what_is_interrupted_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "kept"
    path.write_bytes(b"before")
    with suppress(KeyboardInterrupt), written_whole(path) as file:
        file.write(b"half")
        raise KeyboardInterrupt
    assert [(one.name, one.read_bytes()) for one in tmp_path.iterdir()] == [("kept", b"before")]
    with written_whole(path) as file:
        file.write(b"after")
        assert path.read_bytes() == b"before"
    assert [(one.name, one.read_bytes()) for one in tmp_path.iterdir()] == [("kept", b"after")]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_is_to_replace_a_file_leaves_it_when_it_fails(tmp_path: Path) -> None:
    path = tmp_path / "kept"
    path.write_bytes(b"before")
    with suppress(KeyboardInterrupt), replacing(path) as part:
        part.write_bytes(b"half")
        raise KeyboardInterrupt
    assert [(one.name, one.read_bytes()) for one in tmp_path.iterdir()] == [("kept", b"before")]
    with replacing(path) as part:
        part.write_bytes(b"after")
    assert [(one.name, one.read_bytes()) for one in tmp_path.iterdir()] == [("kept", b"after")]


@pytest.mark.parametrize("header", [b"", b"12345678", b"123456789"])
def test_what_is_packed_is_read_and_its_numbers_are_aligned(header: bytes, tmp_path: Path) -> None:
    path = tmp_path / "table"
    path.write_bytes(FORM.pack(header, b"\1\2\3"))
    text, numbers = FORM.read(path)
    assert (text.rstrip(), bytes(numbers)) == (header, b"\1\2\3")
    assert (path.stat().st_size - len(numbers)) % 8 == 0


def test_what_is_not_what_was_written_is_refused(tmp_path: Path) -> None:
    path, packed = tmp_path / "table", FORM.pack(b"{}", bytes(100))
    refused = {
        packed[:-1]: "is damaged or cut short .* copy it, or make it again",
        packed[:20]: "is no table; name a table",
        b"HarkOther" + packed[9:]: "is no table; name a table",
        replace(FORM, version=4).pack(b"{}", b""): "is of version 4, not 3; make it again with this version",
    }
    for contents, message in refused.items():
        path.write_bytes(contents)
        with pytest.raises(DataError, match=message):
            FORM.read(path)
    with pytest.raises(DataError, match="No such file or directory; name a table"):
        FORM.read(tmp_path / "nothing")
