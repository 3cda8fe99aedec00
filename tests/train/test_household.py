"""Pairs of a home, made from frames: each is a whole sentence in both languages, and says the same in them."""

import json
import random
import re
from pathlib import Path

import pytest

from edge.translation.translator import ENCODER
from train.__main__ import main
from train.recipes.translation.command import PIECES
from train.recipes.translation.household import household
from train.recipes.translation.quantities import a_duration, a_time, english, french, quantity

PAIRS = household("en-fr", 4000, seed=1)
ON = re.compile(r"\b(?<!the )(turn|switch)\b.*\bon\b", re.IGNORECASE)
OFF = re.compile(r"\b(?<!the )(turn|switch)\b.*\boff\b", re.IGNORECASE)


def test_nothing_is_left_open_and_each_side_is_a_sentence() -> None:
    for source, (target,) in PAIRS:
        assert not re.search(r"[{}]|  ", source + target)
        assert re.fullmatch(r"[A-Z0-9].*[.?!]", source)
        assert re.fullmatch(r"[A-ZÉÀ0-9].*[.?!]", target)
    assert len(set(PAIRS)) > 2500


def test_on_is_on_and_off_is_off() -> None:
    on = [target for source, (target,) in PAIRS if ON.search(source)]
    off = [target for source, (target,) in PAIRS if OFF.search(source)]
    assert min(len(on), len(off)) > 150
    assert all(re.search(r"\ballumer?\b", target, re.IGNORECASE) for target in on)
    assert all(re.search(r"\b[ée]tein(s|dre)\b", target, re.IGNORECASE) for target in off)


def test_french_contracts_elides_and_agrees() -> None:
    targets = [target for _, (target,) in PAIRS]
    assert not [text for text in targets if re.search(r"\bde (le|les|allumer|éteindre|ouvrir)\b", text)]
    assert any("du salon" in text for text in targets)
    assert any("d'allumer" in text for text in targets)
    assert any(re.search("lumières sont (encore )?(allumées|éteintes)", text) for text in targets)
    assert not [text for text in targets if re.search(r"(lumières|volets) est|(lampe|porte) sont", text)]
    assert not [source for source, _ in PAIRS if re.search(r"\b(lights|blinds) is\b|^Is the (lights|blinds)", source)]


def test_the_other_direction_is_the_same_turned_round() -> None:
    turned = household("fr-en", 50, seed=1)
    assert [(pair.targets[0], (pair.source,)) for pair in turned] == household("en-fr", 50, seed=1)
    assert household("en-fr", 50, seed=2) != household("en-fr", 50, seed=1)


@pytest.mark.parametrize("direction", ["en-de", "de-fr", "fr-fr", "en-en"])
def test_other_languages_have_no_frames(direction: str) -> None:
    assert household(direction, 10, seed=1) == []


def test_times_are_said_as_people_say_them() -> None:
    rng = random.Random(1)
    said = dict(a_time(rng) for _ in range(60_000))
    expected = {
        "half past six": "six heures et demie",
        "quarter to one": "une heure moins le quart",
        "twenty to one": "une heure moins vingt",
        "quarter past twelve": "douze heures et quart",
        "seven thirty in the evening": "sept heures trente du soir",
        "one oh five": "une heure cinq",
        "eleven twenty one": "onze heures vingt et une",
        "three o'clock in the afternoon": "trois heures de l'après-midi",
        "7:30": "7 h 30",
        "noon": "midi",
    }
    assert {time: said[time] for time in expected} == expected


def test_numbers_agree_with_what_they_count() -> None:
    assert (english(25), french(25)) == ("twenty five", "vingt-cinq")
    assert (french(21), french(21, feminine=True), french(1, feminine=True)) == ("vingt et un", "vingt et une", "une")
    rng = random.Random(1)
    one, eighty = (
        {quantity(rng, [amount], unit) for _ in range(40)}
        for amount, unit in ((1, ("hour", "heure")), (80, ("percent", "pour cent")))
    )
    assert one == {("one hour", "une heure"), ("1 hour", "1 heure")}
    assert eighty == {("eighty percent", "quatre-vingts pour cent"), ("80 percent", "80 pour cent")}
    lengths = dict(a_duration(rng) for _ in range(5000))
    assert (lengths["half an hour"], lengths["two weeks"]) == ("une demi-heure", "deux semaines")


def test_they_are_learnt_beside_a_corpus_and_the_card_says_so(tmp_path: Path) -> None:
    (tmp_path / "train.tsv").write_text("one two\tun deux\ntwo\tdeux\n" * 40)
    (tmp_path / "valid.tsv").write_text("two one\tdeux un\n")
    sizes = ["--pieces=60", "--dims=8", "--encoder-units=8", "--decoder-units=8", "--tokens=60"]
    options = ["--data", str(tmp_path), "--work", str(tmp_path / "work"), "--household", "60", *sizes]
    assert main(["translate", "fit", *options, "--steps", "2", "--quantised-steps", "1"]) == 0
    source, target = json.loads((tmp_path / "work" / PIECES).read_text(encoding="utf-8"))
    assert "\u00e9" in source  # French, which this corpus writes without.
    assert "\u00e9" not in target
    assert main(["translate", "publish", *options, "--out", str(tmp_path / "home")]) == 0
    assert "made from frames of our own | Apache-2.0" in (tmp_path / "home" / ENCODER / "CARD.md").read_text()
