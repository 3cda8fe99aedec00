"""How well a model foresees a text."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from edge.decoder.lexicon import END, UNKNOWN
from edge.decoder.ngram import NgramModel
from edge.errors import DataError


@dataclass(frozen=True, slots=True)
class Perplexity:
    """Of a text, in the words or letters that the model is made of."""

    symbols: int
    """Without ends of sentences."""
    unknown: int
    """Of them, those outside the vocabulary."""
    sentences: int
    log_prob: float
    """Nats, of all symbols and ends of sentences."""
    known_log_prob: float
    """Nats, without those outside the vocabulary, of which a model may hold none possible."""

    @classmethod
    def of(cls, model: NgramModel, texts: Iterable[str]) -> "Perplexity":
        """The perplexity of sentences, one a line.

        Raises:
            DataError: there are none.
        """
        symbols = unknown = sentences = 0
        total = of_known = 0.0
        for sentence in (line for text in texts for line in text.splitlines()):
            ids, context = model.ids(sentence), model.start()
            for word in (*ids, END):
                context, log_prob = model.log_prob(context, word)
                total += log_prob
                of_known += 0.0 if word == UNKNOWN else log_prob
            symbols, unknown, sentences = symbols + len(ids), unknown + ids.count(UNKNOWN), sentences + 1
        if not symbols:
            raise DataError("there is no sentence to test on: give a text with words")
        return cls(symbols, unknown, sentences, total, of_known)

    @property
    def value(self) -> float:
        """Exponential of the mean loss; each unknown word is charged the probability of all unknown words together."""
        return math.exp(-self.log_prob / (self.symbols + self.sentences))

    @property
    def known(self) -> float:
        """The same of the known words and the ends of sentences alone."""
        charged = self.symbols + self.sentences - self.unknown
        return math.exp(-self.known_log_prob / charged)

    def __str__(self) -> str:
        share = 100 * self.unknown / self.symbols
        size = f"{self.symbols} in {self.sentences} sentences, {share:.2f} % unknown"
        return f"{size}, perplexity {self.value:.1f}, of the known {self.known:.1f}"
