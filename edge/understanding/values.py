"""What an entity is worth: spoken numbers, clock times, durations and dates in their standard forms.

    number    "two hundred and five" -> 205, "minus three point five" -> -3.5
    time      "half past six" -> 06:30, "seven thirty p m" -> 19:30, "twenty minutes" -> PT20M (ISO 8601)
    date      "the third of march" -> XXXX-03-03, "tuesday" -> XXXX-WXX-2 (TIMEX3: ISO 8601, X for what is not said)

Nothing here knows what day it is: "tomorrow" has no value, and a time without a.m. or p.m. is taken as it is said.
"""

import re
from calendar import monthrange
from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeAlias

Words: TypeAlias = list[str]

_UNITS: Final = """
zero one two three four five six seven eight nine ten
eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen
"""
_TENS: Final = "twenty thirty forty fifty sixty seventy eighty ninety"
_ORDINALS: Final = """
zeroth first second third fourth fifth sixth seventh eighth ninth tenth
eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth
"""
_DAYS: Final = "monday tuesday wednesday thursday friday saturday sunday"
_MONTHS: Final = "january february march april may june july august september october november december"

CARDINALS: Final = {word: value for value, word in enumerate(_UNITS.split())} | {
    word: 10 * value for value, word in enumerate(_TENS.split(), start=2)
}
ORDINALS: Final = {word: value for value, word in enumerate(_ORDINALS.split())} | {"thirtieth": 30}
SCALES: Final = {"million": 1_000_000, "thousand": 1000, "hundred": 100}
WEEKDAYS: Final = {day: number for number, day in enumerate(_DAYS.split(), start=1)}
MONTHS: Final = {month: number for number, month in enumerate(_MONTHS.split(), start=1)}

FIXED_HOURS: Final = {"noon": 12, "midday": 12, "midnight": 0}
MORNING, EVENING, NIGHT = range(0), range(12), range(6, 12)
"""The hours of twelve, 12 being 0, that are those of the later half of the day if that part of it is said."""

PARTS_OF_DAY: Final = {
    ("a", "m"): MORNING,
    ("am",): MORNING,
    ("in", "the", "morning"): MORNING,
    ("p", "m"): EVENING,
    ("pm",): EVENING,
    ("in", "the", "afternoon"): EVENING,
    ("in", "the", "evening"): EVENING,
    ("at", "night"): NIGHT,
}
PAST: Final = {"past": 1, "after": 1, "to": -1, "before": -1}

DAYS_AND_MORE: Final = {"year": "Y", "month": "M", "week": "W", "day": "D"}
PARTS_OF_A_DAY: Final = {"hour": "H", "minute": "M", "second": "S"}
"""Units and designators of ISO 8601, the longest first."""
UNITS: Final = {**DAYS_AND_MORE, **PARTS_OF_A_DAY}.keys()
SHARES: Final = {
    ("half",): 0.5,
    ("half", "a"): 0.5,
    ("half", "an"): 0.5,
    ("a", "quarter", "of", "an"): 0.25,
    ("three", "quarters", "of", "an"): 0.75,
}
"""Of a unit."""
AND_SHARES: Final = {
    ("and", "a", "half"): 0.5,
    ("and", "half"): 0.5,
    ("and", "a", "quarter"): 0.25,
    ("and", "three", "quarters"): 0.75,
    ("and", "three", "quarter"): 0.75,
}
"""Of a unit, said after it or after the number of units."""

MOST_WORDS: Final = 40
"""Of an entity with a value: whoever says a number in more does not mean one."""
_TOWARDS: Final = ("to", "by", "at")
"""What stands before a number that something is set to."""
_REACH: Final = 10
"""Words on either side that a number may have lost."""
_ENDLESS = re.compile(r"\d{16}")
_FOUR_DIGITS = re.compile(r"([01]\d|2[0-3])[0-5]\d")
_CLOCK = re.compile(r"(\d\d?)(?:[:.](\d\d))?(am|pm)?")


def value_of(kind: str, words: Sequence[str]) -> str | None:
    """The value of an entity of some type in words of `tokenise`; None where no standard form is known."""
    if len(words) > MOST_WORDS or any(map(_ENDLESS.search, words)):
        return None
    return next(filter(None, (read(list(words)) for read in READERS.get(kind, ()))), None)


