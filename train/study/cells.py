"""Cells, depth and direction on two real tasks: splice junctions (many-to-one) and music (many-to-many).

Every network sees the same batches in the same order, and is judged on windows and pieces that it never saw. Beside the
figures goes the reason: how much of the loss at the end of a sequence still reaches the state at each step before it,

    |dL/dh<t>|,   t = T, T-1, ..., 1

which vanishes or explodes as the product of the steps' Jacobians does (Bengio et al. 1994; Pascanu et al. 2013).
"""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from edge.model.quantization import Real
from edge.model.stream import BACK
from edge.music.composer import OUTPUT as KEYS_OUTPUT
from edge.music.roll import Roll
from edge.sensors.dna import BASES, LABELS, shares_of
from train.bidirectional import Bidirectional, both_ways
from train.corpora.sequences import Labelled
from train.evaluate.music import computed, nll_per_frame
from train.fit import FitConfig, Loss, fit
from train.networks import Layer, Network, NetworkSpec
from train.recipes.dna.folds import split
from train.recipes.music.fitting import batches as stretches
from train.recipes.music.fitting import log_odds, loss_of
from train.recipes.music.recipe import MusicRecipe

Rows: TypeAlias = Sequence[int] | npt.NDArray[np.intp]
Labels: TypeAlias = npt.NDArray[np.int32]
UNITS: Final = 48
BATCH: Final = 64
FIT: Final = FitConfig(steps=600, quantised_steps=0, learning_rate=4e-3, warm_up=50)
CLASS: Final = "class"

STACKS: Final[Mapping[str, tuple[Layer, ...]]] = {
    "RNN": (Layer(UNITS, "rnn"),),
    "GRU": (Layer(UNITS),),
    "LSTM": (Layer(UNITS, "lstm"),),
    "2 x GRU": (Layer(UNITS),) * 2,
    "3 x GRU": (Layer(UNITS),) * 3,
}
"""The networks that both tasks try, by name."""

BOTH_WAYS: Final = "GRU, both ways"


@dataclass(frozen=True, slots=True)
class Trial:
    """One network on one task."""

    figure: float
    """Percent of right classes, or nats per frame."""
    losses: Sequence[float]
    """Of each batch."""


def splice(windows: Sequence[Labelled], config: FitConfig = FIT) -> dict[str, Trial]:
    """Percent of right classes of windows that were held back, for each network; the last step decides."""
    learnt, kept = split(windows, 5)[0]
    found: dict[str, Trial] = {}
    for name, network in _readers().items():
        losses = _fit(f"{name}, junctions", network, _class_loss, _windows(windows, learnt), config)
        frames, labels = _arrays(windows, kept)
        right = _class_logits(network, tf.constant(frames)).numpy().argmax(axis=1) == labels
        found[name] = Trial(100 * float(right.mean()), losses)
    return found


def music(pieces: Sequence[Roll], kept: Sequence[Roll], config: FitConfig = FIT) -> dict[str, Trial]:
    """Nats per frame of pieces that were held back, for each network."""
    found: dict[str, Trial] = {}
    for name, layers in STACKS.items():
        recipe = MusicRecipe(layers, dropout=0.0, hidden=0.0, span=80)
        network = recipe.network()
        network.heads[KEYS_OUTPUT].bias.assign(log_odds(pieces))
        losses = _fit(f"{name}, music", network, loss_of(recipe), stretches(pieces, recipe), config)
        found[name] = Trial(nll_per_frame(kept, computed(network)), losses)
    return found


def gradient_flow(windows: Sequence[Labelled], steps: int = 60) -> dict[str, Real]:
    """|dL/dh<t>| of untrained networks, mean over some windows, by cell: (steps,), the last step first."""
    frames, labels = _arrays(windows, np.arange(BATCH))
    found: dict[str, Real] = {}
    for name in ("RNN", "GRU", "LSTM"):
        network = _reader(STACKS[name])
        states = network.initial_states(len(labels))
        passed: list[tf.Tensor] = []
        with tf.GradientTape() as tape:
            for step in range(steps):
                outputs, states = network.step(tf.constant(frames[:, step]), states)
                passed.append(states[0])
            loss = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, outputs[CLASS])
        norms = [tf.reduce_mean(tf.norm(gradient, axis=1)) for gradient in tape.gradient(loss, passed)]
        found[name] = np.array(norms, np.float32)[::-1]
    return found


def _readers() -> dict[str, Network | Bidirectional]:
    spec = NetworkSpec(2 * len(BASES), (Layer(UNITS),), ((CLASS, len(LABELS)),), stack=1)
    return {name: _reader(layers) for name, layers in STACKS.items()} | {BOTH_WAYS: Bidirectional(spec, seed=1)}


def _reader(layers: tuple[Layer, ...]) -> Network:
    return Network(NetworkSpec(len(BASES), layers, ((CLASS, len(LABELS)),), stack=1), seed=1)


def _class_logits(network: Network | Bidirectional, frames: tf.Tensor) -> tf.Tensor:
    """(batch, classes) at the last step, of both directions if there are two."""
    if not isinstance(network, Bidirectional):
        return network.sequence(frames)[CLASS][:, -1]
    outputs = network.sequence(both_ways(frames))
    return outputs[CLASS][:, -1] + outputs[CLASS + BACK][:, -1]


def _class_loss(network: Network, batch: tuple[tf.Tensor, tf.Tensor]) -> tf.Tensor:
    frames, labels = batch
    return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, _class_logits(network, frames)))


def _windows(windows: Sequence[Labelled], rows: Rows) -> Iterator[tuple[Real, Labels]]:
    rng = np.random.default_rng(1)
    while True:
        yield _arrays(windows, rng.choice(rows, BATCH))


def _arrays(windows: Sequence[Labelled], rows: Rows) -> tuple[Real, Labels]:
    chosen = [windows[row] for row in rows]
    return np.stack([shares_of(one.bases) for one in chosen]), np.array([one.label for one in chosen], np.int32)


def _fit(
    name: str,
    network: Any,  # noqa: ANN401 -- a network, or one of both directions
    loss: Loss[Any],
    batches: Iterator[Any],
    config: FitConfig,
) -> list[float]:
    with tempfile.TemporaryDirectory(prefix="hark-cells-") as folder:
        return fit(network, loss, batches, config, Path(folder), name=name)
