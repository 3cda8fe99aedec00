"""Which tags like to follow each other: counted in the lessons, beyond what each tag's own frequency tells.

The network tags each word for itself, given the sentence; that a title goes on, or that two places seldom meet, it has
to learn anew for each word. The hybrid of network and Markov chain (Bourlard and Morgan 1994) tells the search:

    s(i, j) = w log [p(j | i) / p(j)]

The network knows p(j) already. w is small, for it knows much of p(j | i) too.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np

from edge.model.quantization import Real
from train.corpora.conll import Tagged

UNSEEN: Final = 0.5
"""Added to each count, so that nothing is impossible but what is illegal."""


def transition_scores(sentences: Sequence[Tagged], tags: Sequence[str], weight: float) -> Real:
    """s, (tags, tags): the score of each tag (column) after another (row).

    Args:
        sentences: in which they are counted.
        tags: all BIO tags.
        weight: w.
    """
    places = {tag: place for place, tag in enumerate(tags)}
    counts = np.full((len(tags), len(tags)), UNSEEN)
    for sentence in sentences:
        for before, after in pairwise(sentence.tags):
            counts[places[before], places[after]] += 1
    conditional = counts / counts.sum(axis=1, keepdims=True)
    return np.asarray(weight * np.log(conditional / (counts.sum(axis=0) / counts.sum())), np.float32)
