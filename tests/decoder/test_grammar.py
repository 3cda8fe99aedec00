"""Grammars: the sentences that they let through, against the sentences written out."""

import csv
import random
from collections import Counter
from itertools import islice, takewhile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.decoder.alphabet import LETTERS, SPACE, encode
from edge.decoder.grammar import Grammar
from edge.decoder.guidance import read_grammar
from edge.decoder.scorer import FORBIDDEN, Scorer
from edge.errors import ConfigError

pytestmark = pytest.mark.runtime

COFFEE = """
#JSGF V1.0 UTF-8 en;
grammar coffee;

public <order> = <opening> [a | an] <details> <drink> [with <extras>];

<opening> = brew | can i (get | have) | (get | give | make) me | i want | i'd like | may i have;  // nine of them

/* Each may be left out,
   in any order. */
<details> = [<size>] [<roast>] [<shots>] | [<size>] [<shots>] [<roast>] | [<roast>] [<size>] [<shots>]
          | [<roast>] [<shots>] [<size>] | [<shots>] [<size>] [<roast>] | [<shots>] [<roast>] [<size>];
<size> = small | medium | large | (eight | twelve | sixteen | twenty) ounce;
<roast> = (light | medium | dark) roast;
<shots> = (single | double | triple) shot;

<drink> = americano | cappuccino | [drip | house | iced] coffee | espresso | latte | [iced] mocha;

<extras> = <milk> | <sugar> | <milk> and <sugar> | <sugar> and <milk>;
<milk> = [<amount>] ([almond | skim | soy | whole] milk | cream);
<sugar> = [<amount>] ([brown] sugar | sweetener);
<amount> = some | a [little] bit of | a lot of | lots of;
"""

COMMANDS = Path("/work/shared/data/audio/commands_picovoice_coffee/manifest.csv")


def grammar_of(expression: str) -> Grammar:
    return Grammar.parse(f"public <s> = {expression};", "test")


@pytest.fixture(scope="module")
def coffee() -> Grammar:
    return Grammar.parse(COFFEE, "coffee.jsgf")


@pytest.mark.parametrize(
    "order",
    [
        "make me an espresso",
        "i want mocha",
        "I'd like a large, dark roast latte.",
        "can i have a triple shot medium roast small house coffee with cream",
        "brew a medium medium roast double shot drip coffee with a lot of soy milk and some brown sugar",
        "may i have an eight ounce iced mocha with sweetener and a little bit of almond milk",
    ],
)
def test_the_coffee_grammar_takes_orders(coffee: Grammar, order: str) -> None:
    assert coffee.accepts(order)


@pytest.mark.parametrize(
    "order",
    [
        "",
        "make me",
        "make me an",
        "espresso",
        "make me an espress",
        "make me an espresso please",
        "make me a large small latte",
        "make me a latte with",
        "make me a latte with milk and",
        "make me a latte with milk and cream",
        "make me a drip latte",
        "makeme a latte",
        "can i get me a latte",
    ],
)
def test_the_coffee_grammar_takes_nothing_else(coffee: Grammar, order: str) -> None:
    assert not coffee.accepts(order)


@pytest.mark.skipif(not COMMANDS.exists(), reason=f"needs the recorded commands of {COMMANDS.parent}")
def test_the_coffee_grammar_covers_what_people_said(coffee: Grammar) -> None:
    with COMMANDS.open(newline="") as file:
        said = [row["transcript"] for row in csv.DictReader(file) if row["transcript"]]
    missed = [text for text in said if not coffee.accepts(text)]
    assert len(said) > 300
    # Two were cut off by the alignment that gave the transcripts.
    assert all(text.endswith((" an", " iced")) for text in missed), missed
    assert len(missed) <= 2


@pytest.mark.parametrize(
    ("expression", "sentences"),
    [
        ("hello", {"hello"}),
        ("hello world", {"hello world"}),
        ("on | off", {"on", "off"}),
        ("a b | c", {"a b", "c"}),
        ("a (b | c)", {"a b", "a c"}),
        ("[a] b [c]", {"b", "a b", "b c", "a b c"}),
        ("[a [b]]", {"", "a", "a b"}),
        ("to | too | two (to)", {"to", "too", "two to"}),
        ("a | a | a", {"a"}),
        ("twenty-one | café | I\u2019m", {"twenty one", "cafe", "i'm"}),
        ("grammar rules | public opinion", {"grammar rules", "public opinion"}),
        ("a // b\n | c /* d | e */", {"a", "c"}),
    ],
)
def test_a_grammar_is_the_set_of_its_sentences(expression: str, sentences: set[str]) -> None:
    assert set(grammar_of(expression).sentences()) == sentences


