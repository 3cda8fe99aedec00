"""Files of arrays, .npz: whole or not there, and never a pickle."""

from collections.abc import Collection
from pathlib import Path

import numpy as np

from edge import arrays as device
from edge.arrays import Arrays
from edge.errors import DataError
from edge.files import replacing


def write_arrays(path: Path, arrays: Arrays) -> None:
    """Writes an .npz file in one move."""
    with replacing(path) as part, part.open("wb") as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]  # numpy thinks of allow_pickle


def read_arrays(path: Path, mend: str = "delete it, and make it again", needed: Collection[str] = ()) -> Arrays:
    """All arrays of an .npz file, by name.

    Raises:
        DataError: it cannot be read, or lacks one that is needed; the message ends with `mend`.
    """
    try:
        arrays = device.read_arrays(path)
    except DataError as error:
        raise DataError(f"{error}; {mend}") from error
    if missing := [name for name in needed if name not in arrays]:
        raise DataError(f"{path} lacks {missing[0]}; {mend}")
    return arrays
