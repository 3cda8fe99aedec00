"""The mood of a sentence: a GRU that reads it in both directions, and a probability for each of one to five stars.

    words -> vectors -> GRU, forwards and backwards -> logits of five stars -> mean over the sentence -> softmax

The probabilities are divided by a temperature that validation chose (Guo et al. 2017, arXiv 1706.04599): of all
sentences that are called negative with 0.8, about eight in ten are.
"""

from collections.abc import Sequence
from typing import Final, Literal, TypeAlias

import numpy as np

from edge.errors import BundleError
from edge.events import Sentiment
from edge.maths import log_softmax
from edge.model import StreamingModel
from edge.model.quantization import Real
from edge.model.stream import BACK
from edge.understanding.words import Embedding, is_readable, tokenise

TASK: Final = "sentiment"
"""What the manifest of such a bundle calls its task."""

OUTPUT: Final = "stars"
"""The logits of the forward direction; those of the backward one end in BACK."""

LABELS: Final = ("1", "2", "3", "4", "5")

Mood: TypeAlias = Literal["negative", "neutral", "positive"]

MOODS: Final[dict[Mood, tuple[int, ...]]] = {"negative": (1, 2), "neutral": (3,), "positive": (4, 5)}
"""The stars of each mood."""


class SentimentClassifier:
    """Finds the mood of a sentence.

    Args:
        model: a network of this task.

    Raises:
        BundleError: it is none.
    """

    def __init__(self, model: StreamingModel) -> None:
        bundle = model.bundle
        if bundle.manifest.task != TASK or bundle.manifest.labels != LABELS or bundle.embedding is None:
            raise BundleError(f"{bundle.folder} is no model of sentiment: name one of those, see hark models")
        bundle.check_width(OUTPUT, len(LABELS))
        self.model_id = bundle.model_id
        self.temperature = bundle.manifest.detector.get("temperature", 1.0)
        """Divides the logits."""
        self._embedding = Embedding.open(bundle.embedding)
        self._stream = model.stream()

    def judge(self, text: str) -> Sentiment | None:
        """The likeliest mood of a text, and the likeliest stars of that mood; None where no word can be read."""
        words = [word.text for word in tokenise(text)]
        return mood(self.probabilities(words)) if any(map(is_readable, words)) else None

    def probabilities(self, words: Sequence[str]) -> Real:
        """Of one to five stars, (5,), for a sentence of at least one word."""
        return np.exp(log_softmax(self.logits(words) / self.temperature))

    def logits(self, words: Sequence[str]) -> Real:
        """Of one to five stars, (5,), as the network gives them."""
        vectors = self._embedding.embed(words)
        self._stream.reset()
        steps = self._stream.feed(np.concatenate([vectors, vectors[::-1]], axis=1))
        logits: Real = (steps[OUTPUT] + steps[OUTPUT + BACK]).mean(axis=0)
        return logits


def mood(probabilities: Real) -> Sentiment:
    """What the probabilities of the stars come to."""
    label, stars = max(MOODS.items(), key=lambda entry: sum(_of(entry[1], probabilities)))
    score = min(1.0, sum(_of(stars, probabilities)))
    return Sentiment(label=label, stars=max(stars, key=lambda star: probabilities[star - 1]), score=score)


def _of(stars: Sequence[int], probabilities: Real) -> list[float]:
    return [float(probabilities[star - 1]) for star in stars]