@pytest.mark.parametrize(
    ("expression", "shortest"),
    [
        ("a+", ["a", "a a", "a a a"]),
        ("a*", ["", "a", "a a"]),
        ("x (a | b)+", ["x a", "x b", "x a a"]),
        ("[a]*", ["", "a", "a a"]),
        ("(a+)+", ["a", "a a", "a a a"]),
        ("a b*", ["a", "a b", "a b b"]),
    ],
)
def test_repetition_has_no_end(expression: str, shortest: list[str]) -> None:
    assert list(islice(grammar_of(expression).sentences(), 3)) == shortest


def test_rules_may_be_used_before_they_are_defined_and_more_than_once() -> None:
    grammar = Grammar.parse("public <s> = <a> and <a>; <a> = <b> | two; <b> = one;", "test")
    assert set(grammar.sentences()) == {f"{x} and {y}" for x in ("one", "two") for y in ("one", "two")}


def test_sentences_follow_any_public_rule() -> None:
    grammar = Grammar.parse("public <s> = go; <a> = never; public <b> = stop <s>;", "test")
    assert set(grammar.sentences()) == {"go", "stop go"}


LONGEST = 7


def together(first: frozenset[str], second: frozenset[str]) -> frozenset[str]:
    joined = (" ".join(filter(None, (x, y))) for x in first for y in second)
    return frozenset(text for text in joined if len(text) <= LONGEST)


def repeated(once: frozenset[str]) -> frozenset[str]:
    language = once
    while (longer := language | together(language, once)) != language:
        language = longer
    return language


def expressions() -> st.SearchStrategy[tuple[str, frozenset[str]]]:
    """A grammar as text, and its sentences up to a length as sets make them."""
    words = st.sampled_from(["a", "b", "ab", "ba"]).map(lambda word: (word, frozenset([word])))
    return st.recursive(
        words,
        lambda inner: st.one_of(
            st.tuples(inner, inner).map(lambda two: (f"{two[0][0]} {two[1][0]}", together(two[0][1], two[1][1]))),
            st.tuples(inner, inner).map(lambda two: (f"({two[0][0]} | {two[1][0]})", two[0][1] | two[1][1])),
            inner.map(lambda one: (f"[{one[0]}]", one[1] | {""})),
            inner.map(lambda one: (f"({one[0]})+", repeated(one[1]))),
            inner.map(lambda one: (f"({one[0]})*", repeated(one[1]) | {""})),
        ),
        max_leaves=5,
    )


@given(expressions())
@settings(deadline=None, max_examples=100)
def test_any_grammar_is_the_set_of_its_sentences(written: tuple[str, frozenset[str]]) -> None:
    expression, sentences = written
    found = list(takewhile(lambda text: len(text) <= LONGEST, grammar_of(expression).sentences()))
    assert sorted(found) == sorted(sentences)
    assert found == sorted(found, key=len)


@given(expressions(), st.integers())
@settings(deadline=None, max_examples=50)
def test_samples_are_sentences(written: tuple[str, frozenset[str]], seed: int) -> None:
    grammar, rng = grammar_of(written[0]), random.Random(seed)
    assert all(grammar.accepts(grammar.sample(rng)) for _ in range(5))


def test_samples_are_fair() -> None:
    grammar, rng = grammar_of("(a | b | c d+) [e]"), random.Random(0)
    texts = [grammar.sample(rng) for _ in range(6000)]
    firsts = Counter(text[0] for text in texts)
    assert firsts.keys() == {"a", "b", "c"}
    assert all(1900 < count < 2100 for count in firsts.values())
    assert 2900 < sum(text.endswith("e") for text in texts) < 3100
    lengths = Counter(text.count("d") for text in texts if text[0] == "c")
    assert lengths[1] / lengths.total() == pytest.approx(0.5, abs=0.05)
    assert lengths[2] / lengths.total() == pytest.approx(0.25, abs=0.05)


