"""The shipped recording."""

from pathlib import Path

from edge.errors import DataError
from edge.model import shipped

NAMES = ("demo.flac", "demo.wav")


def demo_recording() -> Path:
    """The recording that `hark demo` plays.

    Raises:
        DataError: it is not there.
    """
    folders = [folder / "demo" for folder in shipped.search_path()]
    for path in (folder / name for folder in folders for name in NAMES):
        if path.is_file():
            return path
    raise DataError(
        f"no demo recording in {' or '.join(map(str, folders))}: install hark again, "
        "or try a recording of your own: hark listen --input FILE"
    )
