"""What was said, kept out of what `hark listen` prints if the owner wishes so; rules and sinks have had it before."""

from collections.abc import Sequence
from dataclasses import fields, replace

from edge.config import AlertConfig, Config
from edge.events import Alert, Event
from edge.template import fields_of

TEXTS = ("text", "translation")
"""Fields that quote what was said."""


def printable(events: Sequence[Event], config: Config) -> Sequence[Event]:
    """The events as they may be printed."""
    return events if config.speech.log_text else [_untold(event, config.alerts) for event in events]


def _untold(event: Event, rules: Sequence[AlertConfig]) -> Event:
    if isinstance(event, Alert):
        quotes = any(rule.name == event.rule and set(TEXTS) & set(fields_of(rule.template)) for rule in rules)
        cause = {name: value for name, value in event.cause.items() if name not in TEXTS}
        return replace(event, cause=cause, message="" if quotes else event.message)
    values = {item.name: getattr(event, item.name) for item in fields(event)}
    if not set(TEXTS) & values.keys():
        return event
    # Lists quote the text too: word by word, or what else it may have been.
    return replace(
        event, **{name: type(old)() for name, old in values.items() if name in TEXTS or isinstance(old, tuple)}
    )
