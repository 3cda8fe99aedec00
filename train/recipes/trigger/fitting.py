"""Trains the networks that hear trigger words together, each from the cells of the speech network on."""

from dataclasses import replace
from functools import partial
from pathlib import Path

import tensorflow as tf

from train.ensemble import load_members
from train.export import load_cells, save_weights
from train.fit import fit_into
from train.losses import timing_loss, trigger_loss
from train.networks import Network
from train.pool import MixturePool, read_pool
from train.recipes.trigger.batches import Batch, word_batches
from train.recipes.trigger.recipe import TriggerRecipe


def loss(network: Network, batch: Batch, dropout: float) -> tf.Tensor:
    """Words and their timing together."""
    inputs, scores, weights, timing = batch
    outputs = network.sequence(inputs, dropout)
    said = tf.reduce_max(scores, axis=-1)
    return trigger_loss(outputs["scores"], scores, weights) + timing_loss(outputs["timing"], timing, said)


def fit_members(folders: list[Path], recipe: TriggerRecipe, out: Path) -> None:
    """Trains all members on the pools of some folders, each in a folder of its own in `out`.

    The weights of them together go to `out`/weights.npz.
    """
    pool = read_pool(folders)
    runs = [out / f"member-{number}" for number in range(recipe.members)]
    for number, run in enumerate(runs):
        _fit_member(pool, replace(recipe, seed=recipe.seed + number), run)
    ensemble = recipe.ensemble()
    load_members(ensemble, [run / "weights.npz" for run in runs])
    save_weights(ensemble, out / "weights.npz")


def _fit_member(pool: MixturePool, recipe: TriggerRecipe, out: Path) -> None:
    network = recipe.network()
    if recipe.cells:
        load_cells(network, recipe.cells)
    fit_into(
        out,
        network,
        partial(loss, dropout=recipe.dropout),
        lambda taken: word_batches(pool, recipe, start=taken),
        recipe.fit,
    )
