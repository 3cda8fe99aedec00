"""What is said in a clip, however its label and its transcript are written: "Smart_Mirror" is "smart mirror"."""

from collections.abc import Iterable
from functools import lru_cache

from train.corpora.manifest import Clip
from train.ngram.text import padded

_wanted = lru_cache(padded)
"""The same few words are looked for in every clip."""


def is_take(clip: Clip, word: str) -> bool:
    """Whether it is a recording of this wake word and of nothing else."""
    return clip.kind == "wakeword" and padded(clip.label) == _wanted(word)


def says_any(clip: Clip, words: Iterable[str]) -> bool:
    """Whether its label or its transcript has one of the words in it: what wakes at those is not wrong."""
    said = padded(clip.label), padded(clip.transcript)
    return any(_wanted(word) in text for word in words for text in said)
