"""How the speech network writes a phrase: of all that sounds alike, what fits its takes, and not other speech.

"ok" and "okay" sound alike, and one of them is more like what the network writes. What it writes for single takes would
fit those better still, and people worse.
"""

from collections.abc import Iterator, Sequence
from itertools import islice, product
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from edge.audio import Pcm16
from edge.decoder.keywords import SHORTEST
from edge.model import StreamingModel
from edge.second_look import LEAST_SPELLING, letter_spotter
from train.corpora.pronunciations import Lexicon
from train.evaluate.speech import in_silence, spelled, streaming_logits

MOST, EACH = 48, 4
"""Spellings that are tried, and other words in the place of each one."""
WORST = 20
"""Of the others, the stretches that a spelling fits best, which are what it would wake at."""

Fits: TypeAlias = npt.NDArray[np.float64]
"""Shape (recordings, spellings): logarithms of how well each fits at best."""


def spellings(phrase: str, lexicon: Lexicon) -> list[str]:
    """The phrase, and phrases of words that sound like its own, with the phrase itself first."""
    words = phrase.split()
    others = [[other for other in _homophones(word, lexicon) if other != word] for word in words]
    chosen = product(*([word, *likewise[:EACH]] for word, likewise in zip(words, others, strict=True)))
    spelled = (" ".join(some) for some in chosen)
    return [phrase, *islice((one for one in spelled if one != phrase and can_be_spelled(one)), MOST - 1)]


def can_be_spelled(phrase: str) -> bool:
    """Whether it has letters enough to be told from others."""
    return sum(map(str.isalpha, phrase)) >= SHORTEST


def best_spelling(
    candidates: Sequence[str], takes: Sequence[Pcm16], others: Sequence[Pcm16], speller: StreamingModel
) -> str:
    """The one whose mean fit to takes lies highest above its best fits to other recordings; the first of equals."""
    if not takes or not others:
        return candidates[0]
    listener = _Listener(candidates, speller)
    said = listener.fits(takes).mean(axis=0)
    elsewhere = np.sort(listener.fits(others), axis=0)[-WORST:].mean(axis=0)
    return candidates[int(np.argmax(said - elsewhere))]


class _Listener:
    def __init__(self, candidates: Sequence[str], speller: StreamingModel) -> None:
        self._features = speller.bundle.manifest.frames
        self._logits = streaming_logits(speller.stream())
        self._spotter = letter_spotter(speller, candidates)

    def fits(self, recordings: Sequence[Pcm16]) -> Fits:
        """The best fit of each spelling to each recording."""
        return np.log(np.maximum([self._best(samples) for samples in recordings], LEAST_SPELLING))

    def _best(self, samples: Pcm16) -> npt.NDArray[np.float32]:
        self._spotter.reset()
        scores = self._spotter.scores(spelled(in_silence(samples), self._logits, self._features))
        best: npt.NDArray[np.float32] = scores.max(axis=0)
        return best


def _homophones(word: str, lexicon: Lexicon) -> Iterator[str]:
    if word not in lexicon:
        return iter(())
    sounds = lexicon[word][0]
    return (other for other, spoken in sorted(lexicon.items()) if sounds in spoken)
