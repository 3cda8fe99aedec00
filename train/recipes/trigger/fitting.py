"""Trains the trigger network.

Its weights learn first to spell all speech that is written down (CTC; not in the plain recipe): some thirty people say
each word, hundreds say everything else, and what knows letters does not take a new voice for a new word.
"""

import json
from functools import partial
from pathlib import Path

import tensorflow as tf

from train.export import save_weights
from train.fit import fit
from train.losses import ctc_loss, timing_loss, trigger_loss
from train.networks import Network
from train.pool import read_pool
from train.recipes.trigger.batches import Batch, spelling_batches, word_batches
from train.recipes.trigger.recipe import HEADS, TriggerRecipe
from train.utterances import read_utterances


def spelling_loss(network: Network, batch: Batch, dropout: float) -> tf.Tensor:
    """CTC; the batch is the fields of a `SpeechBatch`."""
    inputs, steps, letters, counts = batch
    return ctc_loss(network.sequence(inputs, dropout)["letters"], steps, letters, counts)


def loss(network: Network, batch: Batch, dropout: float) -> tf.Tensor:
    """Words and their timing together."""
    inputs, scores, weights, timing = batch
    outputs = network.sequence(inputs, dropout)
    said = tf.reduce_max(scores, axis=-1)
    return trigger_loss(outputs["scores"], scores, weights) + timing_loss(outputs["timing"], timing, said)


def fit_network(folders: list[Path], recipe: TriggerRecipe, out: Path) -> Network:
    """Trains on the pools of some folders; checkpoints and the final `weights.npz` go to `out`."""
    out.mkdir(parents=True, exist_ok=True)
    network = recipe.network()
    if recipe.spelling:
        speller, batches = recipe.speller(), spelling_batches(read_utterances(folders), recipe)
        fit(speller, partial(spelling_loss, dropout=recipe.dropout), batches, recipe.spelling, out / "spelling")
        network = speller.with_heads(HEADS, recipe.seed)
    batches = word_batches(read_pool(folders), recipe)
    losses = fit(network, partial(loss, dropout=recipe.dropout), batches, recipe.fit, out / "checkpoints")
    save_weights(network, out / "weights.npz")
    (out / "losses.json").write_text(json.dumps([round(value, 4) for value in losses]))
    return network
