"""Orders of a home, which a listener hears most, come out in French as they were meant; most in words of no frame."""

import re

import pytest

from edge.translation.translator import Translator

pytestmark = pytest.mark.runtime


@pytest.fixture(scope="module")
def translator() -> Translator:
    return Translator.load("en-fr")


@pytest.mark.parametrize(
    ("order", "way"),
    [
        ("please turn on the lights", "allum"),
        ("turn on all the lights downstairs", "allum"),
        ("would you turn the lamp on please", "allum"),
        ("switch on the lights in this room", "allum"),
        ("turn the lights in the kitchen off", "tei[gn]"),
        ("turn off every light in the house", "tei[gn]"),
        ("switch every lamp in the house off", "tei[gn]"),
        ("turn the fan off now", "tei[gn]"),
        ("turn off the television it is late", "tei[gn]"),
    ],
)
def test_on_is_on_and_off_is_off(translator: Translator, order: str, way: str) -> None:
    french = translator.translate(order)
    assert re.search(way, french, re.IGNORECASE), french
    assert not re.search("tei[gn]" if way == "allum" else "allum", french, re.IGNORECASE), french


@pytest.mark.parametrize(
    ("said", "time"),
    [
        ("set an alarm for seven thirty", "sept heures trente"),
        ("please wake me at half past six tomorrow", "six heures et demie"),
        ("set an alarm for quarter to eight", "huit heures moins le quart"),
        ("set a timer for fifteen minutes please", "quinze minutes"),
        ("set the heating to twenty one degrees", "vingt et un degrés"),
    ],
)
def test_a_number_is_that_number(translator: Translator, said: str, time: str) -> None:
    assert time in translator.translate(said)
