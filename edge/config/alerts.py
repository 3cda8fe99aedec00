"""The sections [[alert]], [outbox] and [sink.NAME]: what is worth an alert, where it waits, and where it goes."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import time
from typing import Final, Literal, TypeAlias

from edge.config.file import ConfigFile, Key, meant, shown_value
from edge.config.record import read_record, read_table
from edge.config.rules import (
    Arguments,
    DailySpan,
    FilePath,
    Host,
    Number,
    Pattern,
    SpokenList,
    Text,
    TextList,
    Truth,
    WebAddress,
    setting,
)
from edge.events import STATUSES, Activity, Alert, Event, Keyword, Level, Meaning, Status, Transcript, Trigger
from edge.template import fields_of, has_loose_brace

ALERT: Final = "alert"
CAUSES: Final = {
    "triggers": Trigger,
    "keywords": Keyword,
    "words": Transcript,
    "pattern": Transcript,
    "entities": Meaning,
    "sentiment_below": Meaning,
    "activity": Activity,
    "status": Status,
    "silence_seconds": Level,
    "noise_seconds": Level,
}
"""The conditions of a rule, and the events that they look at."""

_LISTS: Final = {"words", "nbest", "entities", "sentiment", "models"}
_SECRET_FILE: Final = FilePath("the path of a file")
_LASTING: Final = Number(1.0, 86400.0, "seconds")
_DBFS: Final = Number(-90.0, 0.0, "dBFS")


@dataclass(frozen=True, slots=True)
class Lasting:
    """Silence or noise that lasts."""

    name: Literal["silence", "noise"]

    seconds: float
    """It must last so long."""

    dbfs: float
    """Below this level is silence; above, noise."""

    def holds(self, dbfs: float) -> bool:
        """Whether it is so at a level."""
        return dbfs < self.dbfs if self.name == "silence" else dbfs > self.dbfs


@dataclass(frozen=True, slots=True)
class AlertConfig:
    """A rule: when there is an alert, what it says and where it goes."""

    name: str = field(metadata={"rule": Text("a name")})
    """What alerts and receivers call it."""

    triggers: tuple[str, ...] = setting((), TextList("a list of different trigger words"))
    """True when one of these trigger words is heard."""

    keywords: tuple[str, ...] = setting((), TextList("a list of different names of keywords"))
    """True when one of these keywords is heard."""

    words: tuple[str, ...] = setting((), SpokenList())
    """True when one of these words or phrases is in a transcript."""

    pattern: str | None = setting(None, Pattern())
    """True when this regular expression is found in a transcript."""

    translate: bool = setting(False, Truth())
    """Whether `words` and `pattern` wait for the translation of the transcript, which the message then tells."""

    least_confidence: float = setting(0.0, Number(0.0, 1.0))
    """Transcripts that are less sure than this, and what they mean, are nothing to the rule."""

    entities: tuple[str, ...] = setting((), TextList('a list of different types of entities, as "person" and "time"'))
    """True when an entity of one of these types is in a transcript."""

    sentiment_below: int | None = setting(None, Number(2, 5, "stars", whole=True))
    """True when the mood of a transcript is below so many stars."""

    activity: tuple[str, ...] = setting((), TextList('a list of different activities, as "wave" and "run"'))
    """True when somebody is seen at one of these activities."""

    status: tuple[str, ...] = setting((), TextList('a list of what a status tells, as "device-lost" and "overflow"'))
    """True when the listener tells one of these of itself."""

    silence_seconds: float | None = setting(None, _LASTING)
    """True when it has been silent for so long."""

    silence_dbfs: float = setting(-50.0, _DBFS)
    """Level, over a second, below which it is silent."""

    noise_seconds: float | None = setting(None, _LASTING)
    """True when it has been loud for so long."""

    noise_dbfs: float = setting(-30.0, _DBFS)
    """Level, over a second, above which it is loud."""

    match: Literal["any", "all"] = setting("any", Text('"any" or "all"', ("any", "all")))
    """Whether one of the conditions is enough, or all must come true within `within_seconds`."""

    within_seconds: float = setting(30.0, Number(0.0, 3600.0, "seconds"))
    """For `all`: seconds of stream time from the first to the last of them."""

    cooldown_seconds: float = setting(0.0, Number(0.0, 86400.0, "seconds"))
    """No further alert of this rule for so long."""

    per_hour: int = setting(60, Number(1, 3600, "alerts", whole=True))
    """Most alerts of this rule within any hour."""

    quiet: tuple[time, time] | None = setting(None, DailySpan())
    """Local time of the day in which the rule raises none."""

    priority: Literal["low", "normal", "high"] = setting(
        "normal", Text('"low", "normal" or "high"', ("low", "normal", "high"))
    )
    """Told to the receiver; an outbox that is full drops the lowest first."""

    message: str = setting("{rule}", Text('a text, with fields of the event in braces: "{name} was heard"'))
    """What the alert says."""

    sinks: tuple[str, ...] | None = setting(None, TextList("a list of names of [sink.NAME]"))
    """Where it goes; None: to every sink."""

    @property
    def fields(self) -> tuple[str, ...]:
        """What the message may name."""
        kinds = [self.looks_at(kind) for condition, kind in CAUSES.items() if getattr(self, condition)]
        named = [item.name for kind in kinds for item in fields(kind) if item.name not in _LISTS]
        return tuple(dict.fromkeys(["rule", "time", *named]))

    def looks_at(self, kind: type[Event]) -> type[Event]:
        """The event of a condition: the translation of a transcript comes with its meaning."""
        return Meaning if kind is Transcript and self.translate else kind

    @property
    def template(self) -> str:
        """What the alert says, its fields in braces; a translation that is asked for is not left out."""
        named = not self.translate or "translation" in fields_of(self.message)
        return self.message if named else f"{self.message}: {{translation}}"

    @property
    def lasting(self) -> tuple[Lasting, ...]:
        """What must last for the rule to be true."""
        silence = (Lasting("silence", self.silence_seconds, self.silence_dbfs),) if self.silence_seconds else ()
        noise = (Lasting("noise", self.noise_seconds, self.noise_dbfs),) if self.noise_seconds else ()
        return (*silence, *noise)


@dataclass(frozen=True, slots=True)
class OutboxConfig:
    """Where alerts wait until they are delivered."""

    path: str = setting("/var/lib/hark/outbox.db", FilePath("the path of a file"))
    """An SQLite file; it is made, readable by its owner alone, when there is a sink."""

    rows: int = setting(1000, Number(1, 100_000, "alerts", whole=True))
    """Alerts that may wait for each sink."""

    days: float = setting(7.0, Number(0.01, 365.0, "days"))
    """Older ones are dropped."""

    retry_seconds: float = setting(1.0, Number(0.01, 3600.0, "seconds"))
    """Wait after a first failure; it doubles with each further one."""

    longest_retry_seconds: float = setting(300.0, Number(0.01, 86400.0, "seconds"))
    """It does so up to here."""


@dataclass(frozen=True, slots=True)
class StdoutConfig:
    """Alerts as lines of JSON on standard output."""


@dataclass(frozen=True, slots=True)
class CommandConfig:
    """A program that is run for each alert."""

    argv: tuple[str, ...] = field(metadata={"rule": Arguments()})
    """The program and its arguments, with fields of the alert in braces."""

    limit_seconds: float = setting(30.0, Number(0.1, 3600.0, "seconds"))
    """It is killed after this time, with all that it has started."""


@dataclass(frozen=True, slots=True)
class WebhookConfig:
    """A receiver that is told over HTTP."""

    url: str = field(metadata={"rule": WebAddress()})

    secret_file: str | None = setting(None, _SECRET_FILE)
    """Holds the key that signs each request; None: they are not signed."""

    ca_file: str | None = setting(None, _SECRET_FILE)
    """Certificates to trust; None: those of the system."""

    limit_seconds: float = setting(10.0, Number(0.1, 300.0, "seconds"))
    """Longest wait to be connected, and then for the answer."""


@dataclass(frozen=True, slots=True)
class MqttConfig:
    """An MQTT broker."""

    host: str = field(metadata={"rule": Host("the name or address of the broker")})

    port: int | None = setting(None, Number(1, 65535, whole=True))
    """None: 8883 with TLS, 1883 without."""

    tls: bool = setting(True, Truth())
    """Whether the connection is encrypted and the broker's certificate is checked."""

    ca_file: str | None = setting(None, _SECRET_FILE)
    """Certificates to trust; None: those of the system."""

    credentials_file: str | None = setting(None, _SECRET_FILE)
    """Its first line is the user, its second one the password."""

    version: Literal["5", "3.1.1"] = setting("5", Text('"5" or "3.1.1"', ("5", "3.1.1")))
    """Of the protocol."""

    topic: str | None = setting(None, Text("a topic with no + or # in it"))
    """Where all topics begin, another one for each device; None: hark/ and the name of the host."""

    home_assistant: bool = setting(False, Truth())
    """Whether trigger words and transcripts are published too, and Home Assistant may mute and tune the listener."""

    limit_seconds: float = setting(10.0, Number(0.1, 300.0, "seconds"))
    """Longest wait for the broker to acknowledge an alert."""


