"""Rules: which events are worth an alert. Pure: events and the wall clock in, alerts out.

    event -> conditions -> any | all -> quiet hours, cool-down, rate limit -> Alert

Cool-down and rate are counted in stream time, so a wall clock that jumps neither opens nor shuts them.
"""

import re
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import fields
from datetime import datetime
from functools import partial
from typing import TypeAlias
from uuid import uuid4

from edge.config import AlertConfig, Lasting
from edge.events import Activity, Alert, Event, Keyword, Level, Meaning, Status, Transcript, Trigger
from edge.template import fill

Condition: TypeAlias = Callable[[Event], bool]

_HOUR = 3600.0
_STEP_BACK = 1.0
"""Seconds: events of one stream may be that much out of order, as what is cut off is heard out into the silence."""


class Rules:
    """All rules of an owner, and what each of them remembers.

    Args:
        configs: the rules.
        new_id: gives each alert its UUID.
    """

    def __init__(self, configs: Iterable[AlertConfig], new_id: Callable[[], str] = lambda: str(uuid4())) -> None:
        self.rules = [_Rule(config, new_id) for config in configs]

    def succeed(self, other: "Rules") -> None:
        """Go on from where those of an earlier configuration are: a rule that is the same keeps what it remembers."""
        self.rules = [next((old for old in other.rules if old.config == new.config), new) for new in self.rules]

    def feed(self, event: Event, now: datetime) -> list[Alert]:
        """The alerts that an event raises; `now` is the local time of the wall clock, with its offset from UTC."""
        return [alert for rule in self.rules if (alert := rule.feed(event, now))]


class _Rule:
    def __init__(self, config: AlertConfig, new_id: Callable[[], str]) -> None:
        self.config, self._new_id = config, new_id
        self._conditions = _conditions(config)
        self._met: dict[int, Event] = {}
        self._doubted = False
        self._raised: deque[float] = deque(maxlen=config.per_hour)
        self._held_back = 0

    def feed(self, event: Event, now: datetime) -> Alert | None:
        causes = [] if self._doubts(event) else self._causes(event)
        if not causes:
            return None
        if self._is_quiet(now) or self._is_too_soon(event.at):
            self._held_back += 1
            return None
        self._raised.append(event.at)
        held_back, self._held_back = self._held_back, 0
        return self._alert(causes, now, held_back)

    def _doubts(self, event: Event) -> bool:
        """Whether it is a transcript that is not sure enough, or the meaning of one, which follows it."""
        if isinstance(event, Transcript):
            self._doubted = event.confidence < self.config.least_confidence
        return self._doubted and isinstance(event, (Transcript, Meaning))

    def _causes(self, event: Event) -> list[Event]:
        """The events that make the rule true now, oldest first; none if it is not."""
        met = [index for index, is_met in enumerate(self._conditions) if is_met(event)]
        if self.config.match == "any" or not met:
            return [event] if met else []
        since = event.at - self.config.within_seconds
        recent = {index: cause for index, cause in self._met.items() if since <= cause.at <= event.at + _STEP_BACK}
        self._met = recent | dict.fromkeys(met, event)
        if len(self._met) < len(self._conditions):
            return []
        causes, self._met = sorted(self._met.values(), key=lambda cause: cause.at), {}
        return causes

    def _is_quiet(self, now: datetime) -> bool:
        if self.config.quiet is None:
            return False
        (begin, end), clock = self.config.quiet, now.time()
        return begin <= clock < end if begin < end else clock >= begin or clock < end

    def _is_too_soon(self, at: float) -> bool:
        """A stream that began anew is at an earlier time than what was raised before; that then counts no more."""
        raised = self._raised
        cooling = bool(raised) and _is_within(self.config.cooldown_seconds, at - raised[-1])
        return cooling or (len(raised) == raised.maxlen and _is_within(_HOUR, at - raised[0]))

    def _alert(self, causes: list[Event], now: datetime, held_back: int) -> Alert:
        config, clock = self.config, now.isoformat(timespec="seconds")
        values: dict[str, object] = {}
        for cause in causes:
            values |= _told(cause)
        # What is not translated, as a trigger, does not end in a colon.
        template = config.template if values.get("translation") else config.message
        return Alert(
            at=causes[-1].at,
            id=self._new_id(),
            rule=config.name,
            priority=config.priority,
            message=fill(template, values | {"rule": config.name, "time": clock}),
            time=clock,
            held_back=held_back,
            cause=_told(causes[-1]),
        )


def _is_within(seconds: float, since: float) -> bool:
    return since >= -_STEP_BACK and max(0.0, since) < seconds


def _told(event: Event) -> dict[str, object]:
    """An event by its fields; those that are lists are left out, as are those that do not apply."""
    values = {item.name: getattr(event, item.name) for item in fields(event)}
    single = {name: value for name, value in values.items() if value is not None and not isinstance(value, tuple)}
    return {"type": event.type, **single}


def _conditions(config: AlertConfig) -> list[Condition]:
    named = ((Trigger, config.triggers), (Keyword, config.keywords), (Activity, config.activity))
    conditions: list[Condition] = [partial(_is_named, kind, names) for kind, names in named if names]
    said = Meaning if config.translate else Transcript
    if config.words:
        conditions.append(lambda event: isinstance(event, said) and _says(event.text, config.words))
    if config.pattern:
        pattern = re.compile(config.pattern, re.IGNORECASE)
        conditions.append(lambda event: isinstance(event, said) and bool(pattern.search(event.text)))
    if config.entities:
        conditions.append(lambda event: isinstance(event, Meaning) and _holds(event, config.entities))
    if config.sentiment_below:
        conditions.append(partial(_is_below, config.sentiment_below))
    if config.status:
        conditions.append(lambda event: isinstance(event, Status) and event.what in config.status)
    return conditions + [partial(_lasts, lasting) for lasting in config.lasting]


def _is_named(kind: type[Trigger | Keyword | Activity], names: Iterable[str], event: Event) -> bool:
    return isinstance(event, kind) and event.name in names


def _lasts(lasting: Lasting, event: Event) -> bool:
    return isinstance(event, Level) and lasting == Lasting(event.name, event.seconds, event.dbfs)


def _holds(meaning: Meaning, kinds: Iterable[str]) -> bool:
    return any(one.type in kinds for one in meaning.entities)


def _is_below(stars: int, event: Event) -> bool:
    return isinstance(event, Meaning) and event.sentiment is not None and event.sentiment.stars < stars


def _says(text: str, phrases: Iterable[str]) -> bool:
    """Whether whole words are there: "art" is not in "start"."""
    return any(f" {phrase} " in f" {text} " for phrase in phrases)
