"""What Home Assistant is told, so that it finds Hark by itself: MQTT discovery, one retained message for each entity.

A trigger word is an `event` entity, the last transcript a `sensor`, mute a `switch`, sensitivity a `number`; all belong
to one device.
"""

import json
import re
import socket
from collections.abc import Sequence
from hashlib import sha256

from edge.controls import HIGHEST_BUDGET, LOWEST_BUDGET

_STATE_LIMIT = 255
"""Characters that a state of Home Assistant may have."""

_DIGITS = 8
"""Of a checksum: enough to tell the devices of a house apart."""


def slug(text: str) -> str:
    """A text as a part of a topic or of an identity; of another script hardly anything is left but its checksum."""
    plain = re.sub(r"\W+", "_", text.lower(), flags=re.ASCII).strip("_") or "_"
    return plain if text.isascii() else f"{plain}_{sha256(text.encode()).hexdigest()[:_DIGITS]}"


def default_topic(*, listens: bool) -> str:
    """Where all topics of this machine begin: those of its listener, and those of what else sends alerts."""
    host = f"hark/{slug(socket.gethostname())}"
    return host if listens else f"{host}/camera"


def discovery(topic: str, words: Sequence[str]) -> dict[str, str]:
    """The messages of a device by their topics; `topic` is where all of its own begin."""
    node = slug(topic)
    common = {
        "availability_topic": f"{topic}/status",
        "device": {"identifiers": [node], "name": topic, "manufacturer": "Hark", "model": "Hark listener"},
    }
    heard = {f"event/{node}/{slug(word)}": _event(topic, word) for word in words}
    entities = heard | {
        f"sensor/{node}/transcript": _transcript(topic),
        f"switch/{node}/mute": _mute(topic),
        f"number/{node}/sensitivity": _sensitivity(topic),
    }
    return {
        f"homeassistant/{path}/config": json.dumps(common | entity | {"unique_id": slug(f"{node}_{path}")})
        for path, entity in entities.items()
    }


def words_told(topic: str) -> str:
    """A filter for the messages about trigger words of this device, those of an earlier configuration among them."""
    return f"homeassistant/event/{slug(topic)}/+/config"


def _event(topic: str, word: str) -> dict[str, object]:
    return {
        "name": word,
        "state_topic": f"{topic}/trigger/{slug(word)}",
        "event_types": ["heard"],
        "icon": "mdi:ear-hearing",
    }


def _transcript(topic: str) -> dict[str, object]:
    return {
        "name": "Last transcript",
        "state_topic": f"{topic}/transcript",
        "value_template": f"{{{{ value_json.text[:{_STATE_LIMIT}] }}}}",
        "json_attributes_topic": f"{topic}/transcript",
        "icon": "mdi:text-recognition",
    }


def _mute(topic: str) -> dict[str, object]:
    return {
        "name": "Mute",
        "command_topic": f"{topic}/mute/set",
        "state_topic": f"{topic}/mute",
        "icon": "mdi:microphone-off",
    }


def _sensitivity(topic: str) -> dict[str, object]:
    return {
        "name": "Sensitivity",
        "command_topic": f"{topic}/sensitivity/set",
        "state_topic": f"{topic}/sensitivity",
        "min": LOWEST_BUDGET,
        "max": HIGHEST_BUDGET,
        "step": 0.1,
        "unit_of_measurement": "false accepts/h",
        "entity_category": "config",
        "icon": "mdi:tune-vertical",
    }
