"""What Home Assistant may ask over MQTT, and what it is told of how the listener stands.

TOPIC/mute/set         "ON" or "OFF"
TOPIC/sensitivity/set  false accepts an hour of each word, a number
"""

import re
from typing import Final

from edge.controls import HIGHEST_BUDGET, LOWEST_BUDGET, Controls, Mute, Tune

COMMANDS: Final = ("mute", "sensitivity")

ANSWERS: Final = ("muted", "unmuted", "sensitivity", "sensitivity-refused")
"""What a status tells once something was asked for."""

REFUSAL: Final = (
    "a command over MQTT was passed over, as all such will be: mute takes ON or OFF, "
    f"sensitivity a number from {LOWEST_BUDGET:g} to {HIGHEST_BUDGET:g}"
)


def wish_of(command: str, payload: bytes) -> Mute | Tune | None:
    """What is asked for; None: what cannot be."""
    if command == "mute":
        return {b"ON": Mute(True), b"OFF": Mute(False)}.get(payload)
    if not re.fullmatch(rb"\d{1,2}(\.\d{1,20})?", payload):
        return None
    budget = float(payload)
    return Tune(budget) if LOWEST_BUDGET <= budget <= HIGHEST_BUDGET else None


def states(controls: Controls) -> dict[str, str]:
    """How it stands, by command; a number of Home Assistant takes nothing beyond its ends."""
    within = controls.budget is not None and LOWEST_BUDGET <= controls.budget <= HIGHEST_BUDGET
    tuned = {"sensitivity": f"{controls.budget:g}"} if within else {}
    return {"mute": "ON" if controls.muted else "OFF"} | tuned
