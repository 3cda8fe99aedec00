"""Interpolated Kneser-Ney smoothing with three discounts (Chen & Goodman 1998, section 3).

    P(w | h) = (c(h w) - D(c)) / sum of c(h v)  +  gamma(h) P(w | h without its first word)

gamma(h) hands on what the discounts of all h v have taken; at the end of the recursion all words are equally likely.
"""

from typing import Final

import numpy as np

from edge.decoder.lexicon import BEGIN
from train.ngram.backoff import BackoffModel, Floats, Groups, Level
from train.ngram.counts import Counts, Grams, adjusted, count, suffix
from train.ngram.vocabulary import Ids, Vocabulary

FALLBACK: Final = np.array([0.0, 0.5, 1.0, 1.5])
"""Discounts where a text is too small, or too regular, to tell them."""


def discounts(counts: Counts) -> Floats:
    """What is taken from a count of 0, 1, 2, and 3 or more: equation 17, from how many n-grams occur 1 to 4 times."""
    n1, n2, n3, n4 = np.bincount(np.minimum(counts, 5), minlength=5)[1:5].tolist()
    if 0 in (n1, n2, n3, n4):
        return FALLBACK
    y = n1 / (n1 + 2 * n2)
    found = np.array([0.0, 1 - 2 * y * n2 / n1, 2 - 3 * y * n3 / n2, 3 - 4 * y * n4 / n3])
    return found if np.all(found[1:] > 0) else FALLBACK


def estimate(ids: Ids, vocabulary: Vocabulary, order: int) -> BackoffModel:
    """The model of some sentences.

    Args:
        ids: sentences, each from BEGIN to END.
        vocabulary: what the ids stand for.
        order: of the longest n-grams; 2 or more.

    Raises:
        UsageError: such n-grams do not fit into numbers.
    """
    size, bits = len(vocabulary), vocabulary.bits
    counted = count(ids, order, size)
    words = np.count_nonzero(ids != BEGIN)
    levels: list[Level] = []
    # Below the single words lies the empty n-gram, after which all words are equally likely; BEGIN follows nothing.
    shorter, lower = np.zeros(1, np.uint64), np.array([1 / (size - 1)])
    for length, (found, counts) in enumerate(zip(counted, adjusted(counted, bits), strict=True), 1):
        below = lower[np.searchsorted(shorter, suffix(found.grams, bits, length))]
        probabilities = _interpolated(found.grams, counts, below, bits)
        if length == 1:
            probabilities[BEGIN] = 0
        with np.errstate(divide="ignore"):
            logs = np.log(probabilities)
        levels.append(Level(found.grams, logs, np.zeros(len(logs)), found.counts / words))
        shorter, lower = found.grams, probabilities
    return BackoffModel(vocabulary, tuple(levels)).normalised()


def _interpolated(grams: Grams, counts: Counts, below: Floats, bits: int) -> Floats:
    """P(w | h) of each n-gram h w, from its adjusted count and from P(w | h without its first word)."""
    taken = discounts(counts)[np.minimum(counts, 3)]
    contexts = Groups.by_context(grams, bits)
    total = contexts.sum(counts)
    gamma = contexts.sum(taken) / total
    return (counts - taken) / total[contexts.of] + gamma[contexts.of] * below
