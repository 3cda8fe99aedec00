"""Trains the networks that hear trigger words, each from the cells of the speech network on."""

from collections.abc import Collection
from functools import partial
from pathlib import Path

import tensorflow as tf

from train.cascade import NAMES, trained
from train.export import load_cells
from train.fit import begin_with, fit_into
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


def fit_networks(folders: list[Path], recipe: TriggerRecipe, out: Path, names: Collection[str] = NAMES) -> None:
    """Trains the networks of these names on the pools of some folders, each in a folder of its own in `out`."""
    chosen = {name: network for name, network in recipe.cascade().networks.items() if name in names}
    for network in chosen.values():  # Cells that do not fit are told of before hours of training.
        if recipe.cells:
            load_cells(network, recipe.cells)
    pool = read_pool(folders)
    for name, network in chosen.items():
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
