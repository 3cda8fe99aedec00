"""What ships with a trigger network so that voices can be told apart by it, made from other people's speech.

    vector - mean of the word -> projection (linear discriminant analysis between speakers) -> unit length

The projection leaves out what varies in one voice from take to take, and keeps what differs between voices (Fisher
1936; for speakers Dehak et al. 2011, "Front-End Factor Analysis for Speaker Verification"). Voices are compared by the
cosine.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from edge.arrays import read_arrays
from edge.errors import BundleError, DataError, UsageError
from edge.model import Bundle
from edge.model.bundle import SPEAKERS
from edge.voices.ear import Vector

Points: TypeAlias = npt.NDArray[np.float32]
"""Shape (takes, dimensions), each of unit length."""

FULL = 127
"""An int8 of 127 is 1.0."""


@dataclass(frozen=True, slots=True)
class Speakers:
    """Where takes of a word lie, and where those of some other people do."""

    means: Mapping[str, Vector]
    """By word."""

    projection: npt.NDArray[np.float32]
    """Shape (width of a vector, dimensions)."""

    others: Mapping[str, Points]
    """Other people's takes, by word."""

    @classmethod
    def of(cls, bundle: Bundle) -> "Speakers":
        """Those that a bundle brings along.

        Raises:
            BundleError: it brings none, or they are not for its network.
        """
        if bundle.speakers is None:
            mend = "use a shipped model, or make it: python -m train trigger speakers"
            raise BundleError(f"{bundle.folder} has no {SPEAKERS}, by which voices are told apart: {mend}")
        try:
            return cls._from_arrays(read_arrays(bundle.speakers), bundle.manifest.frames.width)
        except (DataError, KeyError, ValueError) as error:
            mend = "copy or export the bundle again"
            raise BundleError(f"{bundle.speakers} is not for this network ({error}); {mend}") from error

    @classmethod
    def _from_arrays(cls, arrays: Mapping[str, npt.NDArray[np.generic]], width: int) -> "Speakers":
        words = [str(word) for word in arrays["words"]]
        means, projection = (arrays[name].astype(np.float32) for name in ("means", "projection"))
        others = (arrays["others"].astype(np.float32) / FULL).reshape(-1, projection.shape[-1])
        if means.shape != (len(words), width) or projection.shape[:-1] != (width,):
            raise ValueError(f"it has other shapes than the {width} that are needed")
        of_word = {word: unit(others[arrays["other_words"] == index]) for index, word in enumerate(words)}
        return cls(dict(zip(words, means, strict=True)), projection, of_word)

    def save(self, path: Path) -> None:
        """Write them as numbers alone, from which `of` gives them again but for rounding."""
        counts = [len(self.others[word]) for word in self.means]
        np.savez_compressed(
            path,
            words=np.array(list(self.means)),
            means=np.array(list(self.means.values()), np.float16),
            projection=self.projection.astype(np.float16),
            others=np.rint(FULL * np.concatenate([self.others[word] for word in self.means])).astype(np.int8),
            other_words=np.repeat(np.arange(len(counts), dtype=np.int8), counts),
        )

    def check(self, word: str) -> None:
        """Refuse a word in which nobody's voice is known.

        Raises:
            UsageError: it is one.
        """
        if word not in self.means:
            raise UsageError(f"voices cannot be told apart by {word!r}, but by {', '.join(self.means)}")

    def points(self, word: str, vectors: npt.ArrayLike) -> Points:
        """Where takes of a word lie: (takes, width) to (takes, dimensions)."""
        centred: Points = np.asarray(vectors, np.float32) - self.means[word]
        return unit(centred @ self.projection)


def unit(points: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """The same directions, of length one; nothing has no direction and stays so."""
    lengths = np.linalg.norm(points, axis=-1, keepdims=True)
    scaled: npt.NDArray[np.float32] = points / np.maximum(lengths, np.float32(1e-9))
    return scaled
