"""Makes the pools of mixtures for the trigger recipe: one per fold of speakers, read by every training."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

from edge.features import FeatureConfig
from train.corpora.audio import load
from train.corpora.manifest import Clip
from train.pool import make_pool
from train.recipes.trigger import folds
from train.recipes.trigger.words import WORDS

FOLDS = 3
PARTS = 14
"""Parts of 500 mixtures of 4 s a fold: 7.8 h."""


def _speaks_in(fold: int) -> Callable[[Clip], bool]:
    return lambda clip: folds.fold_of(clip, FOLDS) == fold


def make_pools(clips: list[Clip], out: Path, parts: int, config: FeatureConfig) -> None:
    """Writes out/fold-0 ... with the mixtures of each fold's speakers; taken up where it was left."""
    load_once = cache(load)
    for fold in range(FOLDS):
        bank = folds.sound_bank(clips, WORDS, _speaks_in(fold), load_once)
        make_pool(out / f"fold-{fold}", bank, WORDS, config, parts, seed=fold + 1)
        print(f"fold {fold}: {parts} parts", flush=True)
