"""What a sentence of a grammar says, against what people would say that it does."""

import random
from contextlib import nullcontext
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.decoder.grammar import Grammar
from edge.decoder.slots import MOST_LETTERS, MOST_WORDS, Reading
from edge.errors import ConfigError

pytestmark = pytest.mark.runtime

COFFEE = Path(__file__).parents[2] / "docs" / "grammars" / "coffee.jsgf"


@pytest.fixture(scope="module")
def coffee() -> Grammar:
    return Grammar.parse(COFFEE.read_text(), COFFEE.name)


def grammar_of(rules: str) -> Grammar:
    return Grammar.parse(rules, "test")


def test_each_rule_is_a_slot_an_outer_one_before_those_in_it(coffee: Grammar) -> None:
    assert coffee.intents == ["order"]
    assert coffee.read("I'd like a large, dark-roast latte with some sugar") == Reading(
        "order",
        (
            ("opening", "i'd like"),
            ("kind", "large dark roast"),
            ("size", "large"),
            ("roast", "dark roast"),
            ("drink", "latte"),
            ("extras", "some sugar"),
            ("sweet", "some sugar"),
            ("amount", "some"),
        ),
    )


@pytest.mark.parametrize("text", ["", " ", "make me", "a latte please", "latte " * MOST_WORDS, "x" * MOST_LETTERS * 60])
def test_what_is_no_sentence_means_nothing(coffee: Grammar, text: str) -> None:
    assert coffee.read(text) is None


def test_the_intent_is_the_public_rule_that_matches() -> None:
    lights = grammar_of("public <on> = <lamp> on; public <off> = <lamp> off; <lamp> = hall | reading lamp;")
    assert lights.read("reading lamp off") == Reading("off", (("lamp", "reading lamp"),))
    assert lights.read("hall on") == Reading("on", (("lamp", "hall"),))


@pytest.mark.parametrize(
    ("rules", "text", "slots"),
    [
        ("public <s> = <d>+; <d> = one | two;", "one two one", [("d", "one"), ("d", "two"), ("d", "one")]),
        ("public <s> = <d>* stop; <d> = one | two;", "stop", []),
        ("public <s> = <a> <b>; <a> = x+; <b> = x+;", "x x x", [("a", "x x"), ("b", "x")]),
        ("public <s> = <a> | <b>; <a> = x; <b> = x;", "x", [("a", "x")]),
        ("public <s> = x [<b>]; <b> = [y];", "x", []),
        ("public <s> = <n>; <n> = twenty-one | twenty;", "twenty-one", [("n", "twenty one")]),
        ("public <s> = (<b>* x)*; <b> = y;", "y x x y y x", [("b", "y")] * 3),
    ],
)
def test_repetitions_and_choices(rules: str, text: str, slots: list[tuple[str, str]]) -> None:
    assert grammar_of(rules).read(text) == Reading("s", tuple(slots))


def test_a_list_of_phrases_has_no_intents() -> None:
    phrases = Grammar.of_phrases(["lights on"])
    assert (phrases.intents, phrases.read("lights on")) == ([], None)


@settings(max_examples=50, deadline=None)
@given(st.integers())
def test_every_sentence_is_read_and_its_slots_are_its_words(seed: int) -> None:
    coffee = Grammar.parse(COFFEE.read_text(), COFFEE.name)
    sentence = coffee.sample(random.Random(seed))
    reading = coffee.read(sentence)
    assert reading is not None
    assert all(f" {words} " in f" {sentence} " for _, words in reading.slots)
    assert {"opening", "drink"} <= dict(reading.slots).keys()


@pytest.mark.parametrize("rules", range(20, 160, 5))
def test_a_grammar_that_is_accepted_can_be_read(rules: int) -> None:
    chain = "".join(f"<r{n}> = <r{n + 1}>;\n" for n in range(rules))
    text = f"#JSGF V1.0;\ngrammar g;\npublic <top> = <r0>;\n{chain}<r{rules}> = on;"
    refused = pytest.raises(ConfigError, match="too deep inside each other") if rules > 70 else nullcontext()
    with refused:
        reading = Grammar.parse(text, "chain.jsgf").read("on")
        assert reading is not None
        assert len(reading.slots) == rules + 1
