"""Files of arrays, .npz: whole or not there, and never a pickle."""

from pathlib import Path
from typing import Any, TypeAlias
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from edge.errors import DataError, reason
from train.corpora.text import UNREADABLE

Arrays: TypeAlias = dict[str, npt.NDArray[Any]]


def write_arrays(path: Path, arrays: Arrays) -> None:
    """Writes an .npz file in one move."""
    part = path.with_suffix(".part.npz")
    np.savez(part, **arrays)  # type: ignore[arg-type]  # numpy thinks of allow_pickle
    part.replace(path)


def read_arrays(path: Path, mend: str = "delete it, and make it again") -> Arrays:
    """All arrays of an .npz file, by name.

    Raises:
        DataError: it cannot be read; the message ends with `mend`.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except (*UNREADABLE, ValueError, TypeError, BadZipFile) as error:  # TypeError: an .npy is no archive.
        raise DataError(f"{path} cannot be read ({reason(error)}); {mend}") from error
