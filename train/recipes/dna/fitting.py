"""The training of a network over bases: without a layer in between, the best weights can be had exactly (L-BFGS)."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from edge.errors import DataError
from edge.maths import log_softmax
from edge.sensors.dna import LABELS, OUTPUT
from train.corpora.sequences import Labelled
from train.export import load_weights, save_weights
from train.networks import Network
from train.quantize import Frames
from train.recipes.dna.examples import examples
from train.recipes.dna.recipe import DnaRecipe

MOST: Final = 1000
"""Turns of L-BFGS; it needs about a hundred."""

LARGEST_SHIFT: Final = 5.0
"""Of log odds, between the examples and the table."""


def fit_network(windows: Sequence[Labelled], recipe: DnaRecipe, out: Path) -> Network:
    """The network with the least cross-entropy and decay over the examples; `weights.npz` goes to `out`.

    Raises:
        DataError: there is no window of one of the kinds.
    """
    if missing := {*range(len(LABELS))} - {window.label for window in windows}:
        names = ", ".join(LABELS[label] for label in sorted(missing))
        raise DataError(
            f"of {len(windows)} windows none is of {names}: all {len(LABELS)} kinds are needed to learn from"
        )
    out.mkdir(parents=True, exist_ok=True)
    learnt = examples(windows, recipe)
    regression = LogisticRegression(C=1 / (recipe.decay * learnt.weights.sum()), max_iter=MOST)
    regression.fit(csr_matrix(learnt.frames), learnt.labels, learnt.weights)
    kernel, bias = regression.coef_.T.astype(np.float32), regression.intercept_.astype(np.float32)
    count = len(windows)
    bias += calibration(learnt.frames[:count] @ kernel + bias, learnt.labels[:count])
    network = recipe.network()
    load_weights(network, {f"{OUTPUT}/kernel": kernel, f"{OUTPUT}/bias": bias})
    save_weights(network, out / "weights.npz")
    return network


def calibration(logits: Frames, labels: npt.NDArray[np.int32]) -> Frames:
    """What makes logits those of the table, where "neither" is rarer than among the examples: (3,), to be added.

    Args:
        logits: of the windows of the table, (windows, 3).
        labels: theirs, (windows,).
    """
    neither = np.eye(len(LABELS), dtype=np.float32)[LABELS.index("neither")]

    def surprise(shift: float) -> float:
        return -float(log_softmax(logits - shift * neither)[np.arange(len(labels)), labels].mean())

    best = minimize_scalar(surprise, bounds=(0, LARGEST_SHIFT), method="bounded").x
    shift: Frames = -np.float32(best) * neither
    return shift
