"""Promoters of E. coli, left out one by one: each is judged by networks that have learnt from all others.

What decides them was fixed before the first run, most of it taken over from the junctions: nothing was chosen by what
leaving out gives.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from edge.model.quantization import Real
from edge.sensors.dna import BANDS, UNKNOWN, pairs_of, shares_of
from train.committee import Committee
from train.corpora.sequences import PROMOTER, Labelled
from train.fit import FitConfig, fit


@dataclass(frozen=True, slots=True)
class PromoterRecipe:
    """Everything that decides the networks."""

    units: int = 32
    stack: int = 3
    """Bases of a step."""
    members: int = 2
    """Networks that vote on each window."""
    dropout: float = 0.3
    """Share of the GRU's last output that training hides."""
    batch: int = 16
    """Windows of a batch, for each network."""
    crossed: float = 0.5
    """Share of windows of which one side comes from another of the same class."""
    hidden: float = 0.1
    """Largest share of the bases of a window that are made unknown."""
    shift: int = 2
    """Bases by which a window is moved to either side, at most."""
    fit: FitConfig = field(
        default_factory=lambda: FitConfig(
            steps=300, quantised_steps=0, learning_rate=6e-3, warm_up=20, clip_norm=100.0, checkpoint_every=1000
        )
    )
    seed: int = 1


class Batch(NamedTuple):
    """What the loss takes."""

    frames: Real
    """(networks, batch, steps, stack * 16)."""
    labels: npt.NDArray[np.int32]
    """(networks, batch)."""


def leave_one_out(windows: Sequence[Labelled], recipe: PromoterRecipe, work: Path) -> str:
    """The windows that the vote of their networks gets wrong, of all, as JSON."""
    committee = Committee(len(windows) * recipe.members, BANDS * recipe.stack, recipe.units, len(PROMOTER), recipe.seed)

    def loss(committee: Committee, batch: Batch) -> tf.Tensor:
        """The sum over the networks, so that none feels the others."""
        entropy = tf.nn.sparse_softmax_cross_entropy_with_logits(
            batch.labels, committee.logits(batch.frames, recipe.dropout)
        )
        return tf.reduce_sum(tf.reduce_mean(entropy, axis=1))

    fit(committee, loss, batches(windows, recipe), recipe.fit, work / "checkpoints")
    shares = np.repeat(np.stack([shares_of(window.bases) for window in windows]), recipe.members, axis=0)
    logits = committee.logits(_frames(shares[:, None], recipe)).numpy()[:, 0]
    votes = tf.nn.softmax(logits).numpy().reshape(len(windows), recipe.members, -1)
    labels = np.array([window.label for window in windows])
    alone = (votes.argmax(axis=2) != labels[:, None]).sum(axis=0)
    errors = int((votes.mean(axis=1).argmax(axis=1) != labels).sum())
    return json.dumps({"n": len(windows), "errors": errors, "errors_of_one": alone.tolist()})


def batches(windows: Sequence[Labelled], recipe: PromoterRecipe) -> Iterator[Batch]:
    """Batches without end; each network draws its own, and never meets the window that it is to judge."""
    rng = np.random.default_rng(recipe.seed)
    shares = np.stack([shares_of(window.bases) for window in windows])
    labels = np.array([window.label for window in windows], np.int32)
    left = np.repeat(np.arange(len(windows)), recipe.members)[:, None]
    while True:
        chosen = _others(left, (len(left), recipe.batch), len(windows), rng)
        mates = _others(left, chosen.shape, len(windows), rng)
        alike = (labels[mates] == labels[chosen]) & (rng.random(chosen.shape) < 2 * recipe.crossed)
        cuts = np.where(alike, rng.integers(1, shares.shape[1], chosen.shape), shares.shape[1])
        own = np.arange(shares.shape[1]) < cuts[..., None]
        made = _moved(np.where(own[..., None], shares[chosen], shares[mates]), recipe.shift, rng)
        made[rng.random(made.shape[:-1]) < rng.uniform(0, recipe.hidden, (*chosen.shape, 1))] = UNKNOWN
        yield Batch(_frames(made, recipe), labels[chosen])


def _others(
    left: npt.NDArray[np.intp], shape: tuple[int, ...], windows: int, rng: np.random.Generator
) -> npt.NDArray[np.intp]:
    """Any windows but the one that is left out, of each row."""
    drawn = rng.integers(windows - 1, size=shape)
    return drawn + (drawn >= left)


def _moved(shares: Real, furthest: int, rng: np.random.Generator) -> Real:
    """Each window (..., length, 4) some bases to the left or the right; what comes in is unknown."""
    margin = np.broadcast_to(UNKNOWN, (*shares.shape[:-2], furthest, len(UNKNOWN)))
    wide = np.concatenate([margin, shares, margin], axis=-2)
    starts = rng.integers(2 * furthest + 1, size=(*shares.shape[:-2], 1))
    moved: Real = np.take_along_axis(wide, (starts + np.arange(shares.shape[-2]))[..., None], axis=-2)
    return moved


def _frames(shares: Real, recipe: PromoterRecipe) -> Real:
    return pairs_of(shares).reshape(*shares.shape[:-2], -1, BANDS * recipe.stack)
