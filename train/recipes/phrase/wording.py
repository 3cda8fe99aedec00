"""The phrase as its owner types it: what can be trained, and what can be but should not."""

import re

from edge.errors import UsageError
from train.corpora.pronunciations import Lexicon

MOST_WORDS, MOST_LETTERS = 5, 28
"""Longer phrases last longer than the 2 s that the network's clocks can count."""
FEWEST_SYLLABLES = 3
"""From here on a phrase is distinctive: wake words that sell have three or more."""


def parse(text: str) -> str:
    """The phrase in lower case, one space between its words.

    Raises:
        UsageError: it is empty or too long, or has a sign that is no letter from a to z.
    """
    phrase = " ".join(text.lower().replace("\u2019", "'").replace("-", " ").split()).strip(" .,!?;:\"'")
    if not phrase:
        raise UsageError('the phrase is empty: give the words to listen for, such as --phrase "hey atlas"')
    if digits := re.findall(r"\d+", phrase):
        raise UsageError(f"{text!r} has digits: write {digits[0]} as a word, the way it is said")
    if foreign := re.findall(r"[^a-z' ]", phrase):
        mend = "write the phrase with a to z, as an English reader should say it"
        raise UsageError(f"{text!r} has {foreign[0]!r}, which the voices cannot be trusted to read: {mend}")
    if len(phrase.split()) > MOST_WORDS or len(phrase) > MOST_LETTERS:
        limits = f"{MOST_WORDS} words and {MOST_LETTERS} letters"
        raise UsageError(f"{text!r} is too long: a phrase has at most {limits}; leave words out")
    return phrase


def syllables(phrase: str, lexicon: Lexicon | None = None) -> int:
    """Syllables as the dictionary has them; by groups of vowel letters for words that it lacks."""
    return sum(_syllables(word, lexicon or {}) for word in phrase.split())


def _syllables(word: str, lexicon: Lexicon) -> int:
    if word in lexicon:
        return max(1, sum(phone[0] in "AEIOU" for phone in lexicon[word][0]))
    voiced = re.sub(r"(?<=[a-z]{2})e$", "", word)
    return max(1, len(re.findall(r"[aeiouy]+", voiced)))


def warning(phrase: str, count: int) -> str | None:
    """What to tell whoever chose a phrase of so few syllables; None if it is long enough."""
    if count >= FEWEST_SYLLABLES:
        return None
    length = "one syllable" if count == 1 else f"{count} syllables"
    better = "three or more are better, such as 'hey atlas'"
    return f"{phrase!r} has {length}, and short words misfire: {better}; the closing report says how often to expect it"
