"""Phrases that sound nearly like another: what a trigger is most easily taken in by, to be taught as negatives.

Words are compared by their phones, or by their letters where no dictionary knows them, under an edit distance in which
related sounds are half a substitution (Levenshtein 1966, weighted by manner and place of articulation).
"""

import heapq
import zlib
from collections.abc import Iterable, Iterator, Sequence

from train.corpora.pronunciations import Lexicon, Sounds

RELATED = ("P B", "T D DH TH", "K G C Q", "F V", "S Z SH ZH X", "CH JH J", "M N NG", "L R W Y")
_GROUP = {sound: group for group, sounds in enumerate(RELATED) for sound in sounds.split()}
VOWELS = tuple("AEIOU")
"""First letters of the vowels of ARPAbet, and the vowels of the alphabet."""

TOO_CLOSE = 0.75
"""Distance under which a listener would take the one for the other: it must not be taught as wrong."""
ALONE, IN_PLACE = 40, 14
"""Nearest words to the whole phrase, and nearest words in the place of each of its words."""


def distance(one: Sounds, other: Sounds, most: float = 99.0) -> float:
    """Least cost of turning one into the other; anything above `most` once it is certain to exceed that."""
    row = [float(n) for n in range(len(other) + 1)]
    for first, a in enumerate(one, 1):
        before, row = row, [float(first)]
        for second, b in enumerate(other, 1):
            row.append(min(before[second] + 1, row[-1] + 1, before[second - 1] + substitution(a, b)))
        if min(row) > most:
            break
    return row[-1]


def substitution(one: str, other: str) -> float:
    """What it costs to hear one sound for another, 0 to 1."""
    if one == other:
        return 0.0
    vowels = one[0] in VOWELS, other[0] in VOWELS
    related = all(vowels) or (not any(vowels) and _GROUP.get(one, -1) == _GROUP.get(other, -2))
    return 0.5 if related else 1.0


def by_letters(words: Iterable[str]) -> Lexicon:
    """A lexicon in which each word sounds as it is written."""
    return {word: (tuple(word.upper()),) for word in sorted(set(words))}


def near_phrases(phrase: str, lexicon: Lexicon) -> list[str]:
    """Phrases near the phrase, without doubles: parts of it, words like it, like its words, and pairs like it."""
    if missing := [word for word in phrase.split() if word not in lexicon]:
        lexicon = by_letters([*lexicon, *missing, *phrase.split()])
    words = phrase.split()
    whole = tuple(sound for word in words for sound in lexicon[word][0])
    found = [*_parts(words), *nearest(whole, lexicon, ALONE), *_pairs(whole, lexicon)]
    for place, word in enumerate(words if len(words) > 1 else ()):
        for other in nearest(lexicon[word][0], lexicon, IN_PLACE):
            found += [" ".join([*words[:place], other, *words[place + 1 :]]), other]
    return [near for near in dict.fromkeys(found) if near != phrase and phrase not in near]


def nearest(sounds: Sounds, lexicon: Lexicon, count: int) -> list[str]:
    """The words that sound most like some sounds, but not the same; nearest first."""
    return [word for _, _, word in heapq.nsmallest(count, _distances(sounds, lexicon))]


def _distances(sounds: Sounds, lexicon: Lexicon) -> Iterator[tuple[float, int, str]]:
    """Distance, a number that breaks ties without a liking for the beginning of the alphabet, and word."""
    most = max(1.5, len(sounds) / 3)
    for word, spoken in lexicon.items():
        if abs(len(spoken[0]) - len(sounds)) <= most and "'" not in word:
            apart = min(distance(sounds, one, most) for one in spoken)
            if TOO_CLOSE <= apart <= most:
                yield apart, zlib.crc32(word.encode()), word


def _parts(words: Sequence[str]) -> Iterator[str]:
    """The phrase without its ends, its words the other way round, and one of them twice."""
    for first in range(len(words)):
        for last in range(first + 1, len(words) + 1):
            if last - first < len(words):
                yield " ".join(words[first:last])
    if len(words) > 1:
        yield " ".join(reversed(words))
        yield f"{words[0]} {words[0]}"


def _pairs(whole: Sounds, lexicon: Lexicon) -> Iterator[str]:
    """Two words that together sound like the phrase cut in two at each place."""
    for cut in range(2, len(whole) - 1):
        before, after = nearest(whole[:cut], lexicon, 2), nearest(whole[cut:], lexicon, 2)
        yield from (f"{one} {other}" for one, other in zip(before, after, strict=False))
