"""Entropy pruning (Stolcke 1998): the n-grams go without which the model changes least.

How often a context occurs is counted in the text. Stolcke takes it from the model, but the lower orders of a Kneser-Ney
model are no estimate of that (Chelba et al. 2010).
"""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from edge.errors import UsageError
from train.ngram.backoff import NOTHING, BackoffModel, Floats, Groups, log_ratio
from train.ngram.counts import context, suffix

Kept: TypeAlias = list[npt.NDArray[np.bool_]]

LOWEST: Final = 1e-15
"""Threshold from which the search begins, in nats a word: far below what the rarest n-gram of a large text costs."""
BISECTIONS: Final = 40


def losses(model: BackoffModel, order: int) -> Floats:
    """By how many nats a word the model would be off the whole one, were it to lack this n-gram of the order alone.

    Equations 3 to 7 of Stolcke; only of models that hold the suffix of each n-gram, as those that nobody has pruned do.
    """
    level, shorter, bits = model.levels[order - 1], model.levels[order - 2], model.vocabulary.bits
    log_q = model.log_probs(suffix(level.grams, bits, order), order - 1)
    p, q = np.exp(level.log_probs), np.exp(log_q)
    groups = Groups.by_context(level.grams, bits)
    left = np.maximum(1 - groups.sum(p), NOTHING)[groups.of]
    below = np.maximum(1 - groups.sum(q), NOTHING)[groups.of]
    backoff, without = log_ratio(left, below), log_ratio(left + p, below + q)
    change = p * (log_q + without - level.log_probs) + left * (without - backoff)
    shares = shorter.shares[np.searchsorted(shorter.grams, context(level.grams, bits))]
    return -shares * change


def prune(model: BackoffModel, prices: Sequence[int], budget: float) -> BackoffModel:
    """The model with as many n-grams as it can pay for: those that tell most for their price, and their contexts.

    Args:
        model: one that nobody has pruned.
        prices: of an n-gram of each order from two on, such as its bytes in a file; the single words stay.
        budget: for all n-grams together.

    Raises:
        UsageError: there is no budget.
    """
    if budget < 0:
        raise UsageError("the file is too small for its vocabulary: allow more megabytes, or fewer words")
    worth = [np.full(len(model.levels[0].grams), np.inf)]
    worth += [losses(model, order) / price for order, price in enumerate(prices, 2)]
    contexts = [
        np.searchsorted(shorter.grams, context(longer.grams, model.vocabulary.bits))
        for shorter, longer in pairwise(model.levels)
    ]

    def affordable(threshold: float) -> bool:
        kept = _above(threshold, worth, contexts)
        return sum(int(some.sum()) * price for some, price in zip(kept[1:], prices, strict=True)) <= budget

    if affordable(-np.inf):
        return model
    low, high = LOWEST, max(some.max(initial=LOWEST) for some in worth[1:])
    for _ in range(BISECTIONS):
        middle = math.sqrt(low * high)
        low, high = (low, middle) if affordable(middle) else (middle, high)
    return model.only(_above(high, worth, contexts))


def _above(threshold: float, worth: Sequence[Floats], contexts: Sequence[npt.NDArray[np.intp]]) -> Kept:
    """The n-grams of each order that are worth more than a threshold, and the contexts of those that are."""
    kept = [some > threshold for some in worth]
    for shorter, longer, context_of in reversed(list(zip(kept[:-1], kept[1:], contexts, strict=True))):
        shorter[context_of[longer]] = True
    return kept