def number(words: Words) -> str | None:
    """A spoken number in digits: "minus three point five" -> "-3.5"."""
    if words and words[0] == "minus":
        positive = None if words[1:2] == ["minus"] else number(words[1:])
        return f"-{positive}" if positive and float(positive) else positive
    words = words[:-1] if words[-1:] == ["percent"] else words
    if len(words) == 1 and re.fullmatch(r"(\d+|[1-9]\d{0,2}(,\d{3})+)(\.\d+)?", words[0]):
        return words[0].replace(",", "")
    if "point" in words:
        at = words.index("point")
        whole, digits = cardinal(words[:at]), [cardinal([word]) for word in words[at + 1 :]]
        right = whole is not None and digits and all(digit is not None and digit < 10 for digit in digits)
        return f"{whole}.{''.join(map(str, digits))}" if right else None
    value = cardinal(words)
    return None if value is None else str(value)


def set_to(words: Words) -> str | None:
    """A number with the word before it, as SLURP marks what something is changed to: "to twenty", "by ten percent"."""
    return number(words[1:]) if words and words[0] in _TOWARDS else None


def cardinal(words: Words) -> int | None:
    """A whole number: "two hundred and five" -> 205; None for what is no number, or not a whole one."""
    if words[-1:] == ["and"]:
        return None
    for scale, worth in SCALES.items():
        if scale in words:
            at = words.index(scale)
            rest = words[at + 2 :] if words[at + 1 : at + 2] == ["and"] else words[at + 1 :]
            head = 1 if words[:at] == ["a"] else cardinal(words[:at])
            tail = cardinal(rest) if rest else 0
            return None if head is None or tail is None or tail >= worth else head * worth + tail
    return _below_hundred(words)


def clock(words: Words) -> str | None:
    """A time of day as HH:MM, of 24 hours if it is said whether it is morning or evening."""
    words, later = _part_of_day(words)
    words = [word for word in words if word not in ("at", "o'clock", "sharp")]
    found = _past_or_to(words) or _digits(words) or _hour_and_minute(words)
    if found is None or found[1] >= 60 or found > _latest(later):
        return None
    hour, minute = found
    hour = hour % 24 if later is None or hour > 12 else hour % 12 + 12 * (hour % 12 in later)
    return f"{hour:02}:{minute:02}"


def of_24_hours(words: Words) -> str | None:
    """A time of day as pilots say it: "nineteen hundred hours", "oh seven hundred hours", "0700 hours"."""
    *said, last = words or [""]
    if last == "hours" and len(said) == 1 and _FOUR_DIGITS.fullmatch(said[0]):
        return f"{said[0][:2]}:{said[0][2:]}"
    led = said[:1] in (["oh"], ["zero"])
    hour = cardinal(said[led:-1] or ["zero"]) if (said[-1:], last) == (["hundred"], "hours") else None
    # "Two hundred hours" are some eight days.
    return f"{hour % 24:02}:00" if hour is not None and (10 <= hour <= 24 or (led and hour < 10)) else None


def _latest(later: range | None) -> tuple[int, int]:
    """The last time that can be said with a part of the day, given its later hours, and without."""
    if later is None:
        return 24, 0
    return (23 if later else 12), 59


def is_clock(words: Words) -> bool:
    """Whether it can be nothing but a time of day, by its colon or by the part of the day: 7:30, 19:05, five p m."""
    sure = bool(words) and (":" in words[0] or _part_of_day(words)[1] is not None)
    return sure and clock(words) is not None


def and_part_of_day(words: Sequence[str], following: Sequence[str]) -> list[str]:
    """The words, and the part of the day if that is what follows them: "half past six", "in the evening"."""
    if following[:2] == ["am", "i"] or _part_of_day([*words])[1] is not None:
        return [*words]  # "Is it number five, am I right?", "at 7 am in the morning"
    said = next((part for part in PARTS_OF_DAY if tuple(following[: len(part)]) == part), ())
    return [*words, *said]


