"""The phrase as rows of words, and of parts of words, that people said: what sounds like it, in real voices.

Programs say the phrase like nobody else, and no two of them alike. A row of pieces of one speaker's sentences has a
person's voice, if not a person's flow of speech:

    "hey atlas" -> HH EY AE T L AH S -> hay | at | (g)lass, head | (th)at | (un)less, ... -> the nearest first
"""

import heapq
import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from train.corpora.manifest import Clip
from train.corpora.pronunciations import Lexicon, Sounds
from train.corpora.splits import voice
from train.evaluate.speech import as_said
from train.recipes.phrase.nearness import substitution

FEWEST: Final = 2
"""Sounds of a piece."""
INSIDE: Final = 0.3
"""Cost of each end of a piece that lies within a word, where nobody knows when one sound becomes the next."""
JOINT: Final = 0.6
"""Cost of each further piece."""
DEAREST: Final = 0.4
"""Most that a row may cost for each sound of the phrase."""
MOST: Final = 1200
"""Rows of a speaker: a long phrase has millions."""
SHORTEST_HALF: Final = 3
"""Letters of each of two words that are taken for one."""
WORDS: Final = 4
"""Words of a speaker that are tried for each part of the phrase, and times that each of them was said."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Some sounds of a word that somebody said."""

    clip: Clip
    place: int
    """Of the word among those that the clip's transcript is spelled with (`as_said`)."""
    first: float
    """Share of the word before it."""
    last: float
    """Share of the word after it."""
    cost: float
    """What is wrong with it, as `nearness.distance` has it."""


Row: TypeAlias = tuple[Piece, ...]
"""Pieces of one speaker that together sound like the phrase."""


def sounds_of(phrase: str, lexicon: Lexicon) -> Sounds:
    """How a phrase sounds; nothing if it has a word that is neither in the dictionary nor two words of it in one."""
    words = [_sounds(word, lexicon) for word in phrase.split()]
    return tuple(sound for word in words for sound in word) if all(words) else ()


def _sounds(word: str, lexicon: Lexicon) -> Sounds:
    """Of "snowboy", if it is not there, those of "snow" and "boy"."""
    if word in lexicon:
        return lexicon[word][0]
    halves = ((word[:cut], word[cut:]) for cut in range(len(word) - SHORTEST_HALF, SHORTEST_HALF - 1, -1))
    found = next((pair for pair in halves if all(half in lexicon for half in pair)), ())
    return tuple(sound for half in found for sound in lexicon[half][0])


def rows_in_turn(sounds: Sounds, clips: Sequence[Clip], lexicon: Lexicon, seed: int) -> Iterator[Row]:
    """The nearest row of every speaker, then the next of every one, and so on.

    Args:
        sounds: those of the phrase.
        clips: sentences and their transcripts.
        lexicon: how their words sound; words that are not in it are in no row.
        seed: which of the pieces that are as near.
    """
    rng, spoken = random.Random(seed), defaultdict(list)
    for clip in clips:
        spoken[voice(clip)].append(clip)
    rows = [rows_of(sounds, some, lexicon, rng) for _, some in sorted(spoken.items())]
    for turn in range(max(map(len, rows), default=0)):
        yield from (some[turn] for some in rows if turn < len(some))


def rows_of(sounds: Sounds, clips: Sequence[Clip], lexicon: Lexicon, rng: random.Random) -> list[Row]:
    """The rows of one speaker that are near enough, at most MOST, the nearest first."""
    said = _places(clips, rng)
    known = [(word, lexicon[word][0]) for word in sorted(said) if word in lexicon]
    # Costs add up, so the nearest rows begin with the nearest rows of fewer sounds.
    nearest: list[list[Row]] = [[()]]
    for end in range(1, len(sounds) + 1):
        longer = (
            (*row, piece)
            for first in range(end - FEWEST + 1)
            for piece in _pieces(sounds[first:end], known, said)
            for row in nearest[first]
        )
        nearest.append(heapq.nsmallest(MOST, longer, key=_cost))
    return [row for row in nearest[-1] if _cost(row) <= DEAREST * len(sounds)]


def _cost(row: Row) -> float:
    return sum(piece.cost for piece in row) + JOINT * (len(row) - 1)


def _places(clips: Sequence[Clip], rng: random.Random) -> Mapping[str, Sequence[tuple[Clip, int]]]:
    """Where each word is said, in random order."""
    said = defaultdict(list)
    for clip in rng.sample(clips, len(clips)):
        for place, word in enumerate(as_said(clip.transcript).split()):
            said[word].append((clip, place))
    return said


def _pieces(
    wanted: Sounds, known: Sequence[tuple[str, Sounds]], said: Mapping[str, Sequence[tuple[Clip, int]]]
) -> Iterator[Piece]:
    """Those nearest to the wanted sounds."""
    for cost, word, first, last in sorted(_likenesses(wanted, known))[:WORDS]:
        yield from (Piece(clip, place, first, last, cost) for clip, place in said[word][:WORDS])


def _likenesses(wanted: Sounds, known: Sequence[tuple[str, Sounds]]) -> Iterator[tuple[float, str, float, float]]:
    """Cost, word, and the shares of it that are cut off, of whatever in it is as long as the wanted sounds."""
    for word, sounds in known:
        for first in range(len(sounds) - len(wanted) + 1):
            last = len(sounds) - len(wanted) - first
            apart = sum(map(substitution, wanted, sounds[first:]))
            yield apart + INSIDE * ((first > 0) + (last > 0)), word, first / len(sounds), last / len(sounds)
