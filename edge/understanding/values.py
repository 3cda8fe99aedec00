"""What an entity is worth: spoken numbers, clock times, durations and dates in their standard forms.

    number    "two hundred and five" -> 205, "minus three point five" -> -3.5             numbers.py
    time      "half past six" -> 06:30, "seven thirty p m" -> 19:30, "twenty minutes" -> PT20M (ISO 8601)  times.py
    date      "the third of march" -> XXXX-03-03, "tuesday" -> XXXX-WXX-2 (TIMEX3)        dates.py

Nothing here knows what day it is: "tomorrow" has no value, and a time without a.m. or p.m. is taken as it is said.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

from edge.understanding.dates import MONTHS, date, day_of_month, reach_of_date
from edge.understanding.numbers import ENDLESS, MOST_WORDS, Words, number, reach_of_number, set_to
from edge.understanding.times import and_part_of_day, clock, duration, is_clock, is_range, of_24_hours

READERS: Final[Mapping[str, tuple[Callable[[Words], str | None], ...]]] = {
    "number": (number, set_to),
    "time": (of_24_hours, duration, clock),
    "date": (date, duration),
}
"""What to try for each type, in order."""


def value_of(kind: str, words: Sequence[str]) -> str | None:
    """The value of an entity of some type in words of `tokenise`; None where no standard form is known."""
    if len(words) > MOST_WORDS or any(map(ENDLESS.search, words)):
        return None
    return next(filter(None, (read(list(words)) for read in READERS.get(kind, ()))), None)


def read_beside(
    kind: str, words: Words, before: Sequence[str], following: Sequence[str], types: Collection[str]
) -> tuple[str, str | None]:
    """Type and value of an entity, as what stands beside it tells: "seven | this evening" -> time, 19:00.

    Args:
        kind: the type that a network has found.
        words: of the entity.
        before: words before it, of the same sentence.
        following: words after it.
        types: those that there are; it may be of another one of them than was found.
    """
    # The network learnt from speech, where nobody says a colon.
    if "time" in types and is_clock(and_part_of_day(words, following)):
        kind = "time"
    if kind != "time":
        return kind, value_of(kind, words)
    if "date" in types and (day := day_of_month(words)):
        return "date", day  # "May second" is no part of a minute.
    if is_range(words, before):
        return kind, None
    return kind, value_of(kind, and_part_of_day(words, following, before)) or value_of(kind, words)


def reach(kind: str, words: Sequence[str], first: int, end: int) -> tuple[int, int]:
    """Where an entity begins and ends that has the words from `first` up to `end`: none is half a number or a day.

    "a hundred and | five", "twenty | five", "the 23rd of | july"; nor is the end of one an "and".
    """
    if kind == "number":
        return reach_of_number(words, first, end)
    if kind == "date" and words[first] in MONTHS:
        return reach_of_date(words, first, end)
    return first, end
