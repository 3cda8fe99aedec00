"""What all methods have in common: their settings, a vector for each word, and parts of the work to go through."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from train.recipes.embeddings.corpus import Corpus, Floats

PART_WORDS = 1 << 18
"""Words of a text between two looks at the clock."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Of a training; each method has its own defaults for `epochs`, `rate` and `window`."""

    dimensions: int
    epochs: int
    window: int
    """Words on either side that a word is learnt from; for the language model, those before it."""
    rate: float
    """Of learning, at the start."""
    threshold: float
    """Share of the text from which on words are thinned out (skip-gram)."""
    seed: int = 1

    def rng(self, *purpose: int) -> np.random.Generator:
        """Random numbers for one purpose, the same whenever it is come to.

        A part draws by its number, and what comes before all parts by none. Since numpy pads seeds with zeros, part 0
        draws the same numbers again: no harm, and others would make other vectors of what was trained with these.
        """
        return np.random.default_rng([self.seed, *purpose])


class Method(Protocol):
    """A way to learn word vectors."""

    arrays: dict[str, Floats]
    """All that is learnt, changed in place; a checkpoint is made of it."""
    parts: int
    """Of the whole training."""

    def learn(self, part: int) -> float:
        """Goes through one part and gives its mean loss, in nats an example (GloVe: the weighted squared error)."""
        ...

    @property
    def vectors(self) -> Floats:
        """What has been learnt of each word, (words, dimensions)."""
        ...


@dataclass(frozen=True, slots=True)
class TextParts:
    """The parts of some rounds through a text."""

    corpus: Corpus
    settings: Settings

    @property
    def pieces(self) -> int:
        """Of the text."""
        return -(-len(self.corpus.ids) // PART_WORDS)

    @property
    def parts(self) -> int:
        """Of all rounds."""
        return self.settings.epochs * self.pieces

    def piece(self, part: int) -> slice:
        """Which words a part goes through."""
        start = part % self.pieces * PART_WORDS
        return slice(start, start + PART_WORDS)

    def rate(self, part: int) -> float:
        """The learning rate falls along a line to nothing."""
        return self.settings.rate * (1 - part / self.parts)


def small_random(words: int, dimensions: int, rng: np.random.Generator) -> Floats:
    """Vectors to start from: every entry within half a `dimensions`-th of zero."""
    return rng.uniform(-0.5 / dimensions, 0.5 / dimensions, (words, dimensions)).astype(np.float32)


def sigmoid(x: Floats) -> Floats:
    """The logistic function."""
    half = np.float32(0.5)
    values: Floats = half + half * np.tanh(half * x)
    return values
