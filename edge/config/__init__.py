"""The configuration: one TOML file, parsed once into frozen dataclasses. docs/hark.toml shows all of it.

    text -- tomllib --> tables -- the rule of each field --> Config

An error names the file, the line where it can be known, the key, the value and what is allowed.
"""

from edge.config.file import ConfigFile, find_line
from edge.config.reading import SYSTEM_FILE, load_config, parse, words_of
from edge.config.sections import Config, InputConfig, KeywordEntry, RuntimeConfig, SpeechConfig, TriggerConfig

__all__ = [
    "SYSTEM_FILE",
    "Config",
    "ConfigFile",
    "InputConfig",
    "KeywordEntry",
    "RuntimeConfig",
    "SpeechConfig",
    "TriggerConfig",
    "find_line",
    "load_config",
    "parse",
    "words_of",
]
