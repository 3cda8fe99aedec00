"""Files that are whole or not there: whoever goes on after a kill trusts what is."""

from pathlib import Path

from edge.files import replacing


def write_bytes(path: Path, contents: bytes) -> None:
    """Writes a file in one move."""
    with replacing(path) as part:
        part.write_bytes(contents)


def write_text(path: Path, text: str) -> None:
    """Writes a file in one move, in UTF-8."""
    write_bytes(path, text.encode())
