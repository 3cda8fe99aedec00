"""The neural probabilistic language model (Bengio, Ducharme, Vincent & Jauvin 2003): the next word from the last four.

    x = (C(w_t-1), ..., C(w_t-4)),    P(w_t = k) = softmax_k(b + U tanh(d + H x))

The softmax sums over the true words of a batch and some drawn, both as frequent as the text has them, q; scores are
lowered by log q (Bengio & Senecal 2003, "Quick Training of Probabilistic Neural Nets by Importance Sampling"). A word
that is there several times counts once. Counted as often as it is there, the sum would be that over all words in
expectation, and the probabilities true; but so the vectors are better, as skip-gram's are where frequent words are
thinned.
"""

from typing import Final

import numpy as np

from train.recipes.embeddings.corpus import Corpus, Floats, Ids
from train.recipes.embeddings.method import Settings, TextParts, small_random
from train.recipes.embeddings.rows import Rows, adagrad

DEFAULTS: Final = Settings(dimensions=80, epochs=5, window=4, rate=0.1, threshold=1.0)
HIDDEN: Final = 128
BATCH: Final = 256
SAMPLED: Final = 1024
"""Words that stand for the whole vocabulary in the softmax of one step."""


class LanguageModel:
    """C, H, d, U and b of the equation."""

    def __init__(self, corpus: Corpus, settings: Settings) -> None:
        self._text, self._settings = TextParts(corpus, settings), settings
        shares = corpus.counts / len(corpus.ids)
        self._cumulated, self._log_q = np.cumsum(shares), np.log(shares).astype(np.float32)
        rng, size, inputs = settings.rng(), len(corpus.words), settings.window * settings.dimensions
        weights = {
            "C": rng.normal(0, 0.1, (size, settings.dimensions)).astype(np.float32),
            "H": rng.normal(0, inputs**-0.5, (inputs, HIDDEN)).astype(np.float32),
            "d": np.zeros((1, HIDDEN), np.float32),
            "U": small_random(size, HIDDEN, rng),
            "b": self._log_q[:, None].copy(),
        }
        self.arrays: dict[str, Floats] = weights | {f"{name} squares": np.ones_like(weights[name]) for name in weights}
        self.parts = self._text.parts

    @property
    def vectors(self) -> Floats:
        """The rows of C."""
        return self.arrays["C"]

    def learn(self, part: int) -> float:
        """One piece of the text, five words at a time, in random order."""
        rng, rate, piece = self._settings.rng(part), self._text.rate(part), self._text.piece(part)
        grams = self._grams(self._text.corpus.ids[piece], self._text.corpus.sentences[piece])
        order = rng.permutation(len(grams))
        batches = [order[start : start + BATCH] for start in range(0, len(order), BATCH)]
        losses = [self._step(grams[some], rate, rng) for some in batches]
        return float(np.mean(losses)) if losses else 0.0

    def _grams(self, ids: Ids, sentences: Ids) -> Ids:
        """All (w_t-4, ..., w_t) inside one sentence."""
        length = self._settings.window + 1
        if len(ids) < length:
            return np.empty((0, length), np.int32)
        views = [np.lib.stride_tricks.sliding_window_view(some, length) for some in (ids, sentences)]
        within: Ids = views[0][views[1][:, 0] == views[1][:, -1]]
        return within

    def _step(self, grams: Ids, rate: float, rng: np.random.Generator) -> float:
        context, (candidates, true) = grams[:, :-1], self._candidates(grams[:, -1], rng)
        C, H, d, U, b = (self.arrays[name] for name in "CHdUb")
        x = C[context].reshape(len(grams), -1)
        hidden: Floats = np.tanh(d + x @ H)
        error = _softmax(np.subtract(b[candidates].T + hidden @ U[candidates].T, self._log_q[candidates]))
        loss = -np.log(error[true]).mean()
        error[true] -= 1
        back: Floats = error @ U[candidates] * (1 - hidden**2)
        gradients: dict[str, tuple[Rows, Floats]] = {
            "C": (context, (back @ H.T).reshape(*context.shape, -1)),
            "H": (np.arange(len(H)), x.T @ back),
            "d": (np.arange(1), back.sum(0, keepdims=True)),
            "U": (candidates, error.T @ hidden),
            "b": (candidates, error.sum(0)[:, None]),
        }
        for name, (rows, gradient) in gradients.items():
            adagrad(self.arrays[name], self.arrays[f"{name} squares"], rows, gradient, rate)
        return float(loss)

    def _candidates(self, target: Ids, rng: np.random.Generator) -> tuple[Ids, tuple[Rows, Rows]]:
        """The words that the softmax sums over, and where among them the true one of each example stands."""
        drawn = np.searchsorted(self._cumulated, rng.random(SAMPLED) * self._cumulated[-1], "right")
        candidates, places = np.unique(np.concatenate([target, drawn]), return_inverse=True)
        return candidates.astype(np.int32), (np.arange(len(target)), places[: len(target)])


def _softmax(scores: Floats) -> Floats:
    """Over the words of each example, (examples, words)."""
    exponentials: Floats = np.exp(scores - scores.max(1, keepdims=True))
    exponentials /= exponentials.sum(1, keepdims=True)
    return exponentials
