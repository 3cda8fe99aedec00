"""Events: what the listener has to say, as frozen records and as JSON lines.

The fields are a contract (schema version 1, docs/events.md): fields may be added, none renamed or removed.
Times are stream seconds: samples since the stream began / 16 000, never the wall clock.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import ClassVar, Final, Literal, TypeAlias

SCHEMA_VERSION: Final = 1
"""Told to receivers out of reach of `hark --version`; events do not carry it, for within a version nothing is to be
told from it, and each line would be longer for good."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Timed:
    """What all events have: a type and the stream time at which they were decided."""

    type: ClassVar[str]

    at: float
    """Stream seconds at which the event was decided."""

    def to_json(self) -> str:
        """One line of JSON, `type` and `at` first, numbers to four digits after the point."""
        fields = {key: _rounded(value) for key, value in asdict(self).items() if value is not None}
        return json.dumps({"type": self.type, **fields})


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger(_Timed):
    """A trigger word was heard."""

    type: ClassVar[str] = "trigger"

    name: str
    """The word, as the bundle's labels write it."""

    score: float
    """Smoothed posterior at the decision, 0 to 1."""

    began: float
    """Estimated stream seconds at which the word began."""

    ended: float
    """Estimated stream seconds at which the word ended."""

    model: str
    """First 12 hexadecimal digits of the model file's SHA-256."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Veto(_Timed):
    """A trigger word was heard, but in none of the voices that are enrolled for it: there is no trigger."""

    type: ClassVar[str] = "veto"

    name: str
    """The word."""

    score: float
    """As the trigger would have had it."""

    began: float
    """Estimated stream seconds at which the word began."""

    ended: float
    """Estimated stream seconds at which the word ended."""

    voice: str
    """The enrolled voice that comes closest."""

    likeness: float
    """How much the word sounds like that voice, -1 to 1."""

    needed: float
    """The likeness from which that voice lets a trigger pass."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Partial(_Timed):
    """What has been said so far, while somebody still speaks; a later one may correct it."""

    type: ClassVar[str] = "partial"

    text: str


@dataclass(frozen=True, slots=True)
class SpokenWord:
    """A word of a transcript, and when it was said."""

    word: str

    start: float
    """Stream seconds."""

    end: float
    """Stream seconds."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """One thing that may have been said."""

    text: str

    confidence: float
    """Probability that it is right to the letter, 0 to 1, as measured on speakers that training never heard."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript(_Timed):
    """What was said, once it has been said."""

    type: ClassVar[str] = "transcript"

    text: str
    """Empty if nothing was said that the network can spell."""

    confidence: float
    """That of the text, as in `Alternative`."""

    words: tuple[SpokenWord, ...]

    nbest: tuple[Alternative, ...]
    """Most likely first; the first is the text."""

    model: str
    """First 12 hexadecimal digits of the model file's SHA-256."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """A name, a time, a number ... in a text."""

    type: str
    """One of those that the model knows, such as `person` or `time`."""

    text: str
    """As the text has it."""

    start: int
    """Index of its first character in the text."""

    end: int
    """Index after its last character."""

    score: float
    """Probability of the least certain of the words that were told to be it, 0 to 1; others only complete its value."""

    value: str | None
    """In a standard form, such as `07:30`, PT20M or 25; None where there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentiment:
    """The mood of a text."""

    label: Literal["negative", "neutral", "positive"]

    stars: int
    """1 to 5."""

    score: float
    """Probability of the label, 0 to 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning(_Timed):
    """What a transcript, or another text, says."""

    type: ClassVar[str] = "meaning"

    text: str

    entities: tuple[Entity, ...]
    """In the order of the text; they do not overlap."""

    sentiment: Sentiment | None = None
    """None unless it was asked for, and there is a word."""

    translation: str | None = None
    """The text in another language; None unless that was asked for, and there is something to translate."""

    models: Mapping[str, str]
    """By task, such as `entities`: first 12 hexadecimal digits of the model file's SHA-256."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyword(_Timed):
    """A keyword was said that the owner gave as text."""

    type: ClassVar[str] = "keyword"

    name: str

    score: float
    """How well the sound fits the keyword beside all that it may be else, 0 to 1."""

    began: float
    """Stream seconds at which it began."""

    ended: float
    """Stream seconds at which it ended."""


STATUSES: Final = (
    "overflow",
    "device-lost",
    "device-back",
    "muted",
    "unmuted",
    "sensitivity",
    "sensitivity-refused",
    "controls-failed",
    "command-refused",
    "silent",
    "model-stuck",
    "reloaded",
    "reload-failed",
    "recording-failed",
    "metrics-failed",
)
"""What a status may tell, but for the alerts' own affairs, for which no rule can wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Status(_Timed):
    """Something about the listener itself."""

    type: ClassVar[str] = "status"

    what: str
    """One of those of docs/events.md, such as `overflow` or `device-lost`."""

    lost_samples: int | None = None
    """Samples (16 kHz) that never reached the worker, for `overflow`."""

    detail: str | None = None
    """One line for a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Level(_Timed):
    """It has been silent, or loud, for as long as a rule of the owner waits for."""

    type: ClassVar[str] = "level"

    name: Literal["silence", "noise"]

    seconds: float
    """How long it has lasted, as the rule says."""

    dbfs: float
    """The level that it stayed below, or above: dB below full scale, as the rule says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity(_Timed):
    """A body in front of a camera does something; `at` is on the clock of the poses."""

    type: ClassVar[str] = "activity"

    name: str
    """What it does, as the bundle's labels write it."""

    score: float
    """Probability at the decision, 0 to 1."""

    began: float
    """Time of the first pose that the decision rests on."""

    model: str
    """First 12 hexadecimal digits of the model file's SHA-256."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert(_Timed):
    """A rule of the owner came true."""

    type: ClassVar[str] = "alert"

    id: str
    """A UUID, by which a receiver knows an alert that it gets twice."""

    rule: str
    """Name of the rule."""

    priority: str
    """`low`, `normal` or `high`, as the rule says."""

    message: str
    """For a person, filled in from the event."""

    time: str
    """Wall clock when it was raised, ISO 8601 with the offset from UTC."""

    held_back: int
    """Alerts of the same rule before this one that cool-down, rate limit or quiet hours kept back."""

    cause: Mapping[str, object]
    """The event that made the rule true: its `type` and its fields, without lists."""


Event: TypeAlias = Trigger | Veto | Partial | Transcript | Meaning | Keyword | Status | Level | Activity | Alert


def _rounded(value: object) -> object:
    if isinstance(value, dict):
        return {key: _rounded(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_rounded(entry) for entry in value]
    return round(value, 4) if isinstance(value, float) else value
