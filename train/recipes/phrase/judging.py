"""What the int8 network does with the voices that training never heard: the figures of the bundle and of the report."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edge.features import Frames
from edge.model import StreamingModel
from edge.pipeline import detector_config
from train.evaluate.intervals import poisson, wilson
from train.evaluate.scorers import bundle_scores, smoothed
from train.evaluate.streams import LongStream
from train.evaluate.trigger import THRESHOLDS, Tally
from train.parallel import WORKERS, mapped
from train.pool import normalised, read_pool
from train.recipes.phrase.material import Kept
from train.recipes.phrase.recipe import BUDGET, PhraseRecipe

CALIBRATION = 24
"""Mixtures, of 8 s each, on which the ranges of the int8 network are found."""
NEAR = "near phrases"
"""The condition under which near phrases are tallied; there, what is no miss is a mistake."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the closing report says."""

    tally: Tally
    conditions: tuple[str, ...]
    real: bool
    """Whether false accepts were counted in people's speech."""

    @property
    def phrase(self) -> str:
        """What it listens for."""
        return str(self.tally.labels[0])

    @property
    def threshold(self) -> float:
        """The lowest one within BUDGET."""
        return self.tally.threshold(self.phrase, BUDGET)

    def misses(self, condition: str) -> str:
        """Such as `3.0 % missed (1.2-7.1), n = 200`."""
        missed, clips = self.tally.miss(self.phrase, condition, self.threshold)
        low, high = wilson(missed, clips)
        return f"{100 * missed / max(1, clips):.1f} % missed ({100 * low:.1f}-{100 * high:.1f}), n = {clips}"

    def false_accepts(self, budget: float = BUDGET) -> str:
        """Such as `0.81 an hour (0.26-1.89), 5 in 6.2 h`."""
        accepts = self.tally.false_accepts(self.phrase, self.tally.threshold(self.phrase, budget))
        low, high = poisson(accepts, self.tally.hours)
        return f"{accepts / self.tally.hours:.2f} an hour ({low:.2f}-{high:.2f}), {accepts} in {self.tally.hours:.2f} h"

    def price(self) -> str:
        """False accepts at the highest threshold at which nine of ten takes by voices that were kept back are found."""
        most = 0.1 * self.tally.miss(self.phrase, self.conditions[0], 0)[1]
        fitting = [t for t in THRESHOLDS if self.tally.miss(self.phrase, self.conditions[0], t)[0] <= most]
        accepts = self.tally.false_accepts(self.phrase, max(fitting, default=float(THRESHOLDS[0])))
        low, high = poisson(accepts, self.tally.hours)
        return f"{accepts / self.tally.hours:.2f} false accepts an hour ({low:.2f}-{high:.2f})"

    def near(self) -> str:
        """How many near phrases wake it."""
        missed, clips = self.tally.miss(self.phrase, NEAR, self.threshold)
        return f"{clips - missed} of {clips}"


def calibration(pool: Path, recipe: PhraseRecipe) -> list[Frames]:
    """Frames of some training mixtures, two after another each time."""
    energies = read_pool([pool]).frames[: 2 * CALIBRATION].astype(np.float32)
    pairs = energies[: len(energies) // 2 * 2].reshape(-1, 2 * energies.shape[1], energies.shape[2])
    return list(normalised(pairs, recipe.base.features))


def judge(bundles: Sequence[Path], kept: Kept, recipe: PhraseRecipe) -> list[Verdict]:
    """What some bundles of the network do with what was kept back, a step at a time, as the device does.

    Args:
        bundles: all hear the same features, so that those are computed once.
        kept: of which two children hear one half each.
        recipe: of the phrase.
    """

    def hear(share: int) -> list[Tally]:
        return [_heard(bundle, kept.share(share, WORKERS), recipe) for bundle in bundles]

    tallies, *others = mapped(hear, WORKERS, "halves")
    for tally, *halves in zip(tallies, *others, strict=True):
        for half in halves:
            tally.merge(half)
    return [Verdict(tally, tuple(kept.phrases), kept.real) for tally in tallies]


def _heard(bundle: Path, kept: Kept, recipe: PhraseRecipe) -> Tally:
    model, step = StreamingModel.load(str(bundle)), recipe.base.stack * recipe.base.features.hop
    tally = Tally((recipe.phrase,))

    def tracks(streams: Iterable[LongStream]) -> list[np.ndarray]:
        return smoothed(bundle_scores(model, streams), detector_config(model.bundle.manifest))

    for condition, streams in {**kept.phrases, NEAR: kept.near}.items():
        tally.add_words(condition, streams, tracks(streams), step)
    tally.add_others(kept.others, tracks(kept.others), step)
    return tally
