"""Cross-validation of all that decides a network: each window is judged by one that never saw it, nor its like.

The windows of a part are also put into one stream. The probability from which a place is a site is the one that would
have been best in the streams of the other parts; what ships gets the one that is best in all.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import tensorflow as tf
from sklearn.model_selection import StratifiedGroupKFold

from edge.decoder.ctc import log_softmax
from edge.model.quantization import Real
from edge.sensors.dna import AHEAD, JUNCTIONS, LABELS, OUTPUT, UNKNOWN, Peaks, Site, pairs_of, shares_of
from edge.sensors.fasta import Piece
from train.corpora.sequences import Labelled
from train.evaluate.dna import Finder, Found, Stream, accuracy, count, find_in, rates, stream_of
from train.networks import Network
from train.recipes.dna.fitting import fit_networks
from train.recipes.dna.recipe import DnaRecipe

RESULTS: Final = "folds.json"
"""What cross-validation found, in the folder that it worked in."""

THRESHOLDS: Final = np.arange(0.5, 0.995, 0.01).round(2)
"""Probabilities to choose from."""

Rows = npt.NDArray[np.intp]


def cross_validate(windows: Sequence[Labelled], recipe: DnaRecipe, parts: int, judged: int | None, work: Path) -> str:
    """Trains networks for each part that is judged, in folders of their own; figures of them all together, as JSON."""
    rows: list[int] = []
    told, streams, found = [], [], []
    for number, (learnt, left) in enumerate(split(windows, parts)[:judged]):
        network = fit_networks([windows[row] for row in learnt], recipe, work / f"fold{number}")
        rows += left.tolist()
        told.append(judge(network, [windows[row] for row in left]))
        streams.append(stream_of([windows[row] for row in left], seed=number))
        found.append(find_in(streams[-1], finder_of(network)))
    result = {"folds": parts, "judged": len(told), "members": recipe.members, "n": len(rows)}
    result |= accuracy([windows[row] for row in rows], np.concatenate(told)) | in_streams(streams, found)
    (work / RESULTS).write_text(json.dumps(result))
    return json.dumps(result)


def in_streams(streams: Sequence[Stream], found: Sequence[Sequence[Found]]) -> dict[str, Any]:
    """Precision and recall in all streams, each by the threshold that is best in the others; and the best in all."""
    known = {kind: sum(count(stream)[kind] for stream in streams) for kind in JUNCTIONS}
    kept: list[Found] = []
    for number, own in enumerate(found):
        others = [site for other, sites in enumerate(found) if other != number for site in sites]
        threshold = best_threshold(others, sum(known.values()) - len(streams[number].known))
        kept += [site for site in own if site.score >= threshold]
    best = best_threshold([site for sites in found for site in sites], sum(known.values()))
    return {"stream": rates(kept, known), "threshold": best}


def best_threshold(found: Sequence[Found], known: int) -> float:
    """The one of THRESHOLDS that gives the best F1 with so many sites to be found: the harmonic mean of both rates."""
    scores, right = np.array([site.score for site in found]), np.array([site.right for site in found], bool)
    kept = scores >= THRESHOLDS[:, None]
    f1 = 2 * (kept & right).sum(axis=1) / (kept.sum(axis=1) + known)
    return float(THRESHOLDS[f1.argmax()])


def finder_of(network: Network) -> Finder:
    """What finds sites in one record as the device does, in floating point."""

    def find(pieces: Iterable[Piece]) -> Iterator[Site]:
        bases = b"".join(piece.bases for piece in pieces)
        shares = np.concatenate([shares_of(bases), np.tile(UNKNOWN, (AHEAD + network.spec.stack, 1))])
        steps = len(shares) // network.spec.stack
        frames = pairs_of(shares)[: steps * network.spec.stack].reshape(1, steps, -1)
        logits = network.sequence(frames)[OUTPUT].numpy()
        peaks = Peaks("stream", float(THRESHOLDS[0]))
        peaks.bases = len(bases)
        yield from peaks.climb(np.exp(log_softmax(logits.reshape(-1, len(LABELS)))))
        yield from peaks.descend()

    return find


def split(windows: Sequence[Labelled], parts: int) -> list[tuple[Rows, Rows]]:
    """What is learnt from and what is left, for each part; identical windows are in one part."""
    labels = [window.label for window in windows]
    _, groups = np.unique([window.bases for window in windows], return_inverse=True)
    return list(StratifiedGroupKFold(parts, shuffle=True, random_state=0).split(labels, labels, groups))


def judge(network: Network, windows: Sequence[Labelled]) -> Real:
    """The probabilities of LABELS for the middle of each window, (windows, 3), as the network gives them."""
    frames = pairs_of(np.stack([shares_of(window.bases) for window in windows]))
    logits = network.sequence(tf.reshape(frames, (len(windows), -1, network.spec.features)))[OUTPUT]
    return np.exp(log_softmax(logits[:, -1, -len(LABELS) :].numpy()))
