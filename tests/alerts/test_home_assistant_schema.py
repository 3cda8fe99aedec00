"""What Home Assistant is told, by the schemas of Home Assistant itself.

Its packages are pinned to versions of their own, so it runs in another Python, which HOME_ASSISTANT_PYTHON names:

    python3 -m venv ha && ha/bin/pip install homeassistant paho-mqtt
    HOME_ASSISTANT_PYTHON=ha/bin/python pytest tests/alerts/test_home_assistant_schema.py
"""

import json
import os
import subprocess

import pytest

from edge.alerts.sinks.discovery import discovery

PYTHON = os.environ.get("HOME_ASSISTANT_PYTHON")
VALIDATE = """
import json, sys
from importlib import import_module
for path, entity in json.load(sys.stdin).items():
    schema = import_module("homeassistant.components.mqtt." + path.split("/")[1]).DISCOVERY_SCHEMA
    try:
        kept = schema(dict(entity, platform="mqtt"))
        print(path, sorted(entity.keys() - kept.keys()))
    except Exception as error:
        print(path, error)
"""

pytestmark = pytest.mark.skipif(not PYTHON, reason="HOME_ASSISTANT_PYTHON names no Python that has Home Assistant")


def verdicts(messages: dict[str, dict[str, object]]) -> dict[str, str]:
    """What the schema of each entity says: the keys that it does not know, or what it refuses."""
    ran = subprocess.run(
        [str(PYTHON), "-c", VALIDATE], input=json.dumps(messages), capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    return dict(line.split(" ", 1) for line in ran.stdout.splitlines())


def test_every_message_is_taken_with_all_its_keys() -> None:
    messages = {path: json.loads(text) for path, text in discovery("hark/küche", ("view glass", "jarvis")).items()}
    assert len(messages) == 5
    assert verdicts(messages) == dict.fromkeys(messages, "[]")


def test_what_does_not_fit_is_refused() -> None:
    messages = {path: json.loads(text) for path, text in discovery("hark", ("jarvis",)).items()}
    by_kind = {path.split("/")[1]: (path, entity) for path, entity in messages.items()}
    del by_kind["event"][1]["event_types"]
    by_kind["number"][1]["min"] = "low"
    by_kind["switch"][1]["command_topic"] = "hark/#"
    by_kind["sensor"][1]["colour"] = "red"
    said = verdicts(messages)
    assert "required key not provided" in said[by_kind["event"][0]]
    assert "expected float" in said[by_kind["number"][0]]
    assert "command_topic" in said[by_kind["switch"][0]]
    assert said[by_kind["sensor"][0]] == "['colour']"
