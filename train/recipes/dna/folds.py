"""Cross-validation of all that decides a network: each window is judged by one that never saw it, nor its like.

The windows of a part are also put into one stream. The probability from which a place is a site is the one that would
have been best in the streams of the other parts; what ships gets the one that is best in all.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.special import expit
from sklearn.model_selection import StratifiedGroupKFold

from edge.errors import DataError, UsageError
from edge.maths import log_softmax
from edge.model.quantization import Real
from edge.sensors.dna import AHEAD, JUNCTIONS, LABELS, OUTPUT, UNKNOWN, Junction, Peaks, Site, pairs_of, shares_of
from edge.sensors.fasta import Piece
from train.corpora.sequences import Labelled
from train.evaluate.dna import Finder, Found, Stream, accuracy, count, find_in, rates, stream_of
from train.files import read_json, write_text
from train.networks import Network
from train.quantize import stack_frames
from train.recipes.dna.fitting import fit_network
from train.recipes.dna.recipe import DnaRecipe, decided_by

RESULTS: Final = "folds.json"
"""What cross-validation found, in the folder that it worked in."""

OF: Final = "of"
"""Among that, a checksum of what it was done with."""

THRESHOLDS: Final = expit(np.arange(0, 8, 0.1)).round(4)
"""Probabilities to choose from, evenly far apart in log odds: half of windows hold a junction, but few places do."""

SHARED: Final = 30
"""Bases in a row, half a window: of those that chance could not make twice."""

Rows = npt.NDArray[np.intp]


def cross_validate(windows: Sequence[Labelled], recipe: DnaRecipe, parts: int, judged: int | None, work: Path) -> str:
    """Trains a network for each part that is judged, in a folder of its own; figures of them all together, as JSON."""
    everything: list[Labelled] = []
    told: list[Real] = []
    by_part: list[float] = []
    apart, end_to_end = Streams(), Streams()
    for number, (learnt, left) in enumerate(split(windows, parts)[:judged]):
        network = fit_network([windows[row] for row in learnt], recipe, work / f"fold{number}")
        own = [windows[row] for row in left]
        everything += own
        told.append(judge(network, own))
        by_part.append(accuracy(own, told[-1])["accuracy"])
        apart.add(stream_of(own, seed=number), network)
        end_to_end.add(stream_of(own, between=0), network)
    result: dict[str, Any] = {"folds": parts, "judged": len(told), "n": len(everything)}
    result |= accuracy(everything, np.concatenate(told)) | {"accuracy_by_part": by_part}
    thresholds = apart.thresholds()
    result |= {"stream": apart.rates(thresholds), "stream_end_to_end": end_to_end.rates(thresholds)}
    result["threshold"] = best_threshold(list(chain(*apart.found)), sum(apart.known.values()))
    write_text(work / RESULTS, json.dumps({OF: _of(windows, recipe)} | result))
    return json.dumps(result)


def read_results(work: Path, windows: Sequence[Labelled], recipe: DnaRecipe) -> dict[str, Any]:
    """What cross-validation found in a folder; nothing if it was not done there.

    Raises:
        DataError: the file is damaged.
        UsageError: it is of other windows or of another recipe, whose threshold and figures are not those of this one.
    """
    file = work / RESULTS
    if not file.exists():
        return {}
    found = read_json(file, dict, "cross-validate again")
    if found.pop(OF, None) != _of(windows, recipe):
        problem = f"{file} is of other windows, or of other --decay or --others"
        raise UsageError(f"{problem}: give those, or cross-validate again by `python -m train dna folds`")
    return found


def _of(windows: Sequence[Labelled], recipe: DnaRecipe) -> str:
    """A checksum of what was cross-validated; how many places a step of what ships judges changes no figure."""
    return decided_by(windows, replace(recipe, places=1))


class Streams:
    """The streams of all parts, and what was found in each."""

    def __init__(self) -> None:
        self.streams: list[Stream] = []
        self.found: list[list[Found]] = []

    def add(self, stream: Stream, network: Network) -> None:
        """Finds the sites of a part."""
        self.streams.append(stream)
        self.found.append(find_in(stream, finder_of(network)))

    @property
    def known(self) -> dict[Junction, int]:
        """The sites of each kind in all parts."""
        return {kind: sum(count(stream)[kind] for stream in self.streams) for kind in JUNCTIONS}

    def thresholds(self) -> list[float]:
        """For each part, the one that is best in the others."""
        everything = sum(self.known.values())
        return [
            best_threshold(
                [site for other, sites in enumerate(self.found) if other != number for site in sites],
                everything - len(stream.known),
            )
            for number, stream in enumerate(self.streams)
        ]

    def rates(self, thresholds: Sequence[float]) -> dict[Junction, dict[str, float]]:
        """In all parts together, each by its threshold."""
        pairs = zip(self.found, thresholds, strict=True)
        return rates([site for sites, threshold in pairs for site in sites if site.score >= threshold], self.known)


def best_threshold(found: Sequence[Found], known: int) -> float:
    """The one of THRESHOLDS that gives the best F1 with so many sites to be found: the harmonic mean of both rates."""
    scores, right = np.array([site.score for site in found]), np.array([site.right for site in found], bool)
    kept = scores >= THRESHOLDS[:, None]
    f1 = 2 * (kept & right).sum(axis=1) / np.maximum(1, kept.sum(axis=1) + known)
    return float(THRESHOLDS[f1.argmax()])


def finder_of(network: Network) -> Finder:
    """What finds sites in one record as the device does, in floating point."""

    def find(pieces: Iterable[Piece]) -> Iterator[Site]:
        bases = b"".join(piece.bases for piece in pieces)
        before, after = np.tile(UNKNOWN, (2 * AHEAD, 1)), np.tile(UNKNOWN, (AHEAD + network.spec.stack, 1))
        logits = _logits(network, np.concatenate([before, shares_of(bases), after]))[2 * AHEAD :]
        peaks = Peaks("stream", float(THRESHOLDS[0]))
        peaks.bases = len(bases)
        yield from peaks.climb(np.exp(log_softmax(logits)))
        yield from peaks.descend()

    return find


def split(windows: Sequence[Labelled], parts: int) -> list[tuple[Rows, Rows]]:
    """What is learnt from and what is left, for each part; windows of one kin are in one part.

    Raises:
        DataError: a class has fewer windows, or there are fewer kins, than parts.
    """
    labels, kins = [window.label for window in windows], kin(windows)
    fewest = min(len(set(kins.tolist())), *Counter(labels).values())
    if fewest < parts:
        raise DataError(f"{parts} parts want as many windows of each kind that are not alike: give fewer --folds")
    return list(StratifiedGroupKFold(parts, shuffle=True, random_state=0).split(labels, labels, kins))


def kin(windows: Sequence[Labelled]) -> Rows:
    """A number for each window: the same for those that share `SHARED` bases, or are linked by others that do."""
    pieces = [[one.bases[at : at + SHARED] for at in range(max(1, len(one.bases) - SHARED + 1))] for one in windows]
    names, columns = np.unique(np.concatenate(pieces), return_inverse=True)
    rows = np.repeat(np.arange(len(windows)), list(map(len, pieces)))
    size = len(windows) + len(names)
    links = coo_array((np.ones(len(rows)), (rows, len(windows) + columns)), (size, size))
    found: Rows = connected_components(links, directed=False)[1][: len(windows)]
    return found


def judge(network: Network, windows: Sequence[Labelled]) -> Real:
    """The probabilities of LABELS for the middle of each window, (windows, 3), as the network gives them."""
    logits = _logits(network, np.stack([shares_of(window.bases) for window in windows]))
    return np.exp(log_softmax(logits[:, -1]))


def _logits(network: Network, shares: Real) -> Real:
    """Those of LABELS for the place that each base lets it judge: (..., bases, 4) to (..., bases, 3)."""
    spec, *sequences = network.spec, *shares.shape[:-2]
    steps = stack_frames(pairs_of(shares), spec.stack, spec.window)
    logits: Real = network.sequence(steps.reshape(-1, *steps.shape[-2:]))[OUTPUT].numpy()
    return logits.reshape(*sequences, -1, len(LABELS))
