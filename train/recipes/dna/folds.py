"""Cross-validation of all that decides a network: each window is judged by one that never saw it, nor its like."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import tensorflow as tf
from sklearn.model_selection import StratifiedGroupKFold

from edge.decoder.ctc import log_softmax
from edge.model.quantization import Real
from edge.sensors.dna import LABELS, OUTPUT, pairs_of, shares_of
from train.corpora.sequences import Labelled
from train.evaluate.dna import accuracy
from train.networks import Network
from train.recipes.dna.fitting import fit_networks
from train.recipes.dna.recipe import DnaRecipe

RESULTS = "folds.json"
"""What cross-validation found, in the folder that it worked in."""

Rows = npt.NDArray[np.intp]


def cross_validate(windows: Sequence[Labelled], recipe: DnaRecipe, parts: int, work: Path) -> str:
    """Trains networks for each part, in a folder of its own, and gives the figures of all parts together as JSON."""
    told = np.zeros((len(windows), len(LABELS)), np.float32)
    for number, (learnt, left) in enumerate(split(windows, parts)):
        network = fit_networks([windows[row] for row in learnt], recipe, work / f"fold{number}")
        told[left] = judge(network, [windows[row] for row in left])
    counts = {"folds": parts, "members": recipe.members, "n": len(windows)}
    result = json.dumps(counts | accuracy(windows, told))
    (work / RESULTS).write_text(result)
    return result


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
