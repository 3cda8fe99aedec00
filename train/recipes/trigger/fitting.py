"""Trains the networks that hear trigger words, each from the cells of the speech network on."""

from collections.abc import Collection
from functools import partial
from pathlib import Path

import tensorflow as tf

from edge.model.bundle import VERIFIER
from train.arrays import read_arrays, write_arrays
from train.cascade import ALWAYS, NAMES, Cascade, trained
from train.export import load_cells, load_weights
from train.files import made
from train.fit import begin_with, fit_into, is_younger
from train.losses import timing_loss, trigger_loss
from train.networks import Network
from train.pool import MixturePool, read_pool
from train.recipes.trigger.batches import Batch, word_batches
from train.recipes.trigger.hard import Numbers, hardest
from train.recipes.trigger.recipe import TriggerRecipe

WEIGHTS = "weights.npz"
FIRST = "first"
"""Folder, in that of the verifier, of its training before it learns what is hard."""


def loss(network: Network, batch: Batch, dropout: float) -> tf.Tensor:
    """Words and their timing together."""
    inputs, scores, weights, timing = batch
    outputs = network.sequence(inputs, dropout)
    said = tf.reduce_max(scores, axis=-1)
    return trigger_loss(outputs["scores"], scores, weights) + timing_loss(outputs["timing"], timing, said)


def fit_networks(folders: list[Path], recipe: TriggerRecipe, out: Path, names: Collection[str] = NAMES) -> None:
    """Trains the networks of these names on the pools of some folders, each in a folder of its own in `out`.

    Raises:
        UsageError: the verifier is to learn what fools the first network, too, and that has not been trained.
    """
    cascade = recipe.cascade()
    chosen = {name: network for name, network in cascade.networks.items() if name in names}
    for network in chosen.values():  # Cells that do not fit are told of before hours of training.
        if recipe.cells:
            load_cells(network, recipe.cells)
    if recipe.hard_steps and [*chosen] == [VERIFIER]:
        made(trained(out, ALWAYS) / WEIGHTS, "trigger fit")
    pool = read_pool(folders)
    for name, network in chosen.items():
        if name == VERIFIER and recipe.hard_steps:
            _fit(network, pool, recipe, trained(out, name) / FIRST)
            _harden(cascade, pool, recipe, out)
        else:
            _fit(network, pool, recipe, trained(out, name))


def _fit(network: Network, pool: MixturePool, recipe: TriggerRecipe, out: Path) -> None:
    begin_with(out, recipe.cells)
    fit_into(
        out,
        network,
        partial(loss, dropout=recipe.dropout),
        lambda taken: word_batches(pool, recipe, start=taken),
        recipe.fit,
    )


def _harden(cascade: Cascade, pool: MixturePool, recipe: TriggerRecipe, out: Path) -> None:
    """The verifier goes on from what it learnt first, with more of what fools both networks."""
    folder = trained(out, VERIFIER)
    begin_with(folder, folder / FIRST / WEIGHTS)
    often = _hard_mixtures(cascade, pool, recipe, out)
    fit_into(
        folder,
        cascade.networks[VERIFIER],
        partial(loss, dropout=recipe.dropout),
        lambda taken: word_batches(pool, recipe, start=recipe.fit.steps + taken, often=often),
        recipe.hard_fit(),
    )


def _hard_mixtures(cascade: Cascade, pool: MixturePool, recipe: TriggerRecipe, out: Path) -> Numbers:
    """What fools both networks as they are; kept, because a training that goes on is to see the same."""
    weights = trained(out, ALWAYS) / WEIGHTS, trained(out, VERIFIER) / FIRST / WEIGHTS
    path = trained(out, VERIFIER) / "hard.npz"
    if not is_younger(path, weights):
        for network, file in zip(cascade.networks.values(), weights, strict=True):
            load_weights(network, file)
        print("looking for what fools both networks", flush=True)
        write_arrays(path, {"mixtures": hardest(cascade, pool, recipe)})
    return read_arrays(path, needed=["mixtures"])["mixtures"]
