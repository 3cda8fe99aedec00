"""Texts with fields in braces, such as "{name} was heard": a field is looked up by name; nothing is computed."""

import re
from collections.abc import Mapping
from typing import Final

_FIELD: Final = re.compile(r"\{([^{}]*)\}")


def fields_of(template: str) -> list[str]:
    """What stands in braces, in the order of the text."""
    return _FIELD.findall(template)


def has_loose_brace(template: str) -> bool:
    """Whether there is a brace that neither begins nor ends a field."""
    return bool(set("{}") & set(_FIELD.sub("", template)))


def fill(template: str, values: Mapping[str, object]) -> str:
    """The text with the values in place; a field without one is empty, and braces in a value are only braces."""
    return _FIELD.sub(lambda found: _shown(values.get(found[1])), template)


def _shown(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.2f}" if isinstance(value, float) else str(value)
