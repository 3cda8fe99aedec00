"""Back-off models in full precision: what estimation makes, mixture joins and pruning thins, before 8 bits."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from train.ngram.counts import Grams, context, suffix
from train.ngram.vocabulary import Vocabulary

Floats: TypeAlias = npt.NDArray[np.float64]

NOTHING: Final = 1e-12
"""A probability that is no more than the rounding of a sum."""


@dataclass(frozen=True, slots=True, eq=False)
class Level:
    """The n-grams of one order, sorted."""

    grams: Grams
    log_probs: Floats
    """Of the last word after the others."""
    log_backoffs: Floats
    """Of the n-gram as a context; 0 where none goes on from it."""
    shares: Floats
    """How often it stands in the text, beside all words there; 0 where that is not known."""


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """Sorted n-grams by their contexts."""

    starts: npt.NDArray[np.intp]
    """Where each context begins."""
    of: npt.NDArray[np.intp]
    """Which context each n-gram has."""

    @classmethod
    def by_context(cls, grams: Grams, bits: int) -> "Groups":
        """The groups of some n-grams."""
        contexts = context(grams, bits)
        begins = np.ones(len(grams), bool)
        begins[1:] = contexts[1:] != contexts[:-1]
        return cls(np.flatnonzero(begins), np.cumsum(begins) - 1)

    def sum(self, values: npt.NDArray[Any]) -> Floats:
        """The sum of the values of each context."""
        return np.bincount(self.of, values, minlength=len(self.starts)).astype(np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class BackoffModel:
    """N-grams of all orders from one on; for the others, see `edge.decoder.ngram`."""

    vocabulary: Vocabulary
    levels: tuple[Level, ...]

    def log_probs(self, grams: Grams, order: int) -> Floats:
        """Log probability of the last word of each n-gram after the others, whether the model holds it or not."""
        level, bits = self.levels[order - 1], self.vocabulary.bits
        log_probs = look_up(level.grams, level.log_probs, grams, np.nan)
        missing = np.isnan(log_probs)
        if missing.any():
            backed_off, shorter = grams[missing], self.levels[order - 2]
            weights = look_up(shorter.grams, shorter.log_backoffs, context(backed_off, bits), 0.0)
            log_probs[missing] = weights + self.log_probs(suffix(backed_off, bits, order), order - 1)
        return log_probs

    def normalised(self) -> "BackoffModel":
        """The same n-grams, with the back-off weights that make the words after every context sum to one."""
        bits, levels = self.vocabulary.bits, [self.levels[0]]
        for order, level in enumerate(self.levels[1:], 2):
            lower = BackoffModel(self.vocabulary, tuple(levels))
            groups = Groups.by_context(level.grams, bits)
            left = 1 - groups.sum(np.exp(level.log_probs))
            below = 1 - groups.sum(np.exp(lower.log_probs(suffix(level.grams, bits, order), order - 1)))
            log_backoffs = np.zeros(len(levels[-1].grams))
            contexts = np.searchsorted(levels[-1].grams, context(level.grams[groups.starts], bits))
            log_backoffs[contexts] = log_ratio(left, below)
            levels[-1] = replace(levels[-1], log_backoffs=log_backoffs)
            levels.append(level)
        return BackoffModel(self.vocabulary, tuple(levels))

    def only(self, kept: Sequence[npt.NDArray[np.bool_]]) -> "BackoffModel":
        """Some of the n-grams of each order, which must contain the contexts of all that go on; normalised."""
        levels = [
            Level(level.grams[some], level.log_probs[some], level.log_backoffs[some], level.shares[some])
            for level, some in zip(self.levels, kept, strict=True)
        ]
        return BackoffModel(self.vocabulary, tuple(levels)).normalised()


def mix(models: Sequence[BackoffModel], shares: Sequence[float]) -> BackoffModel:
    """The linear interpolation of models of one vocabulary and order: exact for each n-gram that one of them holds.

    Were counts put together instead, some thousand commands would drown in millions of words from books; multiplied,
    they would be no counts any more: Kneser-Ney smoothing asks how many n-grams occur just once or twice, and it counts
    the contexts of a word, not its occurrences.

    Args:
        models: one or more.
        shares: of each in the mixture, above 0; they sum to one.
    """
    levels = []
    for order, found in enumerate(zip(*(model.levels for model in models), strict=True), 1):
        grams = np.unique(np.concatenate([level.grams for level in found]))
        logs = [np.log(share) + model.log_probs(grams, order) for model, share in zip(models, shares, strict=True)]
        known = [
            share * look_up(level.grams, level.shares, grams, 0.0) for level, share in zip(found, shares, strict=True)
        ]
        levels.append(Level(grams, np.logaddexp.reduce(logs), np.zeros(len(grams)), np.sum(known, axis=0)))
    return BackoffModel(models[0].vocabulary, tuple(levels)).normalised()


def look_up(grams: Grams, values: Floats, wanted: Grams, otherwise: float) -> Floats:
    """The values of some n-grams, or what stands for those that are not among the sorted `grams`."""
    found = np.full(len(wanted), otherwise)
    place = np.searchsorted(grams, wanted)
    known = place < len(grams)
    known[known] = grams[place[known]] == wanted[known]
    found[known] = values[place[known]]
    return found


def log_ratio(left: Floats, below: Floats) -> Floats:
    """The back-off weight of contexts of which the model's n-grams leave so much of P(. | h), and of that below."""
    return np.log(np.maximum(left, NOTHING) / np.maximum(below, NOTHING))
