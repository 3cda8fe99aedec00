"""Batches of sentences of one length, and the words in them that training hides."""

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

Example = TypeVar("Example")

HIDING = 0.25
"""a: a word that training has n times is treated as unknown in a share of a / (a + n) of the batches with it
(Iyyer et al. 2015), so that the network learns to do without."""


def full_batches(examples: Iterable[Example], length: Callable[[Example], int], tokens: int) -> Iterator[list[Example]]:
    """Groups of one length, each as soon as it is full, so a rare length waits until there are enough.

    Args:
        examples: taken one by one: none before the group that the last one has filled is done with.
        length: of one, in tokens.
        tokens: the fewest of a group.
    """
    waiting: dict[int, list[Example]] = defaultdict(list)
    for example in examples:
        steps = length(example)
        waiting[steps].append(example)
        if len(waiting[steps]) * steps >= tokens:
            yield waiting.pop(steps)


def hidden_words(sentences: Sequence[Sequence[str]], counts: Counter[str], rng: random.Random) -> set[str]:
    """Of the words of a batch, those that it treats as unknown; `counts` are those of all that trains."""
    words = dict.fromkeys(word for words in sentences for word in words)
    return {word for word in words if rng.random() < HIDING / (HIDING + counts[word])}
