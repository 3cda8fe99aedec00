"""Strings of words that somebody said one at a time: "three", "nine", "bed" become "three nine bed".

A recording of a single word holds no pause and no next word. Few of them are ever seen, too: they last half a second,
and a batch of them is as long as one of sentences.
"""

import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TypeAlias

import numpy as np

from edge.audio import SAMPLE_RATE, Pcm16, pcm16
from train import augment
from train.corpora.audio import load
from train.corpora.manifest import Clip
from train.corpora.splits import voice
from train.surroundings import Recording

Spoken: TypeAlias = tuple[Callable[[], Pcm16], str]
"""Gives the sound, and what is said in it."""

SINGLE = ("word", "digit")
"""Kinds of clips that hold one word."""
WORDS = (2, 7)
"""Fewest and most words of a string."""
PAUSES = (0.02, 0.5)
"""Shortest and longest, in seconds."""
HISS = 10 ** (-50 / 20)
"""Level of the pauses, beside the loudest of the words."""
ROUNDS = 4
"""Times that each word comes up."""


def word_strings(clips: Sequence[Clip], seed: int = 1) -> list[Spoken]:
    """Strings of the single words among some clips, each of one voice, in random order."""
    rng = random.Random(seed)
    by_voice: dict[str, list[Clip]] = defaultdict(list)
    for clip in clips:
        if clip.kind in SINGLE:
            by_voice[voice(clip)].append(clip)
    return [
        (partial(_sound, words, rng.getrandbits(32)), " ".join(clip.transcript for clip in words))
        for own in by_voice.values()
        for _ in range(ROUNDS)
        for words in _strings(own, rng)
    ]


def _strings(clips: Sequence[Clip], rng: random.Random) -> Iterator[list[Clip]]:
    shuffled = rng.sample(clips, len(clips))
    while len(shuffled) >= WORDS[0]:
        words = rng.randint(*WORDS)
        yield shuffled[:words]
        shuffled = shuffled[words:]


def _sound(clips: Sequence[Clip], seed: int) -> Pcm16:
    """One after another, with pauses of faint noise before, between and after them."""
    rng = np.random.default_rng(seed)
    words = [Recording(load(clip.path)).signal() for clip in clips]
    level = HISS * max(map(augment.loudest, words))

    def pause() -> augment.Signal:
        length = int(rng.uniform(*PAUSES) * SAMPLE_RATE)
        return augment.scale_to(augment.coloured_noise(length, rng), level)

    return pcm16(np.concatenate([pause(), *(part for word in words for part in (word, pause()))]))
