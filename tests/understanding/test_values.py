"""Values of entities: what is said, in its standard form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.understanding.dates import MONTHS, WEEKDAYS
from edge.understanding.numbers import CARDINALS, ORDINALS, number
from edge.understanding.times import PAST
from edge.understanding.values import reach, value_of

pytestmark = pytest.mark.runtime


@pytest.mark.parametrize(
    ("spoken", "value"),
    [
        ("half past six", "06:30"),
        ("seven thirty", "07:30"),
        ("seven thirty p m", "19:30"),
        ("quarter to nine", "08:45"),
        ("a quarter past ten", "10:15"),
        ("ten minutes to one", "12:50"),
        ("quarter to one", "12:45"),
        ("quarter to one at night", "00:45"),
        ("ten to one in the morning", "00:50"),
        ("quarter to midnight", "23:45"),
        ("nineteen hundred hours", "19:00"),
        ("oh seven hundred hours", "07:00"),
        ("0730 hours", "07:30"),
        ("zero hundred hours", "00:00"),
        ("twenty four hundred hours", "00:00"),
        ("two hundred hours", "PT200H"),
        ("2500 hours", "PT2500H"),
        ("half past noon", "12:30"),
        ("twenty five past midnight", "00:25"),
        ("twenty five past ten in the evening", "22:25"),
        ("at eleven at night", "23:00"),
        ("half past twelve at night", "00:30"),
        ("one at night", "01:00"),
        ("seven oh five", "07:05"),
        ("twenty one fifteen", "21:15"),
        ("six o'clock", "06:00"),
        ("twelve thirty a m", "00:30"),
        ("twelve p m", "12:00"),
        ("noon", "12:00"),
        ("midnight", "00:00"),
        ("7:30pm", "19:30"),
        ("9am", "09:00"),
        ("19:45", "19:45"),
        ("twenty minutes", "PT20M"),
        ("half an hour", "PT0.5H"),
        ("an hour and a half", "PT1.5H"),
        ("an hour and half", "PT1.5H"),
        ("two hours and a quarter", "PT2.25H"),
        ("one hour and a", None),
        ("an hour and a quarter of an", None),
        ("two and a half hours", "PT2.5H"),
        ("two and a quarter hours", "PT2.25H"),
        ("three and three quarter hours", "PT3.75H"),
        ("and a quarter hours", None),
        ("one hour and twenty minutes", "PT1H20M"),
        ("in 90 seconds", "PT90S"),
        ("two days and an hour", "P2DT1H"),
        ("one million two hundred thousand and five seconds", "PT1200005S"),
        ("in 1234567 minutes", "PT1234567M"),
        ("a week and two days", "P9D"),
        ("a week", "P1W"),
        ("two months", "P2M"),
        ("a year and two minutes", "P1YT2M"),
        ("one hour thirty", "PT1H30M"),
        ("two hours thirty minutes", "PT2H30M"),
        ("three quarters of an hour", "PT0.75H"),
        ("24:00", "00:00"),
        ("19:30 in the evening", "19:30"),
        ("24:30", None),
        ("half past 24", None),
        ("24 pm", None),
        ("thirteen a m", None),
        ("minus two hours", None),
        ("two minutes thirty", None),
        ("one hour ninety", None),
        ("morning", None),
        ("twenty seven thirty", None),
        ("seven ninety", None),
        ("seventy past six", None),
        ("half", None),
        ("minutes", None),
        ("nine to five", None),
        ("seven to nine", None),
        ("ten to nine", "08:50"),
        ("seven minutes to nine", "08:53"),
        ("three past six", "06:03"),
        ("twelve noon", "12:00"),
        ("12 midnight", "00:00"),
        ("eleven noon", None),
        ("seven o clock", "07:00"),
        ("seven o clock in the evening", "19:00"),
        ("around half past six", "06:30"),
        ("oh seven thirty", "07:30"),
        ("seven zero five", "07:05"),
        ("seven this evening", "19:00"),
        ("half past six tomorrow morning", "06:30"),
        ("eight friday night", "20:00"),
        ("twelve tonight", "00:00"),
        ("seven p m tonight", "19:00"),
        ("morning at seven", "07:00"),
        ("evening at half past six", "18:30"),
        ("a half hour", "PT0.5H"),
        ("quarter of an hour", "PT0.25H"),
        ("10 min", "PT10M"),
        ("2 hrs 5 mins", "PT2H5M"),
        ("30 secs", "PT30S"),
        ("in twenty minutes tonight", "PT20M"),
    ],
)
def test_times_and_lengths_of_time(spoken: str, value: str | None) -> None:
    assert value_of("time", spoken.split()) == value


@pytest.mark.parametrize(
    ("spoken", "value"),
    [
        ("tuesday", "XXXX-WXX-2"),
        ("on sunday", "XXXX-WXX-7"),
        ("march third", "XXXX-03-03"),
        ("the third of march", "XXXX-03-03"),
        ("december twenty fifth", "XXXX-12-25"),
        ("march 3rd twenty twenty six", "2026-03-03"),
        ("31st of december 1999", "1999-12-31"),
        ("may", "XXXX-05"),
        ("june twenty eighteen", "2018-06"),
        ("september eleven two thousand and one", "2001-09-11"),
        ("september twenty two thousand and one", "2001-09-20"),
        ("march twenty twenty six", "2026-03"),
        ("march 25", "XXXX-03-25"),
        ("zeroth march", None),
        ("march zero", None),
        ("nineteen oh five", "1905"),
        ("two thousand and six", "2006"),
        ("three days", "P3D"),
        ("tomorrow", None),
        ("march or april", None),
        ("the fortieth of may", None),
        ("june thirty first", None),
        ("february twenty ninth", "XXXX-02-29"),
        ("february twenty ninth two thousand and four", "2004-02-29"),
        ("february twenty ninth two thousand and one", None),
        ("friday march 6th", "XXXX-03-06"),
        ("tuesday 3 march 2026", "2026-03-03"),
        ("tuesday six", None),
    ],
)
def test_dates(spoken: str, value: str | None) -> None:
    assert value_of("date", spoken.split()) == value


@pytest.mark.parametrize("day", range(1, 32))
@pytest.mark.parametrize("order", ["{} march", "march {}", "the {} of march", "march {} nineteen eighty four"])
def test_all_days_of_a_month(day: int, order: str) -> None:
    ordinals = {number: word for word, number in ORDINALS.items()}
    tens = " ".join(spell(day)[:-1])
    ordinal = ordinals.get(day) or f"{tens} {ordinals[day % 10]}"
    year = "1984" if "eighty" in order else "XXXX"
    for said in (" ".join(spell(day)), ordinal, str(day), f"{day}th"):
        assert value_of("date", order.format(said).split()) == f"{year}-03-{day:02}"


@pytest.mark.parametrize(
    ("spoken", "value"),
    [
        ("twenty five", "25"),
        ("two hundred and five", "205"),
        ("a hundred", "100"),
        ("one hundred twenty thousand and six", "120006"),
        ("two million", "2000000"),
        ("minus three point one four", "-3.14"),
        ("1,000", "1000"),
        ("12,345,678.5", "12345678.5"),
        ("0,500", None),
        ("1234,567", None),
        ("3.5", "3.5"),
        ("five twenty", None),
        ("twenty eleven", None),
        ("hundred thousand", None),
        ("ten percent", "10"),
        ("to twenty", "20"),
        ("by minus five percent", "-5"),
        ("to", None),
        ("to to five", None),
        ("percent", None),
        ("three thousand and", None),
        ("minus zero", "0"),
        ("minus zero point zero", "0.0"),
        ("minus", None),
        ("minus minus five", None),
        ("point five", None),
        ("three point twenty", None),
        ("three point oh five", "3.05"),
        ("fifty per cent", "50"),
        ("", None),
    ],
)
def test_numbers(spoken: str, value: str | None) -> None:
    assert value_of("number", spoken.split()) == value


@given(st.integers(0, 999), st.integers(0, 999))
def test_a_number_means_what_its_words_say(thousands: int, rest: int) -> None:
    words = [*([*spell(thousands), "thousand"] if thousands else []), *(spell(rest) if rest or not thousands else [])]
    assert number(words) == str(1000 * thousands + rest)


PARTICLES = ("half", "quarter", "a", "an", "and", "of", "the", "hundred", "thousand", "point", "minus", "oh", "o'clock")
WORDS = [*CARDINALS, *PAST, *WEEKDAYS, *MONTHS, *PARTICLES]


@given(st.sampled_from(["time", "date", "number", "person"]), st.lists(st.sampled_from(WORDS) | st.text(), max_size=6))
def test_nothing_that_is_said_is_too_strange(kind: str, words: list[str]) -> None:
    value = value_of(kind, words)
    assert value is None or (value and " " not in value)


@pytest.mark.parametrize(
    "spoken", ["9" * 5000 + " o'clock", "9" * 400 + " minutes", "million " * 5000, "one million " * 5000, "9" * 16]
)
def test_numbers_that_nobody_means_have_no_value(spoken: str) -> None:
    assert [value_of(kind, spoken.split()) for kind in ("time", "date", "number")] == [None] * 3


def spell(value: int) -> list[str]:
    names = {number: word for word, number in CARDINALS.items()}
    if value >= 100:
        return [names[value // 100], "hundred", *(spell(value % 100) if value % 100 else [])]
    return [names[value]] if value in names else [names[value // 10 * 10], names[value % 10]]


@pytest.mark.parametrize(
    ("kind", "said", "whole"),
    [
        ("number", "give me a hundred and |five| please", "a hundred and five"),
        ("number", "|twenty| five men", "twenty five"),
        ("number", "at this point |five| men", "five"),
        ("number", "one |two| three", "two"),
        ("number", "the price is |two hundred and| rising", "two hundred"),
        ("number", "three thousand |and| more", "and"),
        ("number", "set the volume to |twenty| five", "twenty five"),
        ("number", "set the volume |to twenty| five", "to twenty five"),
        ("number", "turn it up |by a hundred and| five", "by a hundred and five"),
        ("number", "turn it up by |ten| percent now", "ten percent"),
        ("number", "|to| many", "to"),
        ("date", "on the twenty third of |july| at noon", "twenty third of july"),
        ("date", "5 |july|", "july"),
        ("date", "twenty five |july|", "july"),
        ("date", "twenty fifth |july|", "twenty fifth july"),
        ("date", "five of |july|", "five of july"),
        ("date", "2018 of |july|", "july"),
        ("date", "5 of |july|", "5 of july"),
        ("date", "the |third of march| two", "third of march"),
        ("person", "five |anna| six", "anna"),
    ],
)
def test_an_entity_is_no_half_of_a_number_or_a_day(kind: str, said: str, whole: str) -> None:
    before, own, after = (part.split() for part in said.split("|"))
    words = [*before, *own, *after]
    first, end = reach(kind, words, len(before), len(before) + len(own))
    assert " ".join(words[first:end]) == whole


def test_a_number_without_end_stays_as_it_is() -> None:
    words = ["thousand"] * 5000
    assert reach("number", words, 10, 4000) == (10, 4000)
