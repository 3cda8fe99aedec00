"""Splice junctions in a stream of bases: a window that slides on, and tells of each place once it knows what follows.

    bases -- pairs of neighbours --> frames -- streaming network, softmax --> probabilities -- peaks --> sites

A place lies between two bases. It is judged when the AHEAD bases after it are there, by a network whose window shows it
as many to the left. What lies before the beginning and after the end of a record counts as unknown.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Final, Literal, TypeAlias

import numpy as np

from edge.errors import BundleError
from edge.maths import log_softmax
from edge.model import StreamingModel
from edge.model.quantization import Real
from edge.sensors.fasta import AMBIGUITY, Piece

TASK: Final = "dna"
"""What the manifest of such a bundle calls its task."""

OUTPUT: Final = "junctions"
"""The logits of LABELS for each place that a step judges."""

Junction: TypeAlias = Literal["donor", "acceptor"]

JUNCTIONS: Final[tuple[Junction, ...]] = ("donor", "acceptor")
"""Where an exon ends, and where one begins."""

LABELS: Final = (*JUNCTIONS, "neither")

AHEAD: Final = 30
"""Bases after a place that are read before it is judged."""

NEAR: Final = 6
"""Places of one kind that are no further apart, with none of the other kind between them, belong to one junction, the
likeliest of them."""

BASES: Final = "ACGT"


def _shares() -> Real:
    table = np.zeros((256, len(BASES)), np.float32)
    for letter, bases in AMBIGUITY.items():
        table[[ord(letter), ord(letter.lower())]] = [(base in bases) / len(bases) for base in BASES]
    return table


_SHARES: Final = _shares()

UNKNOWN: Final = _SHARES[ord("N")]
"""A base of which nothing is known."""

BANDS: Final = len(BASES) ** 2
"""Width of a frame."""


@dataclass(frozen=True, slots=True)
class Site:
    """A junction that was found."""

    type: Junction
    record: str
    position: int
    """Of the base after the junction, counted from 1."""
    score: float
    """Probability, from the threshold to 1."""

    def to_json(self, file: str, model: str) -> str:
        """One line of JSON: the file of the record, as it was named, the site, and the id of the network."""
        told = {"file": file, **asdict(self), "score": round(self.score, 4), "model": model}
        return json.dumps(told)


def shares_of(bases: bytes) -> Real:
    """Equal shares of the bases that each letter, of either case, may stand for: (bases, 4)."""
    shares: Real = _SHARES[np.frombuffer(bases, np.uint8)]
    return shares


def pairs_of(shares: Real, before: Real = UNKNOWN) -> Real:
    """Each base with its left neighbour, as weight array models take them (Zhang and Marr 1993).

    Args:
        shares: of the bases, (..., bases, 4).
        before: the base before the first, (4,).

    Returns:
        Frames of (..., bases, 16), each with a sum of 1.
    """
    first = np.broadcast_to(before, (*shares.shape[:-2], 1, len(BASES)))
    left = np.concatenate([first, shares], axis=-2)[..., :-1, :]
    pairs: Real = (left[..., :, None] * shares[..., None, :]).reshape(*shares.shape[:-1], BANDS)
    return pairs


class SpliceFinder:
    """Finds the junctions of records; owns a stream, so it serves one thread.

    Args:
        model: a network of this task.
        threshold: probability from which a place is a junction; by default what validation chose.

    Raises:
        BundleError: it is none.
    """

    def __init__(self, model: StreamingModel, threshold: float | None = None) -> None:
        bundle = model.bundle
        if bundle.manifest.task != TASK or bundle.manifest.labels != LABELS:
            raise BundleError(f"{bundle.folder} is no model of splice junctions: name one of those, see hark models")
        if bundle.manifest.window is None:
            raise BundleError(f"{bundle.folder} sees no more than a base at a time: export it again")
        self.model_id = bundle.model_id
        self._threshold = bundle.manifest.detector.get("threshold", 0.5) if threshold is None else threshold
        self._stream = model.stream()
        self._before = UNKNOWN

    def classify(self, window: bytes) -> Real:
        """The probabilities of LABELS, (3,), for the place in the middle of a window, at best of 2 * AHEAD bases."""
        self._reset()
        rest = np.tile(UNKNOWN, (AHEAD + self._stream.stack, 1))
        middle: Real = self._judge(np.concatenate([shares_of(window), rest]))[len(window) // 2 + AHEAD - 1]
        return middle

    def find(self, pieces: Iterable[Piece]) -> Iterator[Site]:
        """The junctions of each record, in the order of their places; identical however the pieces are cut."""
        peaks = Peaks("", self._threshold)
        for piece in pieces:
            if piece.begins:
                yield from self._finish(peaks)
                self._reset()
                peaks = Peaks(piece.record, self._threshold)
            else:
                peaks.bases += len(piece.bases)
                yield from peaks.climb(self._judge(shares_of(piece.bases)))
        yield from self._finish(peaks)

    def _finish(self, peaks: "Peaks") -> Iterator[Site]:
        """The sites that are judged with what follows a record, which is unknown."""
        yield from peaks.climb(self._judge(np.tile(UNKNOWN, (AHEAD + self._stream.stack, 1))))
        yield from peaks.descend()

    def _reset(self) -> None:
        """Has the stream forget all but a window of unknown bases, of whose places nothing is told."""
        self._stream.reset()
        self._before = UNKNOWN
        self._judge(np.tile(UNKNOWN, (-(-self._stream.window // self._stream.stack) * self._stream.stack, 1)))

    def _judge(self, shares: Real) -> Real:
        """The probabilities of LABELS for the places that are now judged, (places, 3)."""
        frames = pairs_of(shares, self._before)
        self._before = shares[-1] if len(shares) else self._before
        return np.exp(log_softmax(self._stream.feed(frames)[OUTPUT].reshape(-1, len(LABELS))))


class Peaks:
    """The likeliest place of each hill of probability that rises above the threshold."""

    def __init__(self, record: str, threshold: float) -> None:
        self.bases = 0
        """That the record has so far."""
        self._record = record
        self._threshold = threshold
        self._next = 2 - AHEAD
        """Position of the next place: the first ones lie before the record."""
        self._best: Site | None = None
        self._last = 0
        """Position to which the hill of the best place reaches."""

    def climb(self, probabilities: Real) -> Iterator[Site]:
        """What is sure with the next places, (places, 3); those that are not inside the record are passed over."""
        junctions = probabilities[:, : len(JUNCTIONS)]
        for place in np.flatnonzero(junctions.max(axis=1) >= self._threshold):
            position, kind = self._next + int(place), int(junctions[place].argmax())
            if 1 < position <= self.bases:
                yield from self._take(Site(JUNCTIONS[kind], self._record, position, float(junctions[place, kind])))
        self._next += len(probabilities)
        if self._next - self._last > NEAR:
            yield from self.descend()

    def descend(self) -> Iterator[Site]:
        """The peak of the hill, which is over."""
        if self._best:
            yield self._best
        self._best = None

    def _take(self, site: Site) -> Iterator[Site]:
        best, near = self._best, site.position - self._last <= NEAR
        if best and not (near and best.type == site.type):
            yield from self.descend()
        if not self._best or site.score > self._best.score:
            self._best = site
        self._last = site.position
