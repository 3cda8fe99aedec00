"""docs/events.md describes the events as they are."""

import json
import re
from dataclasses import fields
from pathlib import Path

import pytest

from edge.events import SCHEMA_VERSION, Status, Trigger

TEXT = (Path(__file__).parents[2] / "docs" / "events.md").read_text()
SECTIONS = {
    match[1]: match[2] for match in re.finditer(r"^## `(\w+)`.*?\n(.*?)(?=^## |\Z)", TEXT, re.MULTILINE | re.DOTALL)
}


def test_the_version_is_that_of_the_code() -> None:
    assert f"schema version {SCHEMA_VERSION}" in TEXT


@pytest.mark.parametrize("kind", [Trigger, Status])
def test_every_field_is_described_and_in_the_example(kind: type[Trigger] | type[Status]) -> None:
    section = SECTIONS[kind.type]
    names = [item.name for item in fields(kind)]
    assert re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE) == [name for name in names if name != "at"]
    example = re.search(r"^    (\{.*\})$", section, re.MULTILINE)
    assert example is not None
    values = json.loads(example[1])
    assert list(values) == ["type", *names]
    assert kind(**{name: values[name] for name in names}).to_json() == example[1]
