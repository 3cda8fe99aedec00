"""Promoters of E. coli, left out one by one: each is judged by networks that have learnt from all others.

    consensus -- committee --> prior -- a copy for each that is left out, and the others --> a vote of the copy

A copy goes on with the consensus beside the windows, or it would forget it over a hundred of them. How long the copies
learn is chosen for each block of windows by cross-validation within the other blocks: no window has a say in what it is
judged by.
"""

import json
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import tensorflow as tf
from sklearn.model_selection import StratifiedKFold

from edge.errors import DataError
from edge.model.quantization import Real
from edge.sensors.dna import BANDS, UNKNOWN, pairs_of, shares_of
from train.committee import Committee
from train.corpora.sequences import PROMOTER, Labelled
from train.files import write_text
from train.fit import FitConfig, decide, fit, steps_taken
from train.recipes.dna.consensus import draw
from train.recipes.dna.recipe import decided_by

Rows = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class PromoterRecipe:
    """Everything that decides the networks."""

    units: int = 24
    stack: int = 19
    """Bases of a step."""
    members: int = 4
    """Networks that vote on each window."""
    dropout: float = 0.3
    """Share of the GRU's last output that training hides."""
    drawn: int = 64
    """Sequences of a batch from the consensus, for each network."""
    batch: int = 16
    """Windows of a batch, for each network."""
    rehearsed: int = 16
    """Sequences from the consensus beside them."""
    crossed: float = 0.5
    """Share of windows of which one side comes from another of the same class."""
    hidden: float = 0.1
    """Largest share of the bases of a window that are made unknown."""
    prior: FitConfig = field(
        default_factory=lambda: FitConfig(
            steps=1500, quantised_steps=0, learning_rate=6e-3, warm_up=50, clip_norm=100.0, checkpoint_every=1000
        )
    )
    fit: FitConfig = field(
        default_factory=lambda: FitConfig(
            steps=0, quantised_steps=0, learning_rate=2e-3, warm_up=5, clip_norm=1000.0, checkpoint_every=1000
        )
    )
    rounds: tuple[int, ...] = (60, 120)
    """Batches of windows to choose from."""
    blocks: int = 10
    """Of windows that are left out by one choice."""
    parts: int = 5
    """Of the other blocks, for cross-validation."""
    seed: int = 1


class Batch(NamedTuple):
    """What the loss takes."""

    frames: Real
    """(networks, batch, steps, stack * 16)."""
    labels: npt.NDArray[np.int32]
    """(networks, batch)."""


class Windows(NamedTuple):
    """All windows."""

    shares: Real
    """(windows, length, 4)."""
    labels: npt.NDArray[np.int32]
    """(windows,)."""


def leave_one_out(windows: Sequence[Labelled], recipe: PromoterRecipe, work: Path) -> str:
    """The windows that the vote of their networks gets wrong, of all, and what was chosen, as JSON.

    Raises:
        DataError: there are too few windows of a class.
        UsageError: the folder holds the work of other windows, or of another recipe.
    """
    labels = np.array([one.label for one in windows], np.int32)
    if min(np.bincount(labels, minlength=len(PROMOTER))) < 2 * recipe.blocks:
        problem = f"{len(windows)} windows are too few to leave some out, and others of the rest"
        raise DataError(f"{problem}: give {2 * recipe.blocks} or more of each kind")
    # Each number of rounds has folders of its own.
    decide(work / "decided-by.txt", decided_by(windows, replace(recipe, rounds=())))
    known = Windows(np.stack([shares_of(one.bases) for one in windows]), labels)
    prior = fit_prior(recipe, work / "prior")
    blocks = [left for _, left in _folds(np.arange(len(windows)), labels, recipe.blocks, recipe.seed)]
    chosen = choose_rounds(prior, known, blocks, recipe, work)
    votes = np.zeros((len(windows), recipe.members, len(PROMOTER)), np.float32)
    for rounds in set(chosen):
        left = np.concatenate([block for block, own in zip(blocks, chosen, strict=True) if own == rounds])
        others = [np.delete(np.arange(len(windows)), row) for row in left]
        # Other rounds to choose from may leave others out.
        told = tuned(prior, known, others, rounds, recipe, work / f"left{rounds}-{zlib.crc32(left.tobytes()):08x}")
        votes[left] = told[np.arange(len(left)), :, left]
    alone = (votes.argmax(axis=2) != labels[:, None]).sum(axis=0)
    before = judge(prior, known.shares, recipe).mean(axis=0).argmax(axis=1)
    found = {
        "n": len(windows),
        "errors": int((votes.mean(axis=1).argmax(axis=1) != labels).sum()),
        "errors_of_one": alone.tolist(),
        "errors_of_prior": int((before != labels).sum()),
        "rounds_by_block": chosen,
    }
    write_text(work / "promoters.json", json.dumps(found))
    return json.dumps(found)


def fit_prior(recipe: PromoterRecipe, work: Path) -> Committee:
    """Networks that know the literature and no window."""
    committee = Committee(recipe.members, BANDS * recipe.stack, recipe.units, len(PROMOTER), recipe.seed)
    fit(committee, _loss(recipe), drawn_batches(recipe, steps_taken(work)), recipe.prior, work)
    return committee


