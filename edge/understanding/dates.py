"""Days, months and years as TIMEX3 writes them, ISO 8601 with X for what is not said: "tuesday" -> XXXX-WXX-2."""

from calendar import monthrange
from collections.abc import Sequence
from typing import Final

from edge.understanding.numbers import Words, cardinal, of_two_digits, ordinal

_DAYS: Final = "monday tuesday wednesday thursday friday saturday sunday"
_MONTHS: Final = "january february march april may june july august september october november december"

WEEKDAYS: Final = {day: number for number, day in enumerate(_DAYS.split(), start=1)}
MONTHS: Final = {month: number for number, month in enumerate(_MONTHS.split(), start=1)}


def date(words: Words) -> str | None:
    """A day, month or year; what is not said of it is X."""
    words = [word for word in words if word not in ("on", "the", "of", "in")]
    if len(words) == 3 and all(word.isdecimal() for word in words):
        return _in_digits([int(word) for word in words])
    if len(words) == 1 and words[0] in WEEKDAYS:
        return f"XXXX-WXX-{WEEKDAYS[words[0]]}"
    words = words[1:] if words and words[0] in WEEKDAYS else words  # The day of a month tells more.
    named = [at for at, word in enumerate(words) if word in MONTHS]
    if len(named) != 1:
        return None if named else year(words)
    (at,) = named
    return _day_of_month(MONTHS[words[at]], words[:at], words[at + 1 :])


def day_of_month(words: Words) -> str | None:
    """A date with its day and its month by name, which is nothing else, as "seven" or "twenty twenty" may be."""
    named = sum(word in MONTHS for word in words) == 1 and len(words) > 1
    found = date(words) if named else None
    return found if found and len(found) == len("XXXX-03-03") else None


def year(words: Words) -> str | None:
    """A year of four digits: "nineteen eighty four", "two thousand and six", "2018"."""
    whole = cardinal(words)
    if whole is None and len(words) > 1:
        century = cardinal(words[:1])
        rest = cardinal(words[2:]) if words[1] == "oh" else of_two_digits(words[1:])
        whole = None if century is None or rest is None else 100 * century + rest
    return str(whole) if whole is not None and 1000 <= whole <= 2999 else None


def reach_of_date(words: Sequence[str], first: int, end: int) -> tuple[int, int]:
    """Where a date begins and ends of which the words from `first`, a month, up to `end` are a part."""
    day = first - (words[first - 1 : first] == ["of"])
    said = _day if day < first else ordinal  # "At five, July will be over": a bare number may be anything.
    days = (at for at in (day - 2, day - 1) if at >= 0 and said(list(words[at:day])) is not None)
    return next(days, first), end


def _in_digits(numbers: Sequence[int]) -> str | None:
    """2024-12-25, 25/12/2024, 12/25/2024; what may be a day or a month is neither."""
    first, second, third = numbers
    orders = [numbers] if first > 31 else [(third, first, second), (third, second, first)]
    dates = {f"{year}-{month:02}-{day:02}" for year, month, day in orders if _is_date(year, month, day)}
    return dates.pop() if len(dates) == 1 else None


def _is_date(year: int, month: int, day: int) -> bool:
    return 1000 <= year <= 2999 and 1 <= month <= 12 and 1 <= day <= monthrange(year, month)[1]


def _day(words: Words) -> int | None:
    """The day of a month: the third, 3rd, twenty five, 25."""
    number = ordinal(words)
    day = cardinal(words) if number is None else number
    return day if day is not None and 1 <= day <= 31 else None


def _day_of_month(month: int, before: Words, after: Words) -> str | None:
    """A month with the words before it, and those after it: a day, a year, or both."""
    if before:
        return _calendar(month, _day(before), after)
    # June twenty eighteen is a year, june twenty a day: what is left has to be a year.
    days = (_calendar(month, _day(after[:size]), after[size:]) for size in (2, 1))
    return next(filter(None, days), None) or _of_year(month, after)


def _of_year(month: int, words: Words) -> str | None:
    spoken = year(words) if words else "XXXX"
    return spoken and f"{spoken}-{month:02}"


def _calendar(month: int, day: int | None, words: Words) -> str | None:
    """A day of a month, with the words of the year, if any; None if there is none or no such day."""
    spoken = _of_year(month, words)
    if spoken is None or day is None:
        return None
    # Where no year is said, it may be one with a 29th of February.
    days = monthrange(2000 if not words else int(spoken[:4]), month)[1]
    return f"{spoken}-{day:02}" if day <= days else None
