"""How well junctions are told: window by window, and as sites in one stream of all windows."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from edge.model.quantization import Real
from edge.sensors.dna import JUNCTIONS, Junction, Site
from edge.sensors.fasta import Piece
from train.corpora.sequences import SPLICE, Labelled

Finder = Callable[[Iterable[Piece]], Iterable[Site]]


def accuracy(windows: Sequence[Labelled], probabilities: Real) -> dict[str, Any]:
    """Percent of all windows, and of each class, whose likeliest class, of (windows, 3), is theirs."""
    labels = np.array([window.label for window in windows])
    right = probabilities.argmax(axis=1) == labels
    by_class = {name: right[labels == index] for index, name in enumerate(SPLICE) if (labels == index).any()}
    return {
        "accuracy": _percent(right.mean()),
        "accuracy_by_class": {name: _percent(found.mean()) for name, found in by_class.items()},
    }


def sites(windows: Sequence[Labelled], find: Finder) -> dict[str, Any]:
    """Precision and recall, in percent, of each junction in the stream of all windows end to end, to the very place.

    Only the middles of windows are known; a site that a window has elsewhere counts as wrong.
    """
    found = {(site.type, site.position) for site in find(stream_of(windows))}
    return {kind: _rates({place for name, place in found if name == kind}, there(windows, kind)) for kind in JUNCTIONS}


def stream_of(windows: Sequence[Labelled]) -> Iterable[Piece]:
    """One record of all windows."""
    yield Piece("stream", b"", begins=True)
    for window in windows:
        yield Piece("stream", window.bases, begins=False)


def there(windows: Sequence[Labelled], kind: Junction) -> set[int]:
    """The positions in the stream, from 1, after each junction of a kind."""
    starts = np.cumsum([0, *(len(window.bases) for window in windows)])
    return {
        int(start) + len(window.bases) // 2 + 1
        for start, window in zip(starts, windows, strict=False)
        if window.label == JUNCTIONS.index(kind)
    }


def _rates(found: set[int], known: set[int]) -> dict[str, float]:
    hits = len(found & known)
    return {
        "sites": len(known),
        "precision": _percent(hits / len(found) if found else 0.0),
        "recall": _percent(hits / len(known) if known else 0.0),
    }


def _percent(share: float) -> float:
    return round(100 * float(share), 2)
