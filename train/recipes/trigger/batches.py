"""What the trigger network is trained on, batch by batch: mixtures with words in them."""

from collections.abc import Iterator
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from train import spectral
from train.pool import MixturePool, normalised
from train.recipes.trigger.recipe import TriggerRecipe
from train.recipes.trigger.words import WORDS
from train.targets import step_ends, targets

Batch: TypeAlias = tuple[npt.NDArray[Any], ...]
"""Inputs (batch, steps, features), scores, weights, timing: see `train.targets`."""

WordRows: TypeAlias = npt.NDArray[np.float64]
"""Rows of (label index, began, ended), in samples."""


def word_batches(pool: MixturePool, recipe: TriggerRecipe, labels: int = len(WORDS), start: int = 0) -> Iterator[Batch]:
    """Random batches without end, others for each `start`; `labels` is how many words the pool can hold."""
    rng = np.random.default_rng(recipe.seed + start)
    mixtures = Mixtures(pool, recipe, rng)
    steps = recipe.joined * pool.frames.shape[1] // recipe.stack
    sequences = recipe.batch // recipe.joined, recipe.joined
    ends = step_ends(steps, recipe.stack, recipe.features)
    while True:
        order = rng.permutation(len(pool.frames))
        for chosen in order[: len(order) // recipe.batch * recipe.batch].reshape(-1, *sequences):
            drawn = [mixtures.joined(some) for some in chosen]
            words = [(row, *word) for row, (_, said) in enumerate(drawn) for word in said]
            wanted = targets(words, (len(drawn), steps, labels), ends)
            frames = normalised(np.stack([energies for energies, _ in drawn]), recipe.features)
            for mixture in frames[::2] if recipe.augmented else ():
                spectral.hide(mixture, rng)
            inputs = frames[:, : steps * recipe.stack].reshape(len(frames), steps, -1)
            yield inputs, wanted.scores, wanted.weights, wanted.timing


class Mixtures:
    """Draws mixtures of a pool; augmented, with another vocal tract, another tempo and other company each time."""

    def __init__(self, pool: MixturePool, recipe: TriggerRecipe, rng: np.random.Generator) -> None:
        self._frames, self._hop, self._augmented, self._rng = pool.frames, recipe.features.hop, recipe.augmented, rng
        by_mixture = np.split(pool.words, np.searchsorted(pool.words[:, 0], np.arange(1, len(pool.frames))))
        self._words = [rows[:, 1:].astype(np.float64) for rows in by_mixture]
        self._wordless = np.flatnonzero([len(rows) == 0 for rows in by_mixture])

    def joined(self, mixtures: npt.NDArray[np.int64]) -> tuple[spectral.Energies, list[tuple[int, int, int]]]:
        """Several mixtures one after another: each as it is `drawn`, words shifted to their places."""
        parts = [self.drawn(int(mixture)) for mixture in mixtures]
        length = self._frames.shape[1] * self._hop
        words = [(w, b + n * length, e + n * length) for n, (_, said) in enumerate(parts) for w, b, e in said]
        return np.concatenate([energies for energies, _ in parts]), words

    def drawn(self, mixture: int) -> tuple[spectral.Energies, list[tuple[int, int, int]]]:
        """Log energies (frames, bands), and (label index, began, ended) of the words in them."""
        energies, words = self._frames[mixture].astype(np.float32), self._words[mixture]
        if self._augmented:
            energies, words = self._varied(energies, words)
        return energies, [(int(label), int(began), int(ended)) for label, began, ended in words]

    def _varied(self, energies: spectral.Energies, words: WordRows) -> tuple[spectral.Energies, WordRows]:
        if self._rng.random() < 0.7:
            energies = spectral.another_mouth(energies, self._rng)
        if self._rng.random() < 0.6:
            energies, words = self._at_another_pace(energies, words)
        if self._rng.random() < 0.3:
            others = self._frames[self._rng.choice(self._wordless)].astype(np.float32)
            energies = spectral.add_energies(energies, others, self._rng.uniform(5, 25))
        level = np.float32(self._rng.uniform(-10, 10) * spectral.DECIBEL)
        return energies + level, words

    def _at_another_pace(self, energies: spectral.Energies, words: WordRows) -> tuple[spectral.Energies, WordRows]:
        frames = len(energies)
        pace = spectral.another_pace(frames, self._rng)
        when = np.interp(words[:, 1:] / self._hop, pace, np.arange(len(pace)))
        kept = when[:, 1] < min(frames, len(pace) - 1)
        # A faster speaker leaves room at the end, and keeps the last sound up.
        positions = np.concatenate([pace, np.full(frames, pace[-1])])[:frames]
        words = np.concatenate([words[:, :1], when * self._hop], axis=1)[kept]
        return spectral.at(energies, positions), words
