"""docs/events.md describes the events as they are."""

import json
import re
from dataclasses import fields
from pathlib import Path
from typing import get_args

import pytest

from edge.events import (
    SCHEMA_VERSION,
    STATUSES,
    Activity,
    Alternative,
    Entity,
    Event,
    Keyword,
    Level,
    Meaning,
    Partial,
    Sentiment,
    SpokenWord,
    Status,
    Transcript,
    Trigger,
    Veto,
)

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "events.md").read_text()
SECTIONS = {
    match[1]: match[2] for match in re.finditer(r"^## `(\w+)`.*?\n(.*?)(?=^## |\Z)", TEXT, re.MULTILINE | re.DOTALL)
}


def test_every_type_is_named() -> None:
    kinds = get_args(Event)
    assert SECTIONS.keys() == {kind.type for kind in kinds}
    row = re.search(r"^\| `type` \| string \| (.*) \|$", TEXT, re.MULTILINE)
    assert row is not None
    assert re.findall(r"`(\w+)`", row[1]) == [kind.type for kind in kinds]


def test_words_and_alternatives_are_described() -> None:
    for name, kind in (("words", SpokenWord), ("nbest", Alternative)):
        row = re.search(rf"^\| `{name}` \| list of objects \| (.*) \|$", SECTIONS["transcript"], re.MULTILINE)
        assert row is not None
        described = re.findall(r"`(\w+)`", row[1])
        assert described == [item.name for item in fields(kind)]


def test_entities_and_sentiment_are_described() -> None:
    for name, kind in (("entities", Entity), ("sentiment", Sentiment)):
        row = re.search(rf"^\| `{name}` \| (?:list of objects|object) \| (.*) \|$", SECTIONS["meaning"], re.MULTILINE)
        assert row is not None
        assert re.findall(r"`(\w+)`", row[1]) == [item.name for item in fields(kind)]


def test_every_status_is_described() -> None:
    section = SECTIONS["status"]
    assert [what for what in STATUSES if f"`{what}`" not in section] == []
    assert set(re.findall(r"^- `([a-z-]+)`:", section, re.MULTILINE)) < set(STATUSES)
    code = "".join(file.read_text() for file in (ROOT / "edge").rglob("*.py"))
    assert set(re.findall(r"""\bwhat="([a-z-]+)\"""", code)) < set(STATUSES)


def test_the_version_is_that_of_the_code() -> None:
    assert f"schema version {SCHEMA_VERSION}" in TEXT


@pytest.mark.parametrize("kind", [Trigger, Veto, Partial, Transcript, Meaning, Keyword, Status, Level, Activity])
def test_every_field_is_described_and_in_the_example(kind: type[Event]) -> None:
    section = SECTIONS[kind.type]
    names = [item.name for item in fields(kind)]
    assert re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE) == [name for name in names if name != "at"]
    example = re.search(r"^    (\{.*\})$", section, re.MULTILINE)
    assert example is not None
    values = json.loads(example[1])
    assert list(values) == ["type", *names]
    assert kind(**{name: values[name] for name in names}).to_json() == example[1]
