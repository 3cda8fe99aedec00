"""Debiasing after Bolukbasi et al. 2016, "Man is to Computer Programmer as Woman is to Homemaker?".

g            the direction in which she - he, woman - man, ... agree: their first principal component
definitional words whose meaning includes it, such as king or actress: found by a linear classifier
neutralise   every other word loses its part along g
equalise     the two words of a pair, such as brother and sister, differ along g alone, by the same on either side
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import cross_val_predict
from sklearn.svm import LinearSVC

from train.recipes.embeddings.corpus import Floats
from train.recipes.embeddings.vectors import WordVectors

Pairs: TypeAlias = Sequence[tuple[str, str]]

FOLDS: Final = 5
RESOLUTION: Final = 1e-5
"""Smallest difference of associations that is not the rounding of their cosines."""


def known_pairs(vectors: WordVectors, pairs: Pairs) -> list[tuple[str, str]]:
    """The pairs of which both words are known, each once."""
    return [pair for pair in dict.fromkeys(pairs) if {*pair} <= vectors.index.keys()]


def bias_direction(vectors: WordVectors, pairs: Pairs) -> Floats:
    """The first principal component of the differences of some pairs: length one, (dimensions,).

    It points to the first words of the pairs.
    """
    ones, others = (vectors.unit[vectors.rows(side)] for side in zip(*known_pairs(vectors, pairs), strict=True))
    *_, components = np.linalg.svd(ones - others, full_matrices=False)
    direction: Floats = components[0] * np.sign(((ones - others) @ components[0]).sum())
    return direction


@dataclass(frozen=True, slots=True)
class Definitional:
    """What the classifier found."""

    words: frozenset[str]
    """Those of the vocabulary, the seeds among them."""
    precision: float
    recall: float
    """On seeds that it was not shown (cross-validation), against all other words."""


def definitional_words(vectors: WordVectors, seeds: Sequence[str]) -> Definitional:
    """Finds the words that are like some seeds, by a linear support vector machine over all words.

    Seeds are about one word in a hundred, so each counts tenfold.
    """
    is_seed = np.zeros(len(vectors.words), bool)
    is_seed[vectors.rows(seeds)] = True
    classifier = LinearSVC(C=1.0, class_weight={True: 10.0}, random_state=1)
    unseen = cross_val_predict(classifier, vectors.unit, is_seed, cv=FOLDS)
    found = classifier.fit(vectors.unit, is_seed).predict(vectors.unit) | is_seed
    right = (unseen & is_seed).sum()
    return Definitional(
        frozenset(word for word, one in zip(vectors.words, found, strict=True) if one),
        float(right / max(1, unseen.sum())),
        float(right / max(1, is_seed.sum())),
    )


def neutralise(vectors: WordVectors, direction: Floats, definitional: frozenset[str]) -> WordVectors:
    """All words at length one, and those that are not definitional at a right angle to the direction."""
    neutral = np.array([word not in definitional for word in vectors.words])
    along = np.outer(vectors.unit @ direction, direction)
    fair = np.where(neutral[:, None], vectors.unit - along, vectors.unit)
    return WordVectors(vectors.words, WordVectors(vectors.words, fair).unit)


def equalise(vectors: WordVectors, direction: Floats, pairs: Pairs) -> WordVectors:
    """The words of each known pair at equal distance from every neutral word, at length one.

    With mu the mean of a pair, and nu its part beside the direction:
    w = nu + sqrt(1 - |nu|^2) (w_g - mu_g) / |w_g - mu_g|.
    """
    matrix = vectors.unit.copy()
    for pair in known_pairs(vectors, pairs):
        rows = vectors.rows(pair)
        two = matrix[rows]
        mean = two.mean(0)
        beside = mean - (mean @ direction) * direction
        sides = np.sign((two - mean) @ direction)
        if sides.all():
            matrix[rows] = beside + np.sqrt(max(0.0, 1 - beside @ beside)) * np.outer(sides, direction)
    return WordVectors(vectors.words, matrix)


@dataclass(frozen=True, slots=True)
class Association:
    """A word embedding association test (Caliskan, Bryson & Narayanan 2017)."""

    effect: float
    """Difference of the mean associations of both targets, in standard deviations, -2 to 2."""
    p: float
    """Share of random divisions of the targets whose difference is at least as large."""


def association(
    vectors: WordVectors,
    targets: Sequence[Sequence[str]],
    attributes: Sequence[Sequence[str]],
    permutations: int = 10_000,
) -> Association:
    """Are the first targets nearer the first attributes, and the second nearer the second?

    Args:
        vectors: of known words; others are left out.
        targets: two lists of words, such as professions of either stereotype.
        attributes: two lists of words, such as those for men and for women.
        permutations: random divisions of the permutation test, which is one-sided.
    """
    first, second = (vectors.unit[vectors.rows(words)] for words in attributes)
    sizes = [len(vectors.rows(words)) for words in targets]
    words = vectors.unit[vectors.rows([*targets[0], *targets[1]])]
    associations = (words @ first.T).mean(1) - (words @ second.T).mean(1)
    difference = _difference(associations, sizes[0])
    rng = np.random.default_rng(1)
    shuffled = rng.permuted(np.tile(associations, (permutations, 1)), axis=1)
    at_least = (_difference(shuffled, sizes[0]) >= difference - RESOLUTION).sum()
    deviation = max(RESOLUTION, associations.std(ddof=1))
    return Association(float(difference / deviation), float((at_least + 1) / (permutations + 1)))


def _difference(associations: npt.NDArray[Any], first: int) -> npt.NDArray[Any]:
    difference: npt.NDArray[Any] = associations[..., :first].mean(-1) - associations[..., first:].mean(-1)
    return difference