def reach(kind: str, words: Sequence[str], first: int, end: int) -> tuple[int, int]:
    """Where an entity begins and ends that has the words from `first` up to `end`: none is half a number or a day.

    "a hundred and | five", "twenty | five", "the 23rd of | july"; nor is the end of one an "and".
    """
    if kind == "number":
        return _reach_of_number(words, first, end)
    if kind == "date" and words[first] in MONTHS:
        day = first - (words[first - 1 : first] == ["of"])
        said = _day if day < first else _ordinal  # "At five, July will be over": a bare number may be anything.
        days = (at for at in (day - 2, day - 1) if at >= 0 and said(list(words[at:day])) is not None)
        return next(days, first), end
    return first, end


def _reach_of_number(words: Sequence[str], first: int, end: int) -> tuple[int, int]:
    if end - first > MOST_WORDS:
        return first, end
    if end - first > 1 and words[first] in _TOWARDS:
        return first, _reach_of_number(words, first + 1, end)[1]
    if end - first > 1 and words[end - 1] == "and":
        end -= 1
    ends = range(min(len(words), end + _REACH), end - 1, -1)
    spans = ((at, to) for at in range(max(0, first - _REACH), first + 1) for to in ends)
    return next((span for span in spans if number(list(words[slice(*span)])) is not None), (first, end))


def duration(words: Words) -> str | None:
    """A length of time as ISO 8601 has it: "an hour and twenty minutes" -> PT1H20M."""
    amounts: dict[str, float] = {}
    counted: list[str] = []
    for word in words[1:] if words[:1] == ["in"] or words[:1] == ["for"] else words:
        unit = word.removesuffix("s")
        if unit not in UNITS:
            counted.append(word)
            continue
        amount = _amount(counted)
        if amount is None or unit in amounts:
            return None
        amounts[unit], last, counted = amount, unit, []
    if amounts and (share := AND_SHARES.get(tuple(counted))):
        amounts[last] += share
    elif [*amounts] == ["hour"] and (minutes := cardinal(counted[counted[:1] == ["and"] :])) and minutes < 60:
        amounts["minute"] = minutes
    elif counted:
        return None
    return _iso(amounts) if amounts else None


def date(words: Words) -> str | None:
    """A day, month or year; what is not said of it is X."""
    words = [word for word in words if word not in ("on", "the", "of", "in")]
    if len(words) == 3 and all(word.isdecimal() for word in words):
        return _in_digits([int(word) for word in words])
    if len(words) == 1 and words[0] in WEEKDAYS:
        return f"XXXX-WXX-{WEEKDAYS[words[0]]}"
    named = [at for at, word in enumerate(words) if word in MONTHS]
    if len(named) != 1:
        return None if named else year(words)
    (at,) = named
    return _day_of_month(MONTHS[words[at]], words[:at], words[at + 1 :])


def _in_digits(numbers: Sequence[int]) -> str | None:
    """2024-12-25, 25/12/2024, 12/25/2024; what may be a day or a month is neither."""
    first, second, third = numbers
    orders = [numbers] if first > 31 else [(third, first, second), (third, second, first)]
    dates = {f"{year}-{month:02}-{day:02}" for year, month, day in orders if _is_date(year, month, day)}
    return dates.pop() if len(dates) == 1 else None


def _is_date(year: int, month: int, day: int) -> bool:
    return 1000 <= year <= 2999 and 1 <= month <= 12 and 1 <= day <= monthrange(year, month)[1]


def year(words: Words) -> str | None:
    """A year of four digits: "nineteen eighty four", "two thousand and six", "2018"."""
    whole = cardinal(words)
    if whole is None and len(words) > 1:
        century = cardinal(words[:1])
        rest = cardinal(words[2:]) if words[1] == "oh" else _at_least_ten(words[1:])
        whole = None if century is None or rest is None else 100 * century + rest
    return str(whole) if whole is not None and 1000 <= whole <= 2999 else None


def _below_hundred(words: Words) -> int | None:
    if len(words) == 1:
        digits = words[0].isdecimal() and not _ENDLESS.match(words[0])
        return int(words[0]) if digits else CARDINALS.get(words[0])
    if len(words) == 2 and words[0] in _TENS.split() and 1 <= CARDINALS.get(words[1], 0) <= 9:
        return CARDINALS[words[0]] + CARDINALS[words[1]]
    return None


def _ordinal(words: Words) -> int | None:
    if len(words) == 1:
        digits = re.fullmatch(r"(\d\d?)(?:st|nd|rd|th)", words[0])
        return int(digits[1]) if digits else ORDINALS.get(words[0])
    if len(words) == 2 and words[0] in _TENS.split() and 1 <= ORDINALS.get(words[1], 0) <= 9:
        return CARDINALS[words[0]] + ORDINALS[words[1]]
    return None


