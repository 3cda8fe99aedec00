"""Where the finished models lie: beside the package in a checkout, inside it in an installed wheel."""

import difflib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from edge.errors import BundleError, reason
from edge.model.bundle import EMBEDDING, MANIFEST, MODEL

FOLDER = "firmware_models"

_PACKAGE = Path(__file__).resolve().parents[1]


def search_path() -> tuple[Path, ...]:
    """Folders that may hold shipped bundles; a checkout's own models come before those of the wheel."""
    checkout = _PACKAGE.parent
    # In site-packages, a neighbour of the same name would be somebody else's.
    is_checkout = (checkout / "pyproject.toml").is_file()
    return (checkout / FOLDER, _PACKAGE / FOLDER) if is_checkout else (_PACKAGE / FOLDER,)


def shipped_bundles() -> tuple[Path, ...]:
    """Folders of all shipped bundles, sorted by name; a table of word vectors alone has nothing to run and is none."""
    found = bundles_by_name()
    return tuple(found[name] for name in sorted(found))


def bundles_by_name() -> dict[str, Path]:
    """The same by name; that of a bundle which is part of a system, such as a translator, is a path."""
    found: dict[str, Path] = {}
    for place in reversed(search_path()):
        folders = (manifest.parent for depth in ("*", "*/*") for manifest in place.glob(f"{depth}/{MANIFEST}"))
        found |= {folder.relative_to(place).as_posix(): folder for folder in folders if not _is_table(folder)}
    return found


def _is_table(folder: Path) -> bool:
    return (folder / EMBEDDING).is_file() and not (folder / MODEL).exists()


@contextmanager
def looking_into(folder: Path) -> Iterator[None]:
    """Turns what the system says of a folder that one may not enter into a BundleError with the mend."""
    try:
        yield
    except OSError as error:
        raise BundleError(f"{folder}: {reason(error)}; make it readable for you, or name another model") from error


def find_bundle(name_or_path: str | Path) -> Path:
    """The folder of a bundle, given by its path or by the name of a shipped one.

    Raises:
        BundleError: there is none, or it cannot be looked at.
    """
    path = Path(name_or_path)
    with looking_into(path):
        if (path / MANIFEST).is_file():
            return path
    shipped = bundles_by_name()
    if str(name_or_path) in shipped:
        return shipped[str(name_or_path)]
    names = ", ".join(sorted(shipped)) or "none"
    close = difflib.get_close_matches(str(name_or_path), shipped, n=1)
    guess = f" (did you mean {close[0]!r}?)" if close else ""
    raise BundleError(
        f"no model {str(name_or_path)!r}{guess}: give a folder with a {MANIFEST}, or a shipped name ({names})"
    )
