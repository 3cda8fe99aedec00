"""Word vectors in the plane (t-SNE, van der Maaten & Hinton 2008)."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from edge.errors import DataError, OutputError
from train.recipes.embeddings.vectors import WordVectors

GROUPS: Final[Mapping[str, Sequence[str]]] = {
    "people": ("man", "woman", "king", "queen", "prince", "princess", "boy", "girl", "father", "mother"),
    "animals": ("dog", "cat", "horse", "cow", "sheep", "wolf", "lion", "bird", "fish", "bear"),
    "numbers": ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    "fruit": ("apple", "pear", "orange", "grape", "lemon", "cherry", "peach", "plum", "berries", "figs"),
    "devices": ("lamp", "alarm", "radio", "television", "phone", "computer", "camera", "clock"),
}
FEWEST: Final = 4
"""Words that have neighbours to lie among."""
SEED: Final = 1
SIZE: Final = 9.0
"""Of the picture, in inches."""


def draw_words(vectors: WordVectors, path: Path) -> None:
    """Writes a picture of the known words of GROUPS, like words near each other.

    Raises:
        DataError: fewer than FEWEST are known.
        OutputError: the file cannot be written.
    """
    from matplotlib import pyplot as plt
    from sklearn.manifold import TSNE

    known = {group: [word for word in words if word in vectors.index] for group, words in GROUPS.items()}
    words = [word for some in known.values() for word in some]
    if len(words) < FEWEST:
        problem = f"the vectors know {len(words)} of the words that are drawn (man, dog, one, apple, lamp, ...)"
        raise DataError(f"{problem}: name others that know {FEWEST} or more")
    plane = TSNE(perplexity=min(8, (len(words) - 1) / 3), metric="cosine", random_state=SEED, init="random")
    places = _spread(plane.fit_transform(vectors.unit[vectors.rows(words)]))
    figure, axes = plt.subplots(figsize=(SIZE, SIZE))
    for number, (group, some) in enumerate(known.items()):
        here = places[[words.index(word) for word in some]]
        axes.scatter(here[:, 0], here[:, 1], s=18, color=f"C{number}", label=group)
        for word, place in zip(some, here, strict=True):
            axes.annotate(word, place, (0, 4), textcoords="offset points", ha="center", color=f"C{number}")
    axes.set(xticks=[], yticks=[], title="Word vectors, t-SNE of cosines")
    axes.margins(0.08)
    axes.legend(loc="best")
    try:
        figure.savefig(path, dpi=110, bbox_inches="tight")
    except OSError as error:
        raise OutputError(f"{path}: {error.strerror}; choose a file that can be written") from error
    finally:
        plt.close(figure)


def _spread(
    places: npt.NDArray[Any], apart: tuple[float, float] = (0.085, 0.03), rounds: int = 200
) -> npt.NDArray[Any]:
    """The places, scaled to the unit square, moved apart until labels of that width and height do not overlap."""
    places = (places - places.min(0)) / np.ptp(places, axis=0)
    for _ in range(rounds):
        between = places[:, None] - places
        overlap = np.clip(1 - np.abs(between) / apart, 0, None).min(2, keepdims=True)
        np.einsum("iij->ij", overlap)[:] = 0
        if not overlap.any():
            break
        places = places + (0.5 * overlap * np.sign(between) * apart * (0.2, 1)).sum(1)
    return places
