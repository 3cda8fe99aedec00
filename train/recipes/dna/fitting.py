"""The training of networks over bases, which become one."""

import json
from collections.abc import Sequence
from pathlib import Path

import tensorflow as tf

from edge.sensors.dna import LABELS, OUTPUT
from train.corpora.sequences import Labelled
from train.export import save_weights
from train.fit import fit
from train.networks import Network
from train.recipes.dna.batches import Batch, batches
from train.recipes.dna.merging import merge
from train.recipes.dna.recipe import DnaRecipe


def fit_networks(windows: Sequence[Labelled], recipe: DnaRecipe, out: Path) -> Network:
    """Trains each network in a folder of its own; what they become goes to `weights.npz` in `out`."""
    networks = [_fit(windows, recipe, member, out / f"member{member}") for member in range(recipe.members)]
    network = merge(networks)
    save_weights(network, out / "weights.npz")
    return network


def _fit(windows: Sequence[Labelled], recipe: DnaRecipe, member: int, out: Path) -> Network:
    """Checkpoints and the losses go to `out`."""
    out.mkdir(parents=True, exist_ok=True)
    network = recipe.network(member)

    def loss(network: Network, batch: Batch) -> tf.Tensor:
        """Cross-entropy of the places, weighted."""
        logits = network.sequence(batch.frames, recipe.dropout)[OUTPUT]
        shape = (*batch.labels.shape, len(LABELS))
        entropy = tf.nn.sparse_softmax_cross_entropy_with_logits(batch.labels, tf.reshape(logits, shape))
        return tf.reduce_sum(batch.weights * entropy) / tf.reduce_sum(batch.weights)

    losses = fit(network, loss, batches(windows, recipe, member), recipe.fit, out / "checkpoints")
    (out / "losses.json").write_text(json.dumps([round(value, 4) for value in losses]))
    return network
