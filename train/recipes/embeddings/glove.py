"""GloVe (Pennington, Socher & Manning 2014): vectors whose products are the logarithms of how often words meet.

J = sum_ij f(X_ij) (w_i . c_j + b_i + d_j - log X_ij)^2,    f(x) = min(1, (x / x_max)^alpha)
"""

from typing import Final

import numpy as np
from scipy.sparse import coo_array, csr_array

from train.recipes.embeddings.corpus import Corpus, Floats
from train.recipes.embeddings.method import PART_WORDS, Settings, small_random
from train.recipes.embeddings.rows import adagrad

DEFAULTS: Final = Settings(dimensions=80, epochs=15, window=10, rate=0.05, threshold=1.0)
X_MAX: Final = 10.0
"""The paper's 100 is for texts of billions of words; its code advises 10 for small ones."""
ALPHA: Final = 0.75
BATCH: Final = 4096
"""Pairs of words of one step."""
PART_PAIRS: Final = 1 << 20


def cooccurrences(corpus: Corpus, window: int) -> csr_array:
    """How often words meet in a sentence, (words, words); a meeting d words apart counts 1 / d, on both sides."""
    size = len(corpus.words)
    found = csr_array((size, size), dtype=np.float32)
    for start in range(0, len(corpus.ids), PART_WORDS):
        stretch = slice(start, start + PART_WORDS + window)
        ids, sentences = corpus.ids[stretch], corpus.sentences[stretch]
        for distance in range(1, window + 1):
            first = slice(0, min(PART_WORDS, max(0, len(ids) - distance)))
            second = slice(distance, first.stop + distance)
            within = sentences[first] == sentences[second]
            pairs = ids[first][within], ids[second][within]
            found = found + coo_array((np.full(len(pairs[0]), 1 / distance, np.float32), pairs), (size, size)).tocsr()
    return found + found.T


class GloVe:
    """Two vectors and two biases for each word, as the one that is looked from and as the one that is met."""

    def __init__(self, corpus: Corpus, settings: Settings) -> None:
        self._settings = settings
        met = cooccurrences(corpus, settings.window).tocoo()
        self._pairs, self._log_x = np.stack(met.coords), np.log(met.data)
        self._weights = np.minimum(1, (met.data / X_MAX) ** ALPHA).astype(np.float32)
        self._pieces = -(-len(self._log_x) // PART_PAIRS)
        self.parts = settings.epochs * self._pieces
        rng, size = settings.rng(), len(corpus.words)
        tables = {name: small_random(size, settings.dimensions, rng) for name in ("from", "met")}
        tables |= {f"{name} bias": np.zeros((size, 1), np.float32) for name in ("from", "met")}
        self.arrays: dict[str, Floats] = tables | {f"{name} squares": np.ones_like(tables[name]) for name in tables}

    @property
    def vectors(self) -> Floats:
        """The sum of a word's two vectors."""
        return self.arrays["from"] + self.arrays["met"]

    def learn(self, part: int) -> float:
        """A piece of the pairs, which are shuffled anew for each epoch."""
        epoch, piece = divmod(part, self._pieces)
        order = self._settings.rng(epoch).permutation(len(self._log_x))[piece * PART_PAIRS : (piece + 1) * PART_PAIRS]
        batches = np.split(order, range(BATCH, len(order), BATCH))
        return sum(map(self._step, batches)) / len(order)

    def _step(self, some: np.ndarray[tuple[int], np.dtype[np.intp]]) -> float:
        (i, j), f, tables = self._pairs[:, some], self._weights[some, None], self.arrays
        w, c = tables["from"][i], tables["met"][j]
        difference = (w * c).sum(1, keepdims=True) + tables["from bias"][i] + tables["met bias"][j]
        difference -= self._log_x[some, None]
        error = f * difference
        gradients = {"from": error * c, "met": error * w, "from bias": error, "met bias": error}
        for name, gradient in gradients.items():
            rows = i if name.startswith("from") else j
            adagrad(tables[name], tables[f"{name} squares"], rows, gradient, self._settings.rate)
        return float((error * difference).sum())
