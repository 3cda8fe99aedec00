"""Spoken numbers in digits: "two hundred and five" -> 205, "twenty first" -> 21, "minus three point five" -> -3.5."""

import re
from collections.abc import Sequence
from typing import Final, TypeAlias

Words: TypeAlias = list[str]
"""Words of `tokenise`, in lower case."""

_UNITS: Final = """
zero one two three four five six seven eight nine ten
eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen
"""
_TENS: Final = "twenty thirty forty fifty sixty seventy eighty ninety"
_ORDINALS: Final = """
zeroth first second third fourth fifth sixth seventh eighth ninth tenth
eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth
"""

CARDINALS: Final = {word: value for value, word in enumerate(_UNITS.split())} | {
    word: 10 * value for value, word in enumerate(_TENS.split(), start=2)
}
ORDINALS: Final = {word: value for value, word in enumerate(_ORDINALS.split())} | {"thirtieth": 30}
SCALES: Final = {"million": 1_000_000, "thousand": 1000, "hundred": 100}
NOUGHT: Final = ("oh", "o")
"""A zero among digits: "seven oh five"."""

MOST_WORDS: Final = 40
"""Of a number, or of another entity with a value: whoever says one in more does not mean it."""
ENDLESS: Final = re.compile(r"\d{16}")
"""Digits that nobody means as a number."""

_TOWARDS: Final = ("to", "by", "at")
"""What stands before a number that something is set to."""
_REACH: Final = 10
"""Words on either side that a number may have lost."""


def number(words: Words) -> str | None:
    """A spoken number in digits: "minus three point five" -> "-3.5"."""
    if words and words[0] == "minus":
        positive = None if words[1:2] == ["minus"] else number(words[1:])
        return f"-{positive}" if positive and float(positive) else positive
    words = _without_percent(words)
    if len(words) == 1 and re.fullmatch(r"(\d+|[1-9]\d{0,2}(,\d{3})+)(\.\d+)?", words[0]):
        return words[0].replace(",", "")
    if "point" in words:
        at = words.index("point")
        whole, digits = cardinal(words[:at]), [_digit(word) for word in words[at + 1 :]]
        right = whole is not None and digits and None not in digits
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


def of_two_digits(words: Words) -> int | None:
    """A whole number from 10 to 99, as the second half of a time or a year is said."""
    value = cardinal(words)
    return value if value is not None and 10 <= value < 100 else None


def ordinal(words: Words) -> int | None:
    """Which in a row, up to the 99th: "twenty first" -> 21, "3rd" -> 3."""
    if len(words) == 1:
        digits = re.fullmatch(r"(\d\d?)(?:st|nd|rd|th)", words[0])
        return int(digits[1]) if digits else ORDINALS.get(words[0])
    if len(words) == 2 and words[0] in _TENS.split() and 1 <= ORDINALS.get(words[1], 0) <= 9:
        return CARDINALS[words[0]] + ORDINALS[words[1]]
    return None


def reach_of_number(words: Sequence[str], first: int, end: int) -> tuple[int, int]:
    """Where the number begins and ends of which the words from `first` up to `end` are a part."""
    if end - first > MOST_WORDS:
        return first, end
    if end - first > 1 and words[first] in _TOWARDS:
        return first, reach_of_number(words, first + 1, end)[1]
    if end - first > 1 and words[end - 1] == "and":
        end -= 1
    ends = range(min(len(words), end + _REACH), end - 1, -1)
    spans = ((at, to) for at in range(max(0, first - _REACH), first + 1) for to in ends)
    return next((span for span in spans if number(list(words[slice(*span)])) is not None), (first, end))


def _without_percent(words: Words) -> Words:
    endings = (["percent"], ["per", "cent"])
    return next((words[: -len(ending)] for ending in endings if words[-len(ending) :] == ending), words)


def _digit(word: str) -> int | None:
    """A single one, behind the point."""
    value = 0 if word in NOUGHT else cardinal([word])
    return value if value is not None and value < 10 else None


def _below_hundred(words: Words) -> int | None:
    if len(words) == 1:
        digits = words[0].isdecimal() and not ENDLESS.match(words[0])
        return int(words[0]) if digits else CARDINALS.get(words[0])
    if len(words) == 2 and words[0] in _TENS.split() and 1 <= CARDINALS.get(words[1], 0) <= 9:
        return CARDINALS[words[0]] + CARDINALS[words[1]]
    return None
