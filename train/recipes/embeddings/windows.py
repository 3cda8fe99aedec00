"""Words in their windows: what skip-gram and the language model read a text as.

A stretch is some words in a row with those that stand around them. Whatever a step needs of its words is gathered and
updated once a stretch, not once a pair, and all its products are those of matrices (Ji et al. 2016, "Parallelizing
Word2Vec in Shared and Distributed Memory").
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from train.recipes.embeddings.corpus import Corpus, Ids

NO_SENTENCE = -1
"""Stands around a text, for windows that reach beyond it."""


class Stretches(NamedTuple):
    """Some stretches of equal length, each of `centres` words with `window` more on either side."""

    words: Ids
    """(stretches, centres + 2 window)."""
    near: npt.NDArray[np.bool_]
    """Which words stand in the window of which centre: (stretches, centres, centres + 2 window)."""


class Reading(NamedTuple):
    """How skip-gram reads a text."""

    window: int = 5
    """Words on either side of a centre, at most."""
    threshold: float = 1e-4
    """Words of a greater share in the text are left out now and then; 0: none are."""
    centres: int = 32
    """Of one stretch."""
    stretches: int = 16
    """Of one step."""


def subsample(
    ids: Ids, shares: npt.NDArray[np.float64], threshold: float, rng: np.random.Generator
) -> npt.NDArray[np.bool_]:
    """Which words are read: one of share f stays with probability sqrt(t / f) + t / f.

    That is the reference implementation of Mikolov et al. 2013b, and so is 0 for all; their equation 5 lacks the second
    term.
    """
    if not threshold:
        return np.ones(len(ids), np.bool_)
    kept = np.sqrt(threshold / shares) + threshold / shares
    return rng.random(len(ids)) < kept[ids]


def stretches(corpus: Corpus, part: slice, reading: Reading, rng: np.random.Generator) -> Iterator[Stretches]:
    """A part of a corpus, frequent words thinned out, in stretches in random order.

    Each centre has a window of its own, of one to `window` words on either side, so that close words count for more; it
    ends where the sentence does.
    """
    window, centres = reading.window, reading.centres
    counts = corpus.counts
    ids, sentences = corpus.ids[part], corpus.sentences[part]
    kept = subsample(ids, counts / counts.sum(), reading.threshold, rng)
    if not kept.any():
        return
    ids, sentences = (_framed(some[kept], fill, window, centres) for some, fill in ((ids, 0), (sentences, NO_SENTENCE)))
    views = [
        np.lib.stride_tricks.sliding_window_view(some, centres + 2 * window)[::centres] for some in (ids, sentences)
    ]
    order = rng.permutation(len(views[0]))
    distances = np.abs(np.arange(centres + 2 * window) - window - np.arange(centres)[:, None])
    for start in range(0, len(order), reading.stretches):
        words, of = (view[order[start : start + reading.stretches]] for view in views)
        centre_of = of[:, window:-window, None]
        radii = rng.integers(1, window + 1, centre_of.shape)
        near = (distances > 0) & (distances <= radii) & (of[:, None] == centre_of) & (centre_of != NO_SENTENCE)
        yield Stretches(words, near)


def _framed(values: Ids, fill: int, window: int, centres: int) -> Ids:
    """With a window before and after, and as many more as make whole stretches."""
    return np.pad(values, (window, window + -len(values) % centres), constant_values=fill)
