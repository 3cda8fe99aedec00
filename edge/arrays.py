"""Files of arrays, .npz, that somebody else may have written: never a pickle, and whole or refused."""

import zlib
from pathlib import Path
from typing import Any, Final, TypeAlias
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from edge.errors import DataError, reason

Arrays: TypeAlias = dict[str, npt.NDArray[Any]]

_DAMAGE: Final = (
    ValueError,
    TypeError,
    EOFError,
    KeyError,
    AttributeError,
    NotImplementedError,
    BadZipFile,
    zlib.error,
)
"""What numpy and its unzipping come to when bytes are not what they were, or never were an archive."""


def read_arrays(path: Path) -> Arrays:
    """All arrays of an .npz file, by name.

    Raises:
        DataError: it cannot be read, is damaged, or holds objects.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except OSError as error:
        raise DataError(f"{path} cannot be read ({reason(error)})") from error
    except _DAMAGE as error:
        raise DataError(f"{path} cannot be read: it is damaged, or no file of arrays") from error
