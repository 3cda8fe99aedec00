"""Trains the trigger network, from the cells of the speech network on."""

from functools import partial
from pathlib import Path

import tensorflow as tf

from train.export import load_cells
from train.fit import fit_into
from train.losses import timing_loss, trigger_loss
from train.networks import Network
from train.pool import read_pool
from train.recipes.trigger.batches import Batch, word_batches
from train.recipes.trigger.recipe import TriggerRecipe


def loss(network: Network, batch: Batch, dropout: float) -> tf.Tensor:
    """Words and their timing together."""
    inputs, scores, weights, timing = batch
    outputs = network.sequence(inputs, dropout)
    said = tf.reduce_max(scores, axis=-1)
    return trigger_loss(outputs["scores"], scores, weights) + timing_loss(outputs["timing"], timing, said)


def fit_network(folders: list[Path], recipe: TriggerRecipe, out: Path) -> Network:
    """Trains on the pools of some folders; checkpoints and the final `weights.npz` go to `out`."""
    network = recipe.network()
    if recipe.cells:
        load_cells(network, recipe.cells)
    pool = read_pool(folders)
    fit_into(
        out,
        network,
        partial(loss, dropout=recipe.dropout),
        lambda taken: word_batches(pool, recipe, start=taken),
        recipe.fit,
    )
    return network
