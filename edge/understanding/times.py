"""Times of day and lengths of time in ISO 8601: "half past six in the evening" -> 18:30, "twenty minutes" -> PT20M.

Nothing here knows what day it is, and a time of which nobody says the part of the day is taken as it is said.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from edge.understanding.dates import WEEKDAYS
from edge.understanding.numbers import NOUGHT, Words, cardinal, number, of_two_digits

FIXED_HOURS: Final = {"noon": 12, "midday": 12, "midnight": 0}
MORNING, EVENING, NIGHT, TONIGHT = range(0), range(12), range(6, 12), range(3, 12)
"""The hours of twelve, 12 being 0, that are those of the later half of the day if that part of it is said."""

_SAID_OF_A_DAY: Final = {"morning": MORNING, "afternoon": EVENING, "evening": EVENING, "night": NIGHT}
SURE_PARTS_OF_DAY: Final = {
    ("a", "m"): MORNING,
    ("am",): MORNING,
    ("in", "the", "morning"): MORNING,
    ("p", "m"): EVENING,
    ("pm",): EVENING,
    ("in", "the", "afternoon"): EVENING,
    ("in", "the", "evening"): EVENING,
    ("at", "night"): NIGHT,
}
"""What makes a time of day of a number: "wake me at seven in the morning"."""
PARTS_OF_DAY: Final = (
    SURE_PARTS_OF_DAY
    | {("tonight",): TONIGHT}
    | {
        (day, part): hours
        for day in ("this", "tomorrow", "yesterday", *WEEKDAYS)
        for part, hours in _SAID_OF_A_DAY.items()
    }
)
PAST: Final = {"past": 1, "after": 1, "to": -1, "before": -1}
_BARE_MINUTES: Final = (5, 10, 15, 20, 25, 30)
"""Before an hour and without the word: "ten to nine". Of other numbers "seven to nine" is from one to the other."""
_ABOUT: Final = ("at", "o'clock", "sharp", "around", "about")
_FROM: Final = ("from", "between")
"""Before two times of day, of which the first is no number of minutes: "from ten to twelve"."""

DAYS_AND_MORE: Final = {"year": "Y", "month": "M", "week": "W", "day": "D"}
PARTS_OF_A_DAY: Final = {"hour": "H", "minute": "M", "second": "S"}
"""Units and designators of ISO 8601, the longest first."""
UNITS: Final = {**DAYS_AND_MORE, **PARTS_OF_A_DAY}.keys()
_SHORT: Final = {"hr": "hour", "min": "minute", "sec": "second"}
SHARES: Final = {
    ("half",): 0.5,
    ("half", "a"): 0.5,
    ("half", "an"): 0.5,
    ("a", "half"): 0.5,
    ("quarter", "of", "an"): 0.25,
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

_FOUR_DIGITS = re.compile(r"([01]\d|2[0-3])[0-5]\d")
_CLOCK = re.compile(r"(\d\d?)(?:[:.](\d\d))?(am|pm)?")


def clock(words: Words) -> str | None:
    """A time of day as HH:MM, of 24 hours if it is said whether it is morning or evening."""
    words, later = _part_of_day(words)
    words = [word for word in _without_o_clock(words) if word not in _ABOUT]
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


def duration(words: Words) -> str | None:
    """A length of time as ISO 8601 has it: "an hour and twenty minutes" -> PT1H20M."""
    amounts: dict[str, float] = {}
    counted: list[str] = []
    words, _ = _part_of_day(words)  # "In twenty minutes tonight."
    for word in words[1:] if words[:1] == ["in"] or words[:1] == ["for"] else words:
        unit = _SHORT.get(word.removesuffix("s"), word.removesuffix("s"))
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


def is_clock(words: Words) -> bool:
    """Whether it can be nothing but a time of day, by its colon, o'clock or the part of the day: 7:30, five p m."""
    sure = bool(words) and (":" in words[0] or _without_o_clock(words) != words or _is_sure(words))
    return sure and clock(words) is not None


def is_range(words: Sequence[str], before: Sequence[str]) -> bool:
    """Whether it is no time of day but two of them, by the words before it: "from | ten to twelve"."""
    return any(word in PAST for word in words) and any(word in _FROM for word in before[-1:])


