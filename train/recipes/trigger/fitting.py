"""Trains the trigger network.

It begins with weights that have learnt to spell all speech that is written down (CTC): some thirty people say each
word, hundreds say everything else, and what knows letters does not take a new voice for a new word.
"""

import json
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

DROPOUT = 0.1
"""Share of each layer's outputs that training hides: a few dozen speakers are soon known by heart."""


def spelling_loss(network: Network, batch: Batch) -> tf.Tensor:
    """CTC; the batch is the fields of a `SpeechBatch`."""
    inputs, steps, letters, counts = batch
    return ctc_loss(network.sequence(inputs, DROPOUT)["letters"], steps, letters, counts)


def loss(network: Network, batch: Batch) -> tf.Tensor:
    """Words and their timing together."""
    inputs, scores, weights, timing = batch
    outputs = network.sequence(inputs, DROPOUT)
    said = tf.reduce_max(scores, axis=-1)
    return trigger_loss(outputs["scores"], scores, weights) + timing_loss(outputs["timing"], timing, said)


def fit_network(folders: list[Path], recipe: TriggerRecipe, out: Path) -> Network:
    """Trains on the pools of some folders; checkpoints and the final `weights.npz` go to `out`."""
    out.mkdir(parents=True, exist_ok=True)
    speller = recipe.speller()
    fit(speller, spelling_loss, spelling_batches(read_utterances(folders), recipe), recipe.spelling, out / "spelling")
    network = speller.with_heads(HEADS, recipe.seed)
    losses = fit(network, loss, word_batches(read_pool(folders), recipe), recipe.fit, out / "checkpoints")
    save_weights(network, out / "weights.npz")
    (out / "losses.json").write_text(json.dumps([round(value, 4) for value in losses]))
    return network
