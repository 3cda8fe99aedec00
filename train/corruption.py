"""Words as a CTC speller gets them wrong: letters taken for others, left out or doubled, words torn and joined."""

import random
from typing import Final

from train.corpora.conll import OUTSIDE, Tagged, spans, tags_of

ALIKE: Final = ("aeiou", "iye", "uwo", "ckqg", "szc", "td", "bp", "fvp", "mn", "lr", "jg", "hw")
"""Letters that are taken for each other."""

FAULTS: Final = {"substitute": 45, "delete": 25, "double": 10, "split": 10, "merge": 10}
"""How often each fault happens, in percent of all."""

SHORTEST_SPLIT: Final = 4
"""Letters of the shortest word that is torn in two."""

WORST_RATE: Final = 0.2
"""Share of wrong words in the worst sentence that training sees."""


def corrupt(sentence: Tagged, rate: float, rng: random.Random) -> Tagged:
    """The sentence with a fault in a share `rate` of its words; the tags follow their words."""
    words: list[str] = []
    tags: list[str] = []
    for word, tag in zip(sentence.words, sentence.tags, strict=True):
        fault = rng.choices(list(FAULTS), list(FAULTS.values()))[0] if rng.random() < rate else None
        if fault == "merge" and words:
            words[-1] += word
            tags[-1] = tag if tags[-1] == OUTSIDE else tags[-1]
        elif fault == "split" and len(word) >= SHORTEST_SPLIT:
            at = rng.randrange(1, len(word))
            words += [word[:at].rstrip("'"), word[at:].lstrip("'")]
            tags += [tag, _inside(tag)]
        else:
            words.append(misspell(word, rng, fault) if fault else word)
            tags.append(tag)
    return Tagged(tuple(words), tags_of(list(spans(tags)), len(tags)))


def misspell(word: str, rng: random.Random, fault: str = "substitute") -> str:
    """The word with one letter wrong; a single letter is never left out."""
    at = rng.randrange(len(word))
    if fault == "delete" and len(word.replace("'", "")) > 1:
        return (word[:at] + word[at + 1 :]).strip("'")
    if fault == "double":
        return word[: at + 1] + word[at:]
    others = [other for group in ALIKE if word[at] in group for other in group if other != word[at]]
    return word[:at] + rng.choice(others) + word[at + 1 :] if others else word


def _inside(tag: str) -> str:
    return tag if tag == OUTSIDE else f"I-{tag[2:]}"