def and_part_of_day(words: Sequence[str], following: Sequence[str], before: Sequence[str] = ()) -> list[str]:
    """The words, and the part of the day if that is what stands beside them.

    "Half past six | in the evening", "seven | on friday morning", "tonight at | eight".

    Args:
        words: of the time.
        following: those after it, of the same sentence.
        before: those before it.
    """
    if following[:2] == ["am", "i"] or _part_of_day([*words])[1] is not None:
        return [*words]  # "Is it number five, am I right?", "at 7 am in the morning"
    after = following[1:] if following[:1] == ["on"] else following
    until = len(before) - any(word in _ABOUT for word in before[-1:])
    behind = (part for part in PARTS_OF_DAY if tuple(after[: len(part)]) == part)
    ahead = (part for part in PARTS_OF_DAY if tuple(before[max(0, until - len(part)) : until]) == part)
    return [*words, *next(behind, next(ahead, ()))]


def _is_sure(words: Words) -> bool:
    return any(tuple(words[-len(part) :]) == part for part in SURE_PARTS_OF_DAY) or _joined_part(words) is not None


def _latest(later: range | None) -> tuple[int, int]:
    """The last time that can be said with a part of the day, given its later hours, and without."""
    if later is None:
        return 24, 0
    return (23 if later else 12), 59


def _part_of_day(words: Words) -> tuple[Words, range | None]:
    """The words without what says the part of the day, and its later hours; None if it is not said.

    Where two are said, the inner one tells more: "seven p m tonight".
    """
    for ending, later in PARTS_OF_DAY.items():
        if tuple(words[-len(ending) :]) == ending:
            inner, nearer = _part_of_day(words[: -len(ending)])
            return inner, later if nearer is None else nearer
    if words[1:2] == ["at"] and words[0] in _SAID_OF_A_DAY:  # "Tomorrow | morning at seven."
        return words[2:], _SAID_OF_A_DAY[words[0]]
    part = _joined_part(words)
    return words, PARTS_OF_DAY[(part,)] if part else None


def _joined_part(words: Words) -> str | None:
    """The part of the day that is written as one with the digits before it: 7:30pm."""
    match = _CLOCK.fullmatch(words[-1]) if words else None
    return match[3] if match else None


def _without_o_clock(words: Words) -> Words:
    """Written as one word or, as a recogniser may, as two."""
    return words[:-2] if words[-2:] == ["o", "clock"] else words[:-1] if words[-1:] == ["o'clock"] else words


def _past_or_to(words: Words) -> tuple[int, int] | None:
    """Half past six, a quarter to nine, twenty five past ten."""
    for at, word in enumerate(words):
        hour = _hour(words[at + 1 :]) if word in PAST else None
        minutes = _minutes(words[:at], bare=_BARE_MINUTES if PAST.get(word) == -1 else range(60))
        if hour is not None and minutes is not None:
            # The hour before one is twelve, and that before midnight is of the day before.
            hour += {0: 24, 1: 12}.get(hour, 0) if PAST[word] < 0 else 0
            return divmod(60 * hour + PAST[word] * minutes, 60)
    return None


def _hour(words: Words) -> int | None:
    """Seven; noon; twelve noon."""
    if words and words[-1] in FIXED_HOURS and words[:-1] in ([], ["twelve"], ["12"]):
        return FIXED_HOURS[words[-1]]
    return cardinal(words)


def _minutes(words: Words, bare: Sequence[int]) -> int | None:
    """Half; a quarter; seven minutes; a number of those that are said without the word."""
    fractions = {"half": 30, "quarter": 15}
    if words and words[-1] in fractions and len(words) <= 2:
        return fractions[words[-1]]
    counted = words[-1:] in (["minutes"], ["minute"])
    minutes = cardinal(words[:-1] if counted else words)
    return minutes if minutes in (range(60) if counted else bare) else None


def _digits(words: Words) -> tuple[int, int] | None:
    match = _CLOCK.fullmatch(words[0]) if len(words) == 1 else None
    return (int(match[1]), int(match[2] or 0)) if match else None


def _hour_and_minute(words: Words) -> tuple[int, int] | None:
    """Seven; noon; seven thirty; seven oh five; oh seven thirty; twenty one fifteen."""
    words = words[1:] if len(words) > 1 and words[0] in (*NOUGHT, "zero") else words
    whole = _hour(words)
    if whole is not None and whole <= 24:
        return whole, 0
    for at in range(len(words) - 1, 0, -1):
        hour = cardinal(words[:at])
        led = words[at] in (*NOUGHT, "zero")
        minute = cardinal(words[at + 1 :]) if led else of_two_digits(words[at:])
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
