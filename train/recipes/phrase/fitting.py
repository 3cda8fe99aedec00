"""Teaches the shipped networks a phrase: their cells and clocks go on from what they know, the phrase's score is new.

A batch is a function of its step, and nothing else is random: whoever stops and resumes gets the same weights.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, Literal

import numpy.typing as npt

from edge.model.bundle import VERIFIER
from train.cascade import ALWAYS, Cascade, kept, trained
from train.export import load_weights, read_weights, weights_of
from train.fit import fit_into
from train.networks import Layer, Network, NetworkSpec
from train.pool import MixturePool, read_pool
from train.recipes.phrase.recipe import PhraseRecipe
from train.recipes.trigger.batches import Batch, word_batches
from train.recipes.trigger.fitting import loss
from train.recipes.trigger.recipe import WEIGHTS

HEADS = (("scores", 1), ("timing", 2))
CELLS: dict[int, Literal["gru", "lstm"]] = {3: "gru", 4: "lstm"}
"""By the number of their gates."""
STEPS_APART = 1_000_003
"""Keeps the seeds of two trainings' batches apart."""

Weights = Mapping[str, npt.NDArray[Any]]


def phrase_cascade(recipe: PhraseRecipe, weights: Path = WEIGHTS) -> Cascade:
    """The networks of some weights, with a score for the phrase in place of those of their words.

    Without a second look, the one that listens always is alone.
    """
    always = _phrase_network(recipe, read_weights(kept(weights, ALWAYS)))
    return Cascade(always, _phrase_network(recipe, read_weights(kept(weights, VERIFIER))) if recipe.look else None)


def fit_phrase(pool: Path, recipe: PhraseRecipe, out: Path, weights: Path = WEIGHTS) -> Cascade:
    """Trains both on a pool, each in a folder of its own in `out`: checkpoints, then weights.npz."""
    cascade, mixtures = phrase_cascade(recipe, weights), read_pool([pool])
    for name, network in cascade.networks.items():
        # Dropout would draw numbers that no checkpoint remembers.
        told = partial(loss, dropout=0.0)
        fit_into(trained(out, name), network, told, partial(batches_from, mixtures, recipe), recipe.fit)
    return cascade


def _phrase_network(recipe: PhraseRecipe, known: Weights) -> Network:
    spec = NetworkSpec(recipe.base.features.width, _layers(known), HEADS, recipe.base.stack)
    network = Network(spec, recipe.seed)
    own = {name: variable.numpy() for name, variable in weights_of(network).items() if name.startswith("scores/")}
    load_weights(network, {**known, **own})
    return network


def batches_from(pool: MixturePool, recipe: PhraseRecipe, step: int) -> Iterator[Batch]:
    """The batches of this step and all later ones."""
    for now in count(step):
        seed = recipe.seed * STEPS_APART + now
        yield next(word_batches(pool, replace(recipe.base, seed=seed), labels=1))


def _layers(weights: Weights) -> tuple[Layer, ...]:
    """As wide as the weights are: the shipped network may change its size."""
    shapes = [weights[f"layer{n}/recurrent_kernel"].shape for n in range(sum("recurrent_kernel" in w for w in weights))]
    return tuple(Layer(units, CELLS[width // units]) for units, width in shapes)
