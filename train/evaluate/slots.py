"""Commands that are understood: are all slots right, whatever else was said around them?"""

import json
from collections.abc import Sequence


def slots_of(label: str) -> tuple[str, ...]:
    """The values of a command's slots, longest first, from a label such as {"intent": ..., "slots": {NAME: VALUE}}."""
    try:
        values = map(str, json.loads(label)["slots"].values())
    except (ValueError, KeyError, TypeError, AttributeError):
        return ()
    return tuple(sorted(values, key=len, reverse=True))


def all_slots_right(commands: Sequence[tuple[str, tuple[str, ...], str]]) -> list[bool]:
    """For each (reference, slots, text) whether the text has all slots, and no word besides that belongs to any slot.

    Words that also stand outside slots in references, such as articles and "and", count for nothing.
    """
    around = {word for reference, slots, _ in commands for word in _without(reference, slots)[1]}
    meaningful = {word for _, slots, _ in commands for slot in slots for word in slot.split()} - around
    return [_is_right(text, slots, meaningful) for _, slots, text in commands]


def _is_right(text: str, slots: Sequence[str], meaningful: set[str]) -> bool:
    found, rest = _without(text, slots)
    return found and not meaningful.intersection(rest)


def _without(text: str, slots: Sequence[str]) -> tuple[bool, list[str]]:
    """Whether all slots stand in the text, and the words that are left without them."""
    rest, found = f" {text} ", True
    for slot in slots:
        found = found and f" {slot} " in rest
        rest = rest.replace(f" {slot} ", "  ", 1)
    return found, rest.split()