def _day(words: Words) -> int | None:
    """The day of a month: the third, 3rd, twenty five, 25."""
    number = _ordinal(words)
    day = cardinal(words) if number is None else number
    return day if day is not None and 1 <= day <= 31 else None


def _at_least_ten(words: Words) -> int | None:
    value = cardinal(words)
    return value if value is not None and 10 <= value < 100 else None


def _part_of_day(words: Words) -> tuple[Words, range | None]:
    """The words without what says the part of the day, and its later hours; None if it is not said."""
    for ending, later in PARTS_OF_DAY.items():
        if tuple(words[-len(ending) :]) == ending:
            return words[: -len(ending)], later
    joined = next(filter(None, map(_CLOCK.fullmatch, words[-1:])), None)
    return words, PARTS_OF_DAY[(joined[3],)] if joined and joined[3] else None


def _past_or_to(words: Words) -> tuple[int, int] | None:
    """Half past six, a quarter to nine, twenty five past ten."""
    for at, word in enumerate(words):
        hour = _hour(words[at + 1 :]) if word in PAST else None
        minutes = _minutes(words[:at])
        if hour is not None and minutes is not None and minutes < 60:
            # The hour before one is twelve, and that before midnight is of the day before.
            hour += {0: 24, 1: 12}.get(hour, 0) if PAST[word] < 0 else 0
            return divmod(60 * hour + PAST[word] * minutes, 60)
    return None


def _hour(words: Words) -> int | None:
    return FIXED_HOURS[words[0]] if len(words) == 1 and words[0] in FIXED_HOURS else cardinal(words)


def _minutes(words: Words) -> int | None:
    fractions = {"half": 30, "quarter": 15}
    words = words[:-1] if words[-1:] == ["minutes"] else words
    return fractions[words[-1]] if words and words[-1] in fractions and len(words) <= 2 else cardinal(words)


def _digits(words: Words) -> tuple[int, int] | None:
    match = _CLOCK.fullmatch(words[0]) if len(words) == 1 else None
    return (int(match[1]), int(match[2] or 0)) if match else None


def _hour_and_minute(words: Words) -> tuple[int, int] | None:
    """Seven; noon; seven thirty; seven oh five; twenty one fifteen."""
    whole = _hour(words)
    if whole is not None and whole <= 24:
        return whole, 0
    for at in range(len(words) - 1, 0, -1):
        hour = cardinal(words[:at])
        minute = cardinal(words[at + 1 :]) if words[at] in ("oh", "o") else _at_least_ten(words[at:])
        if hour is not None and minute is not None and hour <= 24:
            return hour, minute
    return None


def _amount(words: Words) -> float | None:
    """How many of a unit: a, two, half an, two and a half."""
    words = words[1:] if words[:1] == ["and"] else words
    if words in (["a"], ["an"]):
        return 1
    if tuple(words) in SHARES:
        return SHARES[tuple(words)]
    if share := AND_SHARES.get(tuple(words[-3:])):
        whole = cardinal(words[:-3])
        return None if whole is None else whole + share
    spoken = number(words)
    return None if spoken is None or spoken.startswith("-") else float(spoken)


def _iso(amounts: Mapping[str, float]) -> str:
    if "week" in amounts and len(amounts) > 1:  # Weeks stand alone there.
        in_days = amounts.get("day", 0) + 7 * amounts["week"]
        return _iso({unit: amount for unit, amount in amounts.items() if unit != "week"} | {"day": in_days})
    days, times = (
        "".join(f"{_plain(amounts[unit])}{designator}" for unit, designator in units.items() if unit in amounts)
        for units in (DAYS_AND_MORE, PARTS_OF_A_DAY)
    )
    return f"P{days}{'T' if times else ''}{times}"


def _plain(amount: float) -> str:
    """Without an exponent, which ISO 8601 does not know."""
    return f"{amount:.6f}".rstrip("0").rstrip(".")


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


READERS: Final[Mapping[str, tuple[Callable[[Words], str | None], ...]]] = {
    "number": (number, set_to),
    "time": (of_24_hours, duration, clock),
    "date": (date, duration),
}
"""What to try for each type, in order."""
