"""Stretches of pieces, in all keys, and the training over them."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from edge.music.composer import OUTPUT
from edge.music.roll import KEYS, Roll
from train.fit import Loss, fit_into
from train.losses import multilabel_loss
from train.networks import Network
from train.recipes.music.recipe import MusicRecipe

LOWER: Final = -5
HIGHER: Final = 6
"""Semitones by which a piece is moved at most: together they make an octave."""


class Batch(NamedTuple):
    """What the loss takes."""

    before: Roll
    """(batch, frames, KEYS): the frame before each; before the first of a piece there is silence."""
    frames: Roll
    """Of the same shape."""
    there: npt.NDArray[np.float32]
    """(batch, frames), 0 after the end of a piece."""


def batches(pieces: Sequence[Roll], recipe: MusicRecipe, start: int = 0) -> Iterator[Batch]:
    """Batches without end, others for each `start`; a piece is drawn as often as it is long."""
    rng = np.random.default_rng((recipe.seed, start))
    lengths = np.array([len(piece) for piece in pieces])
    while True:
        drawn = rng.choice(len(pieces), size=recipe.batch, p=lengths / lengths.sum())
        yield _batch([_stretch(pieces[number], recipe, rng) for number in drawn], recipe.span)


def transpose(piece: Roll, rng: np.random.Generator) -> Roll:
    """A piece in another key, as far as the keyboard goes."""
    keys = np.flatnonzero(piece.any(axis=0))
    low, high = (keys[0], keys[-1]) if len(keys) else (0, KEYS - 1)
    return np.roll(piece, rng.integers(max(LOWER, -low), min(HIGHER, KEYS - 1 - high) + 1), axis=1)


def loss_of(recipe: MusicRecipe) -> Loss[Batch]:
    """Nats per frame, from what is shown of the frames before."""

    def loss(network: Network, batch: Batch) -> tf.Tensor:
        shown = tf.cast(tf.random.uniform(tf.shape(batch.before)) >= recipe.hidden, tf.float32)
        logits = network.sequence(shown * batch.before, recipe.dropout)[OUTPUT]
        return multilabel_loss(logits, batch.frames, batch.there)

    return loss


def log_odds(pieces: Sequence[Roll]) -> npt.NDArray[np.float32]:
    """Of each key, that it sounds, (KEYS,): a network that begins there need not learn how rare most of them are."""
    rates = (np.sum([piece.sum(axis=0) for piece in pieces], axis=0) + 1) / (sum(map(len, pieces)) + 2)
    odds: npt.NDArray[np.float32] = np.log(rates / (1 - rates)).astype(np.float32)
    return odds


def fit_network(pieces: Sequence[Roll], recipe: MusicRecipe, out: Path) -> Network:
    """Trains on pieces; checkpoints, the losses and the final `weights.npz` go to `out`."""
    network = recipe.network()
    network.heads[OUTPUT].bias.assign(log_odds(pieces))
    fit_into(out, network, loss_of(recipe), partial(batches, pieces, recipe), recipe.fit)
    return network


def _stretch(piece: Roll, recipe: MusicRecipe, rng: np.random.Generator) -> Roll:
    """Up to `span` frames and the one before them; as many begin with the piece as a frame is likely to be there."""
    moved = transpose(piece, rng) if rng.random() < recipe.transposed else piece
    from_silence = np.concatenate([np.zeros((1, KEYS), np.float32), moved])
    start = max(0, int(rng.integers(-recipe.span, max(1, len(piece) - recipe.span + 1))))
    return from_silence[start : start + recipe.span + 1]


def _batch(stretches: Sequence[Roll], span: int) -> Batch:
    # One width for all batches, so that the graph is traced once.
    padded = np.stack([np.pad(stretch, ((0, span + 1 - len(stretch)), (0, 0))) for stretch in stretches])
    there = np.stack([np.arange(span) < len(stretch) - 1 for stretch in stretches]).astype(np.float32)
    return Batch(padded[:, :-1], padded[:, 1:], there)
