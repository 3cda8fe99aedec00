"""Skip-gram with the hierarchical softmax (Morin & Bengio 2005; Mikolov et al. 2013a and b).

The probability of a word is that of its way through a binary tree, so it costs some log2(words) decisions, not a sum
over the vocabulary. Every inner node n has a vector, and a word v nearby turns left with probability sigma(n . v).
"""

from typing import Final

import numpy as np

from train.recipes.embeddings.corpus import Corpus, Floats
from train.recipes.embeddings.huffman import huffman
from train.recipes.embeddings.method import Settings, TextParts, sigmoid, small_random
from train.recipes.embeddings.rows import ascend
from train.recipes.embeddings.windows import Reading, Stretches, stretches

DEFAULTS: Final = Settings(dimensions=80, epochs=5, window=5, rate=0.025, threshold=1e-4)
STRETCHES: Final = 128
"""Of one step, each around a single word, whose way is its own."""


class HierarchicalSoftmax:
    """A vector for each word, and one for each inner node of the tree."""

    def __init__(self, corpus: Corpus, settings: Settings) -> None:
        self._text, self._settings = TextParts(corpus, settings), settings
        self._reading = Reading(settings.window, settings.threshold, centres=1, stretches=STRETCHES)
        self._tree = huffman(corpus.counts)
        size, dimensions = len(corpus.words), settings.dimensions
        words = small_random(size, dimensions, settings.rng())
        self.arrays: dict[str, Floats] = {"words": words, "nodes": np.zeros((size - 1, dimensions), np.float32)}
        self.parts = self._text.parts

    @property
    def vectors(self) -> Floats:
        """Those of the words."""
        return self.arrays["words"]

    def learn(self, part: int) -> float:
        """One piece of the text."""
        rate = self._text.rate(part)
        read = stretches(self._text.corpus, self._text.piece(part), self._reading, self._settings.rng(part))
        losses = [self._step(some, rate) for some in read]
        return float(np.mean(losses)) if losses else 0.0

    def _step(self, some: Stretches, rate: float) -> float:
        target = some.words[:, self._reading.window]
        nodes, turns = self._tree.nodes[target], self._tree.turns[target][:, None]
        near = some.near.swapaxes(1, 2).astype(np.float32)
        v, n = self.arrays["words"][some.words], self.arrays["nodes"][nodes]
        taken = sigmoid(turns * (v @ n.swapaxes(1, 2)))
        weights: Floats = near * np.abs(turns)
        error: Floats = near * turns * (1 - taken)
        ascend(self.arrays["words"], some.words, error @ n, weights.sum(2), rate)
        ascend(self.arrays["nodes"], nodes, error.swapaxes(1, 2) @ v, weights.sum(1), rate)
        return float(-(weights[0] * np.log(taken[0])).sum() / max(1.0, near[0].sum()))
