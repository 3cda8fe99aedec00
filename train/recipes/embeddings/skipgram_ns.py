"""Skip-gram with negative sampling (Mikolov et al. 2013b, "Distributed Representations of Words and Phrases").

A word's vector v shall tell the words u that stand near it from words of noise, drawn by their frequency to the 3/4:

    log sigma(u . v) + k E_noise[log sigma(-u_noise . v)]  ->  maximum
"""

from typing import Final

import numpy as np

from train.recipes.embeddings.corpus import Corpus, Floats
from train.recipes.embeddings.method import Settings, TextParts, sigmoid, small_random
from train.recipes.embeddings.rows import ascend
from train.recipes.embeddings.windows import Reading, Stretches, stretches

DEFAULTS: Final = Settings(dimensions=80, epochs=5, window=5, rate=0.025, threshold=1e-4)
NEGATIVES: Final = 5
"""Words of noise to each word that was near: k."""
NOISE_POWER: Final = 0.75
NOISE_WORDS: Final = 32
"""Drawn for one stretch, whose words share them."""
STRETCHES: Final = 4
"""Of one step: with more it is faster, but a frequent word takes one long step where it should take many."""


class NegativeSampling:
    """A vector for each word as a centre, and one as a word nearby."""

    def __init__(self, corpus: Corpus, settings: Settings) -> None:
        self._text, self._settings = TextParts(corpus, settings), settings
        self._reading = Reading(settings.window, settings.threshold, stretches=STRETCHES)
        self._noise = np.cumsum(corpus.counts**NOISE_POWER)
        size, dimensions = len(corpus.words), settings.dimensions
        centres = small_random(size, dimensions, settings.rng())
        self.arrays: dict[str, Floats] = {"centres": centres, "nearby": np.zeros((size, dimensions), np.float32)}
        self.parts = self._text.parts

    @property
    def vectors(self) -> Floats:
        """Those of the centres."""
        return self.arrays["centres"]

    def learn(self, part: int) -> float:
        """One piece of the text; the loss is told by the first stretch of each step."""
        rng, rate = self._settings.rng(part), self._text.rate(part)
        read = stretches(self._text.corpus, self._text.piece(part), self._reading, rng)
        losses = [self._step(some, rate, rng) for some in read]
        return float(np.mean(losses)) if losses else 0.0

    def _step(self, some: Stretches, rate: float, rng: np.random.Generator) -> float:
        window, pairs = self._reading.window, some.near.sum(-1, dtype=np.float32, keepdims=True)
        noise = np.searchsorted(self._noise, rng.random((len(some.words), NOISE_WORDS)) * self._noise[-1], "right")
        centres, others = some.words[:, window:-window], np.concatenate([some.words, noise], 1)
        v, u = self.arrays["centres"][centres], self.arrays["nearby"][others]
        scores = v @ u.swapaxes(1, 2)
        # A stretch shares its noise: each of its words counts as if every pair had drawn `NEGATIVES` of its own.
        shared = np.broadcast_to(NEGATIVES / NOISE_WORDS * pairs, (*centres.shape, NOISE_WORDS))
        weights = np.concatenate([some.near, shared], 2, dtype=np.float32)
        label = np.arange(others.shape[1]) < some.words.shape[1]
        error = weights * (label - sigmoid(scores))
        ascend(self.arrays["centres"], centres, error @ u, weights.sum(2), rate)
        ascend(self.arrays["nearby"], others, error.swapaxes(1, 2) @ v, weights.sum(1), rate)
        surprise = np.logaddexp(0, np.where(label, -scores[0], scores[0]))
        return float((weights[0] * surprise).sum() / max(1.0, weights[0].sum()))
