"""From a TOML text to the configuration."""

from ipaddress import ip_address
from pathlib import Path
from typing import Final

from edge import toml
from edge.config.alerts import ALERT, OutboxConfig, read_alerts, read_sinks
from edge.config.file import BYTE_ORDER_MARK, ConfigFile, meant, shown_value
from edge.config.record import read_record
from edge.config.sections import (
    Config,
    InputConfig,
    KeywordEntry,
    MetricsConfig,
    RecordingConfig,
    RuntimeConfig,
    SpeechConfig,
    TriggerConfig,
    UnderstandingConfig,
)
from edge.decoder.alphabet import encode
from edge.errors import ConfigError

SYSTEM_FILE = Path("/etc/hark/hark.toml")
"""Read if it is there and no other one is named."""

KEYWORD: Final = "keyword"
SECTIONS: Final = (
    "input",
    "trigger",
    "speech",
    KEYWORD,
    "runtime",
    ALERT,
    "outbox",
    "sink",
    "metrics",
    "recording",
    "understanding",
)

WITHIN: Final = (
    ("speech", "nothing_seconds", "longest_seconds"),
    ("speech", "silence_seconds", "longest_seconds"),
    ("outbox", "retry_seconds", "longest_retry_seconds"),
)
"""Section, a value of it, and another that it must not exceed."""


def load_config(path: Path | None = None, system: Path = SYSTEM_FILE) -> Config:
    """Read the named file, else the system's if there is one, else take the defaults.

    Raises:
        ConfigError: it cannot be read, is not TOML, or a key or value in it cannot be.
    """
    named = path or system
    try:
        if path is None and not system.is_file():
            return Config()
        return parse(named.read_bytes().decode("utf-8"), named)
    except OSError as error:
        mend = "let hark read it" if isinstance(error, PermissionError) else "name the configuration with --config FILE"
        raise ConfigError(f"{named}: {error.strerror}; {mend}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{named}: not UTF-8 text at byte {error.start}; save it as UTF-8") from error


def parse(text: str, path: Path) -> Config:
    """The configuration in a text; `path` names it in errors.

    Raises:
        ConfigError: it is not TOML, or a key or value in it cannot be.
    """
    file = ConfigFile(path, text)
    try:
        tables = toml.loads(text.removeprefix(BYTE_ORDER_MARK))
    except ValueError as error:  # TOMLDecodeError is one, and so is a number of thousands of digits.
        raise file.syntax_error(str(error)) from error
    except RecursionError as error:
        raise file.syntax_error("nested too deeply") from error
    for name in tables:
        if name not in SECTIONS:
            raise file.unknown((name,), SECTIONS)
    sinks = read_sinks(tables.get("sink", {}), file)
    config = Config(
        read_record(InputConfig, tables.get("input", {}), file, ("input",)),
        read_record(TriggerConfig, tables.get("trigger", {}), file, ("trigger",)),
        read_record(SpeechConfig, tables.get("speech", {}), file, ("speech",)),
        _keywords(tables.get(KEYWORD, []), file),
        read_record(RuntimeConfig, tables.get("runtime", {}), file, ("runtime",)),
        read_alerts(tables.get(ALERT, []), sinks, file),
        read_record(OutboxConfig, tables.get("outbox", {}), file, ("outbox",)),
        sinks,
        _metrics(tables.get("metrics", {}), file),
        read_record(RecordingConfig, tables.get("recording", {}), file, ("recording",)),
        read_record(UnderstandingConfig, tables.get("understanding", {}), file, ("understanding",)),
        file,
    )
    for section, name, limit in WITHIN:
        value, most = (getattr(getattr(config, section), key) for key in (name, limit))
        # A limit alone, below the usual value of what it limits, is meant as one.
        if name in tables.get(section, {}) and value > most:
            raise file.error(
                (section, name), f"= {value:g} is more than {limit}, which is {most:g}; change one of them"
            )
    return config


def words_of(config: Config, labels: tuple[str, ...]) -> tuple[str, ...]:
    """The words to listen for, of those that a model knows, in its order.

    Raises:
        ConfigError: the configuration names a word that the model lacks.
    """
    trigger, file = config.trigger, config.file or ConfigFile(Path("defaults"), "")
    for word in trigger.words or ():
        if word not in labels:
            raise file.error(
                ("trigger", "words"), f"has {word!r}, which {trigger.model} does not know{meant(word, labels)}"
            )
    for word in trigger.thresholds:
        if word not in labels:
            raise file.error(("trigger", "thresholds", word), f"is no word of {trigger.model}{meant(word, labels)}")
    return labels if trigger.words is None else tuple(label for label in labels if label in trigger.words)


def _metrics(table: object, file: ConfigFile) -> MetricsConfig:
    metrics = read_record(MetricsConfig, table, file, ("metrics",))
    host, _ = metrics.listen
    if not metrics.public and not ip_address(host).is_loopback:
        problem = f"has {host}, which other machines reach; give 127.0.0.1, or set public = true if that is meant"
        raise file.error(("metrics", "listen"), problem)
    return metrics


def _keywords(tables: object, file: ConfigFile) -> tuple[KeywordEntry, ...]:
    if not isinstance(tables, list):
        raise file.error((KEYWORD,), f"= {shown_value(tables)} is no list; write [[{KEYWORD}]] above each keyword")
    entries: dict[tuple[int, ...], KeywordEntry] = {}
    for number, table in enumerate(tables, start=1):
        entry = read_record(KeywordEntry, table, file, (KEYWORD, number))
        letters = tuple(encode(entry.text))
        if letters in entries:
            raise file.error((KEYWORD, number, "text"), f"= {shown_value(entry.text)} is there twice; remove one")
        entries[letters] = entry
    return tuple(entries.values())