def choose_rounds(
    prior: Committee, known: Windows, blocks: Sequence[Rows], recipe: PromoterRecipe, work: Path
) -> list[int]:
    """For each block, the number of batches with the least loss in cross-validation within the other blocks."""
    everything = np.arange(len(known.labels))
    folds = [
        fold
        for block in blocks
        for fold in _folds(np.delete(everything, block), known.labels, recipe.parts, recipe.seed)
    ]
    losses = []
    for rounds in recipe.rounds:
        told = tuned(prior, known, [learnt for learnt, _ in folds], rounds, recipe, work / f"chosen{rounds}")
        surprise = -np.log(told.mean(axis=1)[:, everything, known.labels])
        losses.append([surprise[fold, left].mean() for fold, (_, left) in enumerate(folds)])
    by_block = np.reshape(losses, (len(recipe.rounds), len(blocks), recipe.parts)).mean(axis=2)
    return [recipe.rounds[row] for row in by_block.argmin(axis=0)]


def tuned(
    prior: Committee, known: Windows, learnt: Sequence[Rows], rounds: int, recipe: PromoterRecipe, work: Path
) -> Real:
    """What a copy of the prior says of all windows once it has learnt some: (copies, members, windows, 2)."""
    wide = prior.repeated(len(learnt))
    made = batches(known, learnt, recipe, steps_taken(work))
    fit(wide, _loss(recipe), made, replace(recipe.fit, steps=rounds), work)
    return judge(wide, known.shares, recipe).reshape(len(learnt), recipe.members, -1, len(PROMOTER))


def judge(committee: Committee, shares: Real, recipe: PromoterRecipe) -> Real:
    """The probabilities that each network gives each window: (networks, windows, 2)."""
    frames = _frames(shares, recipe)
    networks = committee.head.kernel.shape[0]
    told = [committee.logits(tf.repeat(one[None, None], networks, axis=0)) for one in frames]
    probabilities: Real = tf.nn.softmax(tf.concat(told, axis=1)).numpy()
    return probabilities


def drawn_batches(recipe: PromoterRecipe, start: int = 0) -> Iterator[Batch]:
    """Batches from the consensus without end, others for who goes on after `start` of them."""
    rng = np.random.default_rng(recipe.seed + start)
    while True:
        shares, labels = draw(recipe.members * recipe.drawn, rng)
        shares = shares.reshape(recipe.members, recipe.drawn, *shares.shape[1:])
        _hide(shares, recipe.hidden, rng)
        yield Batch(_frames(shares, recipe), labels.reshape(recipe.members, -1))


def batches(known: Windows, learnt: Sequence[Rows], recipe: PromoterRecipe, start: int = 0) -> Iterator[Batch]:
    """Batches without end, see `drawn_batches`; each network draws from the rows of its copy alone."""
    rng = np.random.default_rng(recipe.seed + start)
    rows = [own for own in learnt for _ in range(recipe.members)]
    while True:
        chosen, mates = np.stack([[rng.choice(own, recipe.batch) for own in rows] for _ in range(2)])
        alike = (known.labels[mates] == known.labels[chosen]) & (rng.random(chosen.shape) < 2 * recipe.crossed)
        length = known.shares.shape[1]
        cuts = np.where(alike, rng.integers(1, length, chosen.shape), length)
        own = np.arange(length) < cuts[..., None]
        made = np.where(own[..., None], known.shares[chosen], known.shares[mates])
        drawn, classes = draw(len(rows) * recipe.rehearsed, rng)
        shares = np.concatenate([made, drawn.reshape(len(rows), recipe.rehearsed, length, -1)], axis=1)
        _hide(shares, recipe.hidden, rng)
        labels = np.concatenate([known.labels[chosen], classes.reshape(len(rows), -1)], axis=1)
        yield Batch(_frames(shares, recipe), labels)


def _loss(recipe: PromoterRecipe) -> Callable[[Committee, Batch], tf.Tensor]:
    def loss(committee: Committee, batch: Batch) -> tf.Tensor:
        """The sum over the networks, so that none feels the others."""
        logits = committee.logits(batch.frames, recipe.dropout)
        entropy = tf.nn.sparse_softmax_cross_entropy_with_logits(batch.labels, logits)
        return tf.reduce_sum(tf.reduce_mean(entropy, axis=1))

    return loss


def _hide(shares: Real, largest: float, rng: np.random.Generator) -> None:
    """Makes some bases unknown, in place: a share of each sequence, (..., length, 4), up to the largest."""
    shares[rng.random(shares.shape[:-1]) < rng.uniform(0, largest, (*shares.shape[:-2], 1))] = UNKNOWN


def _folds(rows: Rows, labels: npt.NDArray[np.int32], parts: int, seed: int) -> list[tuple[Rows, Rows]]:
    """The rows that are learnt, and those that are left, for each part."""
    folds = StratifiedKFold(parts, shuffle=True, random_state=seed).split(rows, labels[rows])
    return [(rows[learnt], rows[left]) for learnt, left in folds]


def _frames(shares: Real, recipe: PromoterRecipe) -> Real:
    return pairs_of(shares).reshape(*shares.shape[:-2], -1, BANDS * recipe.stack)
