"""How well junctions are told: window by window, and as sites in one stream of all windows.

    random bases, window, random bases, window, ...

As windows end to end would have their middles at every sixtieth place, each is behind a stretch of random length.
Random bases are no DNA, though: hence a second stream without them.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, NamedTuple

import numpy as np

from edge.model.quantization import Real
from edge.sensors.dna import BASES, JUNCTIONS, Junction, Site
from edge.sensors.fasta import Piece
from train.corpora.sequences import SPLICE, Labelled

Finder = Callable[[Iterable[Piece]], Iterable[Site]]

BETWEEN: Final = 60
"""Most bases before a window, of equal shares and in any order; 0 is as likely."""


class Stream(NamedTuple):
    """One record of all windows, with other bases between them."""

    bases: bytes
    known: frozenset[tuple[Junction, int]]
    """Each junction in the middle of a window, and the position of the base after it, from 1."""


class Found(NamedTuple):
    """A site, and whether it is one of those that are known."""

    type: Junction
    score: float
    right: bool


def accuracy(windows: Sequence[Labelled], probabilities: Real) -> dict[str, Any]:
    """Percent of all windows, and of each class, whose likeliest class, of (windows, 3), is theirs."""
    labels = np.array([window.label for window in windows])
    right = probabilities.argmax(axis=1) == labels
    by_class = {name: right[labels == index] for index, name in enumerate(SPLICE) if (labels == index).any()}
    return {
        "accuracy": _percent(right.mean()),
        "accuracy_by_class": {name: _percent(found.mean()) for name, found in by_class.items()},
    }


def stream_of(windows: Sequence[Labelled], seed: int = 0, between: int = BETWEEN) -> Stream:
    """The windows in their order, up to so many bases before each; the same seed gives the same ones."""
    rng = np.random.default_rng(seed)
    bases, known = bytearray(), set()
    for window in windows:
        bases += bytes(rng.choice(list(BASES.encode()), rng.integers(between + 1)).tolist())
        if window.label < len(JUNCTIONS):
            known.add((JUNCTIONS[window.label], len(bases) + len(window.bases) // 2 + 1))
        bases += window.bases
    return Stream(bytes(bases), frozenset(known))


def find_in(stream: Stream, find: Finder) -> list[Found]:
    """The sites of a stream. Only middles of windows are known: one anywhere else counts as wrong, even by a base."""
    pieces = (Piece("stream", b"", begins=True), Piece("stream", stream.bases, begins=False))
    return [Found(site.type, site.score, (site.type, site.position) in stream.known) for site in find(pieces)]


def count(stream: Stream) -> dict[Junction, int]:
    """The sites of each kind that are known."""
    return {kind: sum(name == kind for name, _ in stream.known) for kind in JUNCTIONS}


def rates(found: Sequence[Found], known: dict[Junction, int]) -> dict[Junction, dict[str, float]]:
    """By kind: how many sites are known, and found; precision, recall and their harmonic mean F1, in percent."""
    result: dict[Junction, dict[str, float]] = {}
    for kind, sites in known.items():
        right = [site.right for site in found if site.type == kind]
        precision, recall = sum(right) / max(1, len(right)), sum(right) / max(1, sites)
        f1 = 2 * sum(right) / max(1, len(right) + sites)
        result[kind] = {"sites": sites, "found": len(right)} | {
            name: _percent(share) for name, share in (("precision", precision), ("recall", recall), ("f1", f1))
        }
    return result


def _percent(share: float) -> float:
    return round(100 * float(share), 2)