@dataclass(frozen=True, slots=True)
class GpioConfig:
    """A line of a GPIO chip."""

    line: int = field(metadata={"rule": Number(0, 1023, whole=True)})
    """By its number on the chip, which on a Raspberry Pi is that of the GPIO."""

    chip: str = setting("/dev/gpiochip0", FilePath("the path of a GPIO chip"))

    seconds: float = setting(0.5, Number(0.001, 60.0, "seconds"))
    """How long a pulse is."""

    active_low: bool = setting(False, Truth())
    """Whether the line is high at rest, and low while there is a pulse."""


@dataclass(frozen=True, slots=True)
class ChimeConfig:
    """A short sound."""

    file: str | None = setting(None, FilePath("the path of a sound file"))
    """What is played of it, up to half a minute; None: two notes, which tell the priority."""

    own: bool = setting(False, Truth())
    """Whether each rule has a chime of its own, which a network makes up from the rule's name."""

    seed: int = setting(0, Number(0, 1_000_000, whole=True))
    """Of the rules' own chimes; another one gives others."""

    volume: float = setting(0.5, Number(0.01, 1.0))
    """Of full scale."""

    device: str | None = setting(None, Text("the name of a sound output, or a part of it"))
    """None: the default one."""


SinkConfig: TypeAlias = StdoutConfig | CommandConfig | WebhookConfig | MqttConfig | GpioConfig | ChimeConfig

