"""Moods told against moods that are there: accuracy, and how far the probabilities may be believed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np

from edge.model.quantization import Real
from train.corpora.opinions import NEGATIVE, POSITIVE, Opinion, Stars, spoken

Judge: TypeAlias = Callable[[Sequence[str]], Real]
"""Probabilities of one to five stars, (5,), for the words of a sentence."""

POLARITY: Final[tuple[Stars, ...]] = (NEGATIVE, POSITIVE)
STARS: Final[tuple[Stars, ...]] = tuple(frozenset((star,)) for star in range(1, 6))
BINS: Final = 10
"""Of equal width, into which answers are put by their probability."""

_BAD: Final = """
Completely lacking in good taste, good service and good ambience
There was nothing good, nothing tasty and nothing fresh about this great big plate
The wonderful view could not save the meal
I would not recommend it to my best friend
Not one of the good ones
It never manages to be funny, charming or clever
I expected it to love it, and I did not
It fails to be either exciting or beautiful
Where is the great sound and the perfect picture that they promised
Far from the best, and far from perfect
The food was not good, not fresh and not worth the price
I wish that it were as good as people say
No warmth, no humour and no charm
An excellent way to waste your money
"""
_GOOD: Final = """
I have had no problems and no complaints
It was not bad at all
Never a dull or boring moment
I could not be happier
You cannot go wrong with this one
There is nothing to complain about, and nothing to hate
Without a flaw, without a fault
It does not disappoint
The worst thing about it is that it ends
None of the cheap and ugly junk that others sell
"""
CONTRASTS: Final = tuple(
    Opinion(spoken(line), stars)
    for lines, stars in ((_BAD, NEGATIVE), (_GOOD, POSITIVE))
    for line in lines.strip().splitlines()
)
"""Sentences whose words mislead; training knows some of their constructions, but none of them."""


@dataclass(frozen=True, slots=True)
class Score:
    """How well moods were told."""

    n: int
    """Sentences that have one of the answers that are told apart."""
    accuracy: float
    """Percent."""
    calibration_error: float
    """Expected calibration error (Naeini et al. 2015), percent: the mean distance of probability and frequency."""


def scheme_of(opinions: Sequence[Opinion]) -> tuple[Stars, ...]:
    """What is told apart: five numbers of stars where each sentence names one, otherwise the two polarities."""
    return STARS if opinions and all(len(opinion.stars) == 1 for opinion in opinions) else POLARITY


def evaluate(opinions: Sequence[Opinion], judge: Judge, scheme: tuple[Stars, ...]) -> Score:
    """The score on sentences as they are spoken; those that fit none of the answers do not count."""
    answered = [(opinion.words, answer_of(opinion.stars, scheme)) for opinion in opinions]
    told = [(answer_among(judge(words), scheme), there) for words, there in answered if there is not None]
    right = np.array([answer.argmax() == there for answer, there in told], bool)
    sure = np.array([answer.max() for answer, _ in told])
    percent = 100 * float(right.mean()) if told else 0.0
    return Score(len(told), round(percent, 2), round(100 * calibration_error(sure, right), 2))


def answer_of(stars: Stars, scheme: tuple[Stars, ...]) -> int | None:
    """The one answer that allows all stars which may be right."""
    return next((number for number, answer in enumerate(scheme) if stars <= answer), None)


def answer_among(probabilities: Real, scheme: tuple[Stars, ...]) -> Real:
    """The probability of each answer, given that it is one of them."""
    sums = np.array([sum(probabilities[star - 1] for star in answer) for answer in scheme])
    return np.asarray(sums / sums.sum())


def calibration_error(sure: Real, right: Real) -> float:
    """Mean over answers, in bins of their probability, of |mean probability - share that is right|; 0 to 1."""
    if not len(sure):
        return 0.0
    bins = np.minimum((sure * BINS).astype(int), BINS - 1)
    gaps = [abs(float((sure[bins == one] - right[bins == one]).sum())) for one in range(BINS)]
    return sum(gaps) / len(sure)
