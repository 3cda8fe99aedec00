"""Makes the pools of mixtures for the trigger recipe: one per fold of speakers, read by every training."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

from train.corpora.audio import load
from train.corpora.manifest import Clip, fingerprint
from train.fit import decide
from train.pool import MADE_OF, make_pool
from train.recipes.trigger import folds
from train.recipes.trigger.recipe import TriggerRecipe
from train.recipes.trigger.words import WORDS

PARTS = 15
"""Parts of 500 mixtures a fold: 8.3 h where each lasts 4 s."""


def _speaks_in(fold: int) -> Callable[[Clip], bool]:
    return lambda clip: folds.fold_of(clip) == fold


def make_pools(clips: list[Clip], out: Path, parts: int, recipe: TriggerRecipe) -> None:
    """Writes out/fold-0 ... with the mixtures of each fold's speakers; taken up where it was left.

    Raises:
        UsageError: what is there was made of other recordings, or for other features.
    """
    decide(out / MADE_OF, f"{fingerprint(clips)}, {recipe.features}, {recipe.seconds} s")
    load_once = cache(load)
    for fold in range(folds.FOLDS):
        bank = folds.sound_bank(clips, WORDS, _speaks_in(fold), load_once)
        make_pool(out / f"fold-{fold}", bank, WORDS, recipe.features, recipe.seconds, parts, seed=fold + 1)
        print(f"fold {fold}: {parts} parts", flush=True)
