"""Numbers, times of day and lengths of time, each said in English and in French."""

import random
from collections.abc import Sequence
from functools import cache
from typing import Final, TypeAlias

from num2words import num2words

Said: TypeAlias = tuple[str, str]
"""The same in English and in French."""

IN_DIGITS: Final = 0.2
"""Share of what is typed, "7:30", rather than said."""

PARTS_OF_DAY: Final = (
    (" in the morning", " du matin", range(1, 12)),
    (" am", " du matin", range(1, 12)),
    (" a m", " du matin", range(1, 12)),
    (" in the afternoon", " de l'après-midi", range(1, 6)),
    (" pm", " de l'après-midi", range(1, 6)),
    (" in the evening", " du soir", range(6, 12)),
    (" pm", " du soir", range(6, 12)),
    (" p m", " du soir", range(6, 12)),
)
"""How an hour of the clock goes on, and the hours that do."""

UNITS: Final = (("second", "seconde"), ("minute", "minute"), ("hour", "heure"), ("day", "jour"), ("week", "semaine"))
_FEMININE: Final = {"seconde", "minute", "heure", "semaine"}
_INVARIABLE: Final = {"percent", "pour cent"}


def quantity(rng: random.Random, amounts: Sequence[int], unit: Said) -> Said:
    """So many of something: "two hours", "deux heures"; sometimes in digits."""
    amount = rng.choice(amounts)
    spelt = (str(amount),) * 2 if rng.random() < IN_DIGITS else (english(amount), french(amount, unit[1] in _FEMININE))
    return f"{spelt[0]} {_many(unit[0], amount)}", f"{spelt[1]} {_many(unit[1], amount)}"


def a_duration(rng: random.Random) -> Said:
    """A length of time: "half an hour", "ninety seconds"."""
    if rng.random() < 0.1:
        return rng.choice((("half an hour", "une demi-heure"), ("an hour and a half", "une heure et demie")))
    at = rng.choice((0, 1, 1, 1, 2, 3, 4))
    return quantity(rng, range(1, (60, 60, 24, 10, 5)[at] + 1), UNITS[at])


def a_time(rng: random.Random) -> Said:
    """A time of day as it is said: "half past six", "seven thirty in the evening", "noon"; sometimes typed."""
    if rng.random() < 0.05:
        return rng.choice((("noon", "midi"), ("midnight", "minuit")))
    hour, minute = rng.randint(1, 12), rng.choice((0, 0, rng.randrange(0, 60, 5), rng.randrange(60)))
    if rng.random() < IN_DIGITS:
        return f"{hour}:{minute:02}", f"{hour} h {minute:02}" if minute else f"{hour} h"
    said = rng.choice(_ways_of_telling(hour, minute))
    part = rng.choice([("", ""), *((en, fr) for en, fr, hours in PARTS_OF_DAY if hour in hours)])
    if said[0].endswith("o'clock") and not part[0].startswith(" in"):
        return said  # Nobody says "six o'clock pm".
    return said[0] + part[0], said[1] + part[1]


@cache
def english(number: int) -> str:
    """As a recogniser writes it: "twenty five"."""
    spelt: str = num2words(number)
    return spelt.replace("-", " ")


@cache
def french(number: int, feminine: bool = False) -> str:
    """Before a noun: "vingt et une" minutes, but "vingt et un" degrés."""
    spelt: str = num2words(number, lang="fr")
    return spelt + "e" * (feminine and spelt.endswith("un"))


def _ways_of_telling(hour: int, minute: int) -> list[Said]:
    after = hour % 12 + 1
    if not minute:
        return [(english(hour), _hours(hour)), (f"{english(hour)} o'clock", _hours(hour))]
    oh = "oh " if minute < 10 else ""
    ways = [(f"{english(hour)} {oh}{english(minute)}", f"{_hours(hour)} {french(minute, feminine=True)}")]
    if minute % 5 == 0 and minute < 30:
        ways.append((f"{_past(minute)} past {english(hour)}", f"{_hours(hour)} {_more(minute)}"))
    if minute == 30:
        ways.append((f"half past {english(hour)}", f"{_hours(hour)} et demie"))
    if minute % 5 == 0 and minute > 30:
        ways.append((f"{_past(60 - minute)} to {english(after)}", f"{_hours(after)} moins {_less(60 - minute)}"))
    return ways


def _hours(hour: int) -> str:
    return f"{french(hour, feminine=True)} {_many('heure', hour)}"


def _past(minutes: int) -> str:
    return "quarter" if minutes == 15 else english(minutes)


def _more(minutes: int) -> str:
    return "et quart" if minutes == 15 else french(minutes)


def _less(minutes: int) -> str:
    return "le quart" if minutes == 15 else french(minutes)


def _many(unit: str, amount: int) -> str:
    return unit if amount == 1 or unit in _INVARIABLE else f"{unit}s"
