"""Files of arrays, .npz: whole or not there, and never a pickle."""

from pathlib import Path

import numpy as np

from edge.errors import DataError
from edge.files import replacing
from edge.model import arrays as device
from edge.model.arrays import Arrays


def write_arrays(path: Path, arrays: Arrays) -> None:
    """Writes an .npz file in one move."""
    with replacing(path) as part, part.open("wb") as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]  # numpy thinks of allow_pickle


def read_arrays(path: Path, mend: str = "delete it, and make it again") -> Arrays:
    """All arrays of an .npz file, by name.

    Raises:
        DataError: it cannot be read; the message ends with `mend`.
    """
    try:
        return device.read_arrays(path)
    except DataError as error:
        raise DataError(f"{error}; {mend}") from error
