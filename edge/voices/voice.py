"""A voice that was enrolled for a trigger word: a point among those of other people, and how near is near enough.

NAME.npz holds numbers and names alone, and is good for one network only: another hears words at other times.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from edge.arrays import read_arrays
from edge.errors import DataError, OutputError
from edge.files import written_whole
from edge.model import Bundle
from edge.model.bundle import MODEL, SPEAKERS, identity
from edge.voices.ear import Vector
from edge.voices.speakers import Speakers

FOLDER: Final = Path("/var/lib/hark/voices")
"""Where voices are kept that are named, not given by a path."""
ENDING: Final = ".npz"
FORMAT: Final = 1


@dataclass(frozen=True, slots=True)
class Voice:
    """Somebody who says a word."""

    name: str
    word: str
    centre: npt.NDArray[np.float32]
    """Direction of the mean of the takes, of unit length: shape (dimensions,)."""
    needed: float
    """Likeness from which a trigger passes, -1 to 1."""
    speakers: Speakers

    def likeness(self, vector: Vector) -> float:
        """Cosine between a take of the word and the voice, -1 to 1."""
        return float(self.speakers.points(self.word, vector) @ self.centre)


def voice_path(name: str) -> Path:
    """The file of a voice that is named, or given by a path."""
    return Path(name) if "/" in name or name.endswith(ENDING) else FOLDER / f"{name}{ENDING}"


def save_voice(voice: Voice, bundle: Bundle, path: Path) -> None:
    """Write a voice at one stroke, for its owner alone to read.

    Raises:
        OutputError: the folder or the disk does not allow it; an older file is untouched.
    """
    files = bundle.manifest.files
    try:
        _make_folder(path.parent)
        with written_whole(path) as file:
            _hand_over(file.fileno(), path.parent)
            np.savez(
                file,
                format=np.int64(FORMAT),
                model=np.array(files[MODEL]),
                speakers=np.array(files[SPEAKERS]),
                word=np.array(voice.word),
                centre=voice.centre.astype(np.float32),
                needed=np.float32(voice.needed),
            )
    except OSError as error:
        mend = "use sudo, or name a file with --out"
        raise OutputError(f"{path} cannot be written ({error.strerror}): {mend}") from error


def _make_folder(folder: Path) -> None:
    if not folder.is_dir():
        folder.mkdir(mode=0o700, parents=True)
        _hand_over(folder, folder.parent)


def _hand_over(made: int | Path, folder: Path) -> None:
    """What root makes belongs to the owner of the folder: the service is another user, who must read it."""
    if os.geteuid() == 0:
        owner = folder.stat()
        os.chown(made, owner.st_uid, owner.st_gid)


def voiced_word(path: Path) -> str:
    """The word that a file holds a voice for, of whichever network.

    Raises:
        DataError: it cannot be read, or is no voice.
    """
    try:
        return str(read_arrays(path)["word"])
    except KeyError as error:
        raise DataError(f"{path} is no voice ({error})") from error


def load_voice(path: Path, bundle: Bundle, speakers: Speakers) -> Voice:
    """Read a voice, and check that it was enrolled with this network.

    Raises:
        DataError: it cannot be read, is damaged, or was enrolled with another network.
    """
    again = f"enrol again: hark enroll --name {path.stem}"
    try:
        arrays = read_arrays(path)
        if int(arrays["format"]) != FORMAT:
            raise DataError(f"{path} has format {int(arrays['format'])}, this version of hark reads {FORMAT}")
        word, made_for, told = (str(arrays[name]) for name in ("word", "model", "speakers"))
        centre, needed = arrays["centre"].astype(np.float32), float(arrays["needed"].astype(np.float32))
    except DataError as error:
        raise DataError(f"{error}; {again}") from error
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(f"{path} is no voice ({error}); {again}") from error
    files = bundle.manifest.files
    if (made_for, told) != (files[MODEL], files[SPEAKERS]):
        other = f"was enrolled with another network ({identity(made_for)}, not {bundle.model_id} of {bundle.folder})"
        raise DataError(f"{path} {other}; {again} --word '{word}'")
    if word not in speakers.means or centre.shape != speakers.projection.shape[1:]:
        raise DataError(f"{path} does not fit {bundle.folder / SPEAKERS}; {again}")
    if not (np.isfinite(centre).all() and -1 <= needed <= 1):
        raise DataError(f"{path} holds numbers that cannot be; {again}")
    return Voice(path.stem, word, centre, needed, speakers)
