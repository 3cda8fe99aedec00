"""The configuration: one TOML file, parsed once into frozen dataclasses. docs/hark.toml shows all of it.

    text -- tomllib --> tables -- the rule of each field --> Config

An error names the file, the line where it can be known, the key, the value and what is allowed.
"""

from edge.config.alerts import (
    AlertConfig,
    CommandConfig,
    MqttConfig,
    OutboxConfig,
    SinkConfig,
    StdoutConfig,
    WebhookConfig,
    check_alerts,
)
from edge.config.file import ConfigFile, find_line
from edge.config.reading import SYSTEM_FILE, load_config, parse, words_of
from edge.config.sections import Config, InputConfig, KeywordEntry, RuntimeConfig, SpeechConfig, TriggerConfig

__all__ = [
    "SYSTEM_FILE",
    "AlertConfig",
    "CommandConfig",
    "Config",
    "ConfigFile",
    "InputConfig",
    "KeywordEntry",
    "MqttConfig",
    "OutboxConfig",
    "RuntimeConfig",
    "SinkConfig",
    "SpeechConfig",
    "StdoutConfig",
    "TriggerConfig",
    "WebhookConfig",
    "check_alerts",
    "find_line",
    "load_config",
    "parse",
    "words_of",
]
