"""BLEU as it is taught (Papineni et al. 2002): clipped n-gram precisions, their geometric mean, a brevity penalty.

    p_n  = sum of min(count in the answer, most in any one reference) / n-grams of the answer, n = 1 to 4
    BP   = 1 if c > r, else exp(1 - r / c)          c words of all answers, r of the references nearest in length
    BLEU = BP exp(mean of log p_n)

Figures that are reported come from sacrebleu; a test holds this one against it.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TypeAlias

Tokens: TypeAlias = Sequence[str]

ORDER = 4


def bleu(answers: Sequence[Tokens], references: Sequence[Sequence[Tokens]]) -> float:
    """BLEU of a corpus in percent: an answer and its references, one or more, for each sentence."""
    precisions = [_precision(answers, references, n) for n in range(1, ORDER + 1)]
    if not all(precisions):
        return 0.0
    return 100 * _brevity_penalty(answers, references) * math.exp(sum(map(math.log, precisions)) / ORDER)


def clipped(answer: Tokens, references: Iterable[Tokens], n: int) -> int:
    """The n-grams of an answer that its references have; none counts more often than one reference has it."""
    allowed: Counter[tuple[str, ...]] = Counter()
    for reference in references:
        allowed |= ngrams(reference, n)
    return (ngrams(answer, n) & allowed).total()


def ngrams(tokens: Tokens, n: int) -> Counter[tuple[str, ...]]:
    """How often each n-gram occurs."""
    return Counter(tuple(tokens[at : at + n]) for at in range(len(tokens) - n + 1))


def _precision(answers: Sequence[Tokens], references: Sequence[Sequence[Tokens]], n: int) -> float:
    right = sum(clipped(answer, truths, n) for answer, truths in zip(answers, references, strict=True))
    return right / max(1, sum(max(0, len(answer) - n + 1) for answer in answers))


def _brevity_penalty(answers: Sequence[Tokens], references: Sequence[Sequence[Tokens]]) -> float:
    c = sum(map(len, answers))
    r = sum(_nearest(len(answer), map(len, truths)) for answer, truths in zip(answers, references, strict=True))
    return 1.0 if c > r else math.exp(1 - r / max(1, c))


def _nearest(length: int, lengths: Iterable[int]) -> int:
    """The length that is nearest, the shorter of two."""
    return min(lengths, key=lambda one: (abs(one - length), one))
