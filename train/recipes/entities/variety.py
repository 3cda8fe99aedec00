"""Other names, places and times in the sentences of a corpus, and numbers as they are spoken: a listener hears no 7."""

import random
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from edge.errors import DataError, reason
from edge.understanding.numbers import CARDINALS
from edge.understanding.times import FIXED_HOURS
from edge.understanding.words import tokenise
from train.corpora.conll import Span, Tagged, spans, tags_of

REPLACED: Final = 0.3
"""Share of the persons, places and times that become others."""

SPELLED: Final = 0.7
"""Share of the sentences whose digits become words; typed ones keep them."""

NAMES: Final = ("names__female.txt", "names__male.txt")
PLACES: Final = ("gazetteers__countries.txt", "gazetteers__uscities.txt", "gazetteers__usstates.txt")

Replacement = Callable[[random.Random], tuple[str, ...]]
_SPELLING: Final = {value: word for word, value in CARDINALS.items()}


class Variety:
    """Makes another sentence of one.

    Args:
        gazetteers: folder of lists of names and places, one a line.

    Raises:
        DataError: a list is missing, or holds no word.
    """

    def __init__(self, gazetteers: Path) -> None:
        names, places = read_names(gazetteers, NAMES), read_names(gazetteers, PLACES)
        self._others: Mapping[str, Replacement] = {
            "person": partial(person, names),
            "place": lambda rng: rng.choice(places),
            "time": clock_time,
        }

    def __call__(self, sentence: Tagged, rng: random.Random) -> Tagged:
        """The sentence with some of its entities replaced, and perhaps its digits spelled."""
        varied = with_others(sentence, self._others, rng)
        return spell_digits(varied) if rng.random() < SPELLED else varied


def with_others(sentence: Tagged, others: Mapping[str, Replacement], rng: random.Random) -> Tagged:
    """The sentence with a share REPLACED of its entities replaced; `others` are by type."""
    words: list[str] = []
    found: list[Span] = []
    end = 0
    for one in spans(sentence.tags):
        words += sentence.words[end : one.first]
        other = others.get(one.kind) if rng.random() < REPLACED else None
        entity = other(rng) if other else sentence.words[one.first : one.end]
        found.append(Span(one.kind, len(words), len(words) + len(entity)))
        words += entity
        end = one.end
    words += sentence.words[end:]
    return Tagged(tuple(words), tags_of(found, len(words)))


def person(names: Sequence[tuple[str, ...]], rng: random.Random) -> tuple[str, ...]:
    """One name, or two in a row."""
    return tuple(word for name in rng.choices(names, k=rng.choice((1, 1, 2))) for word in name)


def clock_time(rng: random.Random) -> tuple[str, ...]:
    """A time of day as people say it."""
    hour, minute = rng.randrange(1, 13), rng.choice((0, 5, 10, 15, 20, 25, 30, 45, 50, rng.randrange(60)))
    spoken, minutes = spell(hour), spell(minute)
    exact = f"{spoken} {'oh ' if minute < 10 else ''}{minutes}" if minute else spoken
    to_past = rng.choice(("half past", "quarter past", "a quarter to", "ten to", "twenty past"))
    forms = (exact, exact, f"{exact} {rng.choice(('a m', 'p m', 'am', 'pm'))}", f"{to_past} {spoken}")
    return tuple(rng.choice((*forms, f"{spoken} o'clock", rng.choice(list(FIXED_HOURS)))).split())


def spell_digits(sentence: Tagged) -> Tagged:
    """The sentence with whole numbers below a hundred, and years, in words."""
    words: list[str] = []
    tags: list[str] = []
    for word, tag in zip(sentence.words, sentence.tags, strict=True):
        spoken = spell(int(word)).split() if word.isascii() and word.isdecimal() and len(word) <= 4 else [word]
        words += spoken
        tags += [tag, *["O" if tag == "O" else f"I-{tag[2:]}"] * (len(spoken) - 1)]
    return Tagged(tuple(words), tuple(tags))


def spell(value: int) -> str:
    """A number below 10 000 as it is read: 45 as "forty five", 2018 as "twenty eighteen"."""
    if value in _SPELLING:
        return _SPELLING[value]
    if value < 100:
        return f"{_SPELLING[value // 10 * 10]} {_SPELLING[value % 10]}"
    hundreds, rest = divmod(value, 100)
    if hundreds < 10 or rest == 0:
        thousands = f"{spell(hundreds // 10)} thousand" if hundreds % 10 == 0 else f"{spell(hundreds)} hundred"
        return f"{thousands} {spell(rest)}" if rest else thousands
    return f"{spell(hundreds)} oh {spell(rest)}" if rest < 10 else f"{spell(hundreds)} {spell(rest)}"


def read_names(folder: Path, files: Sequence[str]) -> list[tuple[str, ...]]:
    """The words of each line of some files; lines without a word are left out.

    Raises:
        DataError: a file cannot be read, or none has a word.
    """
    try:
        lines = [line for file in files for line in (folder / file).read_text(encoding="utf-8").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{folder}: {', '.join(files)}: {reason(error)}; give lists of names, one a line") from error
    found = [words for words in (tuple(word.text for word in tokenise(line)) for line in lines) if words]
    if not found:
        raise DataError(f"{folder}: {', '.join(files)} hold no name; write one a line")
    return found