def test_samples_of_the_coffee_grammar_are_orders(coffee: Grammar) -> None:
    rng = random.Random(1)
    orders = {coffee.sample(rng) for _ in range(500)}
    assert all(map(coffee.accepts, orders))
    assert len(orders) > 450


def test_only_letters_with_which_a_sentence_goes_on_are_allowed() -> None:
    grammar: Scorer = grammar_of("on | off | one two")
    state, allowed = grammar.start(), []
    for letter in encode("one two"):
        allowed.append("".join(a for index, a in enumerate(LETTERS) if grammar.advance(state, index)[1] == 0))
        assert grammar.finish(state) == (0 if len(allowed) == 3 else FORBIDDEN)
        state, score = grammar.advance(state, letter)
        assert score == 0
    assert allowed == ["o", "fn", "e", " ", "t", "w", "o"]
    assert grammar.finish(state) == 0
    assert {grammar.advance(state, letter)[1] for letter in range(len(LETTERS))} == {FORBIDDEN}


@pytest.mark.parametrize("text", [" on", "on ", "o n", "one  two"])
def test_words_are_joined_by_one_space(text: str) -> None:
    grammar = grammar_of("on | one two")
    state = grammar.start()
    for letter in text:
        state, _ = grammar.advance(state, LETTERS.index(letter))
    assert grammar.finish(state) == FORBIDDEN


def test_equal_pasts_are_equal_states() -> None:
    grammar = grammar_of("(red | green) light")
    ends = []
    for text in ("red", "green"):
        state = grammar.start()
        for letter in [*encode(text), SPACE]:
            state, _ = grammar.advance(state, letter)
        ends.append(state)
    assert ends[0] == ends[1]
    assert hash(ends[0]) == hash(ends[1])


def test_phrases_are_a_grammar() -> None:
    phrases = ["Lights on", "lights off!", "", "good night", "lights on"]
    grammar, rng = Grammar.of_phrases(phrases), random.Random(0)
    assert set(grammar.sentences()) == {"lights on", "lights off", "good night"}
    assert {grammar.sample(rng) for _ in range(100)} == set(grammar.sentences())


@pytest.mark.parametrize(
    ("phrases", "error"),
    [
        ([], r"menu.txt: there are no phrases; write one a line"),
        (["one", "2 coffees"], r"menu.txt, line 2: '2 coffees' has '2', which is no letter; write it as it is said"),
        (["salt & pepper"], r"menu.txt, line 1: .* has '&'"),
        (["one", " ", "..."], r"menu.txt, line 3: '...' says nothing; remove it"),
    ],
)
def test_phrases_that_cannot_be_spelled_are_named(phrases: list[str], error: str) -> None:
    with pytest.raises(ConfigError, match=error):
        Grammar.of_phrases(phrases, "menu.txt")


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", 'g: no rule is public; write "public" before'),
        ("<a> = x;", "g: no rule is public"),
        ("public <a> = x;\n<b> = y <drnk>;\n<drink> = z;", "g, line 2: <drnk> is no rule; did you mean <drink>?"),
        ("public <a> = x\n <colour>;", "g, line 2: <colour> is no rule; write <colour> = ...;"),
        ("public <a> = x\n <a>;", "g, line 2: <a> contains itself; repeat with + or * instead"),
        ("public <a> = <b>;\n<b> = x <b>;", "g, line 2: <b> contains itself"),
        ("public <a> = <b>;\n<b> = x | <c>;\n<c> =\n [<a>];", "g, line 4: <a> contains itself"),
        ("public <a> = x;\n<a> = y;", "g, line 2: <a> is there already; give one of them another name"),
        ("public <a> = x\n(y | z;", 'g, line 2: "(" is not closed before ";"; write ")" there'),
        ("public <a> = [x\n(y | z];", 'g, line 2: "(" is not closed before "]"'),
        ("public <a> = x [y", 'g, line 1: "[" is not closed before the end; write "]" there'),
        ("public <a> = x\n | y) z;", 'g, line 2: ")" closes nothing; remove it'),
        ("/* 1\n2 */ public <a> = x\n<b> = y;", 'g, line 2: <a> is not ended; write ";" behind it'),
        ("public <a> = x", 'g, line 1: <a> is not ended; write ";" behind it'),
        ("#JSGF V1.0\npublic <a> = x;", 'g, line 1: "#JSGF" is not ended; write ";" behind it'),
        ("public <a> = x |\n;", 'g, line 2: nothing stands before ";"'),
        ("public <a> = ;", 'g, line 1: nothing stands before ";"'),
        ("public <a> = x ();", 'g, line 1: nothing stands before ")"'),
        ("public <a> = * x;", 'g, line 1: nothing stands before "*"'),
        ("public <a> x;", 'g, line 1: <a> is not followed by "="; write <a> = ...;'),
        ("import <other.*>;\npublic <a> = x;", 'g, line 1: "import" begins no rule; write <name> = ...;'),
        ("public a = x;", 'g, line 1: "a" begins no rule'),
        ("public <a> = the\n2nd one;", "g, line 2: '2nd' has '2', which is no letter; write it as it is said"),
        ("public <a> = ein\nstraße;", "g, line 2: 'straße' has 'ß'"),
        ("public <a> = x ... y;", "g, line 1: '...' says nothing; remove it"),
        ("public <a> = /10/ x;", 'g, line 1: "/" means nothing'),
        ("public <a> = x\n{tag};", r'g, line 2: "{" means nothing'),
        ('public <a> = "x y";', 'g, line 1: """ means nothing'),
    ],
)
def test_a_grammar_that_cannot_be_is_named_with_its_line(text: str, error: str) -> None:
    with pytest.raises(ConfigError) as raised:
        Grammar.parse(text, "g")
    assert str(raised.value).startswith(error)
    assert "\n" not in str(raised.value)


