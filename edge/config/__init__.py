"""The configuration: one TOML file, parsed once into frozen dataclasses. docs/hark.toml shows all of it.

    text -- tomllib --> tables -- the rule of each field --> Config

An error names the file, the line where it can be known, the key, the value and what is allowed.
"""

from edge.config.alerts import (
    AlertConfig,
    ChimeConfig,
    CommandConfig,
    GpioConfig,
    Lasting,
    MqttConfig,
    OutboxConfig,
    SinkConfig,
    StdoutConfig,
    WebhookConfig,
)
from edge.config.checking import check_activities, check_alerts
from edge.config.file import ConfigFile, find_line, told_by_line
from edge.config.reading import SYSTEM_FILE, load_config, parse, words_of
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

__all__ = [
    "SYSTEM_FILE",
    "AlertConfig",
    "ChimeConfig",
    "CommandConfig",
    "Config",
    "ConfigFile",
    "GpioConfig",
    "InputConfig",
    "KeywordEntry",
    "Lasting",
    "MetricsConfig",
    "MqttConfig",
    "OutboxConfig",
    "RecordingConfig",
    "RuntimeConfig",
    "SinkConfig",
    "SpeechConfig",
    "StdoutConfig",
    "TriggerConfig",
    "UnderstandingConfig",
    "WebhookConfig",
    "check_activities",
    "check_alerts",
    "find_line",
    "load_config",
    "parse",
    "told_by_line",
    "words_of",
]