SINKS: Final[dict[str, type[SinkConfig]]] = {
    "stdout": StdoutConfig,
    "command": CommandConfig,
    "webhook": WebhookConfig,
    "mqtt": MqttConfig,
    "gpio": GpioConfig,
    "chime": ChimeConfig,
}
"""By what `type` calls them."""

ALERT_FIELDS: Final = tuple(item.name for item in fields(Alert) if item.name != "cause")
"""What an argument of a command may name."""


def read_sinks(tables: object, file: ConfigFile) -> dict[str, SinkConfig]:
    """The sections [sink.NAME].

    Raises:
        ConfigError: a key or value cannot be.
    """
    return {name: _sink(table, file, ("sink", name)) for name, table in read_table(tables, file, ("sink",)).items()}


def read_alerts(tables: object, sinks: Mapping[str, SinkConfig], file: ConfigFile) -> tuple[AlertConfig, ...]:
    """The sections [[alert]]; `sinks` are those that they may name.

    Raises:
        ConfigError: a key or value cannot be, or a rule names what there is not.
    """
    if not isinstance(tables, list):
        raise file.error((ALERT,), f"= {shown_value(tables)} is no list; write [[{ALERT}]] above each rule")
    rules: dict[str, AlertConfig] = {}
    for number, table in enumerate(tables, start=1):
        rule = _alert(table, sinks, file, (ALERT, number))
        if rule.name in rules:
            raise file.error((ALERT, number, "name"), f"= {shown_value(rule.name)} is there twice; give another")
        rules[rule.name] = rule
    return tuple(rules.values())


def _sink(value: object, file: ConfigFile, key: Key) -> SinkConfig:
    table = read_table(value, file, key)
    kind = table.get("type")
    if not isinstance(kind, str) or kind not in SINKS:
        problem = f"= {shown_value(kind)} cannot be" if "type" in table else "is missing"
        raise file.error((*key, "type"), f"{problem}; give {', '.join(map(shown_value, SINKS))}")
    sink = read_record(SINKS[kind], {name: entry for name, entry in table.items() if name != "type"}, file, key)
    if isinstance(sink, CommandConfig):
        for text in sink.argv:
            _check_fields(text, ALERT_FIELDS, file, (*key, "argv"))
    if isinstance(sink, ChimeConfig) and sink.own and sink.file:
        raise file.error((*key, "own"), "= true cannot be beside file; give one of them")
    if isinstance(sink, MqttConfig) and sink.topic and not re.fullmatch(r"(?!\$|/)[^+#\0]*(?<!/)", sink.topic):
        problem = f"= {shown_value(sink.topic)} cannot be"
        raise file.error((*key, "topic"), f"{problem}; give a topic with no + or # in it, and no $ or / at its ends")
    return sink


def _alert(value: object, sinks: Mapping[str, SinkConfig], file: ConfigFile, key: Key) -> AlertConfig:
    rule = read_record(AlertConfig, value, file, key)
    if not any(getattr(rule, condition) for condition in CAUSES):
        raise file.error(key, f"waits for nothing; give {', '.join(CAUSES)}")
    _check_fields(rule.message, rule.fields, file, (*key, "message"))
    if has_loose_brace(rule.message):
        raise file.error((*key, "message"), "has a brace without its other one; write a field as {name}")
    for what in rule.status:
        if what not in STATUSES:
            raise file.error((*key, "status"), f"has {what!r}, which no rule can wait for{meant(what, STATUSES)}")
    for sink in rule.sinks or ():
        if sink not in sinks:
            problem = meant(sink, tuple(sinks)) if sinks else "; write a section [sink.NAME]"
            raise file.error((*key, "sinks"), f"has {sink!r}, which is no sink{problem}")
    return rule


def _check_fields(template: str, known: Iterable[str], file: ConfigFile, key: Key) -> None:
    for name in fields_of(template):
        if name not in tuple(known):
            raise file.error(key, f"has {{{name}}}, which is no field here{meant(name, tuple(known))}")