def test_rules_that_share_rules_are_checked_once() -> None:
    """Followed along every path, forty levels would take the age of the universe."""
    deep = "".join(f"<r{n}> = <r{n + 1}> | <r{n + 1}>;\n" for n in range(40))
    grammar = Grammar.parse(f"#JSGF V1.0;\ngrammar g;\npublic <top> = <r0>;\n{deep}<r40> = go;", "deep.jsgf")
    assert list(grammar.sentences()) == ["go"]


def test_a_long_chain_of_rules_is_built_or_refused() -> None:
    chain = "".join(f"<r{n}> = go <r{n + 1}>;\n" for n in range(2000))
    with pytest.raises(ConfigError, match=r"chain.jsgf: .*too deep inside each other; write it flatter"):
        Grammar.parse(f"#JSGF V1.0;\ngrammar g;\npublic <top> = <r0>;\n{chain}<r2000> = on;", "chain.jsgf")


@pytest.mark.parametrize(("name", "text"), [("a.jsgf", "#JSGF V1.0;\ngrammar g;\npublic <top> = go;"), ("a.txt", "go")])
def test_a_byte_order_mark_is_no_part_of_a_grammar(name: str, text: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8-sig")
    assert list(read_grammar(tmp_path / name).sentences()) == ["go"]


def test_words_that_punctuation_parts_stay_apart(tmp_path: Path) -> None:
    assert list(Grammar.parse("#JSGF V1.0; grammar g; public <a> = hello,world;", "g").sentences()) == ["hello world"]
    (tmp_path / "ORDERS.TXT").write_text("Lights:on\n(smoke)alarm!\n10 a.m.".replace("10", "ten"))
    assert list(read_grammar(tmp_path / "ORDERS.TXT").sentences()) == ["ten am", "lights on", "smoke alarm"]


def test_brackets_too_deep_inside_each_other_are_refused() -> None:
    text = f"#JSGF V1.0;\ngrammar g;\npublic <top> = {'(' * 3000}go{')' * 3000};"
    with pytest.raises(ConfigError, match=r"deep.jsgf: brackets or rules are too deep"):
        Grammar.parse(text, "deep.jsgf")


def test_rules_that_double_with_each_are_refused_before_they_eat_the_memory() -> None:
    deep = "".join(f"<r{n}> = (<r{n + 1}> a | <r{n + 1}> b);\n" for n in range(40))
    with pytest.raises(ConfigError, match=r"deep.jsgf: written out, its sentences are of more than 200000 letters"):
        Grammar.parse(f"#JSGF V1.0;\ngrammar g;\npublic <top> = <r0>;\n{deep}<r40> = go;", "deep.jsgf")
