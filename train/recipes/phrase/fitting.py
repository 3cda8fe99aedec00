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

from train.ensemble import Ensemble, EnsembleSpec, load_members
from train.export import load_weights, of_member, read_weights, save_weights, weights_of
from train.fit import fit, steps_taken
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


def phrase_network(recipe: PhraseRecipe, weights: Path = WEIGHTS, member: int = 0) -> Network:
    """A network of some weights with a score for the phrase in place of those of its words."""
    known = of_member(read_weights(weights), member)
    spec = NetworkSpec(recipe.base.features.width, _layers(known), HEADS, recipe.base.stack)
    network = Network(spec, recipe.seed)
    own = {name: variable.numpy() for name, variable in weights_of(network).items() if name.startswith("scores/")}
    load_weights(network, {**known, **own})
    return network


def fit_phrase(pool: Path, recipe: PhraseRecipe, out: Path, weights: Path = WEIGHTS) -> Ensemble:
    """Trains all members on a pool, each in a folder of its own in `out`: checkpoints, then weights.npz."""
    runs = [out / f"member-{number}" for number in range(recipe.members)]
    mixtures = read_pool([pool])
    networks = [phrase_network(recipe, weights, number) for number in range(recipe.members)]
    for number, (network, run) in enumerate(zip(networks, runs, strict=True)):
        if not (run / "weights.npz").exists():
            _fit_member(network, mixtures, replace(recipe, seed=recipe.seed + number), run)
    shape = networks[0].spec
    together = Ensemble(EnsembleSpec(shape.bands, shape.layers, HEADS, shape.stack, members=recipe.members))
    load_members(together, [run / "weights.npz" for run in runs])
    return together


def _fit_member(network: Network, mixtures: MixturePool, recipe: PhraseRecipe, out: Path) -> None:
    checkpoints = out / "checkpoints"
    batches = batches_from(steps_taken(checkpoints), mixtures, recipe)
    # Dropout would draw numbers that no checkpoint remembers.
    fit(network, partial(loss, dropout=0.0), batches, recipe.fit, checkpoints)
    part = out / "weights.part.npz"
    save_weights(network, part)
    part.rename(out / "weights.npz")


def batches_from(step: int, pool: MixturePool, recipe: PhraseRecipe) -> Iterator[Batch]:
    """The batches of this step and all later ones."""
    for now in count(step):
        seed = recipe.seed * STEPS_APART + now
        yield next(word_batches(pool, replace(recipe.base, seed=seed), labels=1))


def _layers(weights: Weights) -> tuple[Layer, ...]:
    """As wide as the weights are: the shipped network may change its size."""
    shapes = [weights[f"layer{n}/recurrent_kernel"].shape for n in range(sum("recurrent_kernel" in w for w in weights))]
    return tuple(Layer(units, CELLS[width // units]) for units, width in shapes)
