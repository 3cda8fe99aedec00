"""The configuration: one TOML file, parsed once into frozen dataclasses. docs/hark.toml shows all of it.

    text -- tomllib --> tables -- the rule of each field --> Config

An error names the file, the line where it can be known, the key, the value and what is allowed.
"""

import difflib
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, NoReturn, TypeAlias, TypeVar

from edge.capture.native import MOST_CHANNELS, RATES, Channel
from edge.errors import ConfigError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

SYSTEM_FILE = Path("/etc/hark/hark.toml")
"""Read if it is there and no other one is named."""

Key: TypeAlias = tuple[str, ...]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Number:
    """A number within limits, both included."""

    low: float
    high: float
    unit: str = ""
    whole: bool = False

    @property
    def allowed(self) -> str:
        """What may be given, in words."""
        kind = "a whole number" if self.whole else "a number"
        return f"{kind} from {self.low:g} to {self.high:g}{self.unit and ' ' + self.unit}"

    def read(self, value: object) -> float:
        """The number; `true` is none.

        Raises:
            ValueError: it is another type, or out of range.
        """
        kinds = (int,) if self.whole else (int, float)
        if isinstance(value, bool) or not isinstance(value, kinds) or not self.low <= value <= self.high:
            raise ValueError
        return value if self.whole else float(value)


@dataclass(frozen=True, slots=True)
class Text:
    """A text that is not empty; one of the choices, if there are any."""

    allowed: str
    choices: tuple[str, ...] = ()

    def read(self, value: object) -> str:
        """The text.

        Raises:
            ValueError: it is another type, empty, or none of the choices.
        """
        if not isinstance(value, str) or not value or (self.choices and value not in self.choices):
            raise ValueError
        return value


@dataclass(frozen=True, slots=True)
class TextList:
    """A list of different texts, not empty."""

    allowed: str

    def read(self, value: object) -> tuple[str, ...]:
        """The texts.

        Raises:
            ValueError: it is no such list.
        """
        if not isinstance(value, list) or not value or not all(isinstance(item, str) and item for item in value):
            raise ValueError
        if len(set(value)) < len(value):
            raise ValueError
        return tuple(value)


@dataclass(frozen=True, slots=True)
class ChannelRule:
    """One channel, or all of them."""

    allowed: str = f'a channel from 0 to {MOST_CHANNELS - 1}, or "mix"'

    def read(self, value: object) -> Channel:
        """The channel.

        Raises:
            ValueError: it is none.
        """
        return "mix" if value == "mix" else int(Number(0, MOST_CHANNELS - 1, whole=True).read(value))


Rule: TypeAlias = Number | Text | TextList | ChannelRule


def _setting(default: T, rule: Rule) -> T:
    return field(default=default, metadata={"rule": rule})


@dataclass(frozen=True, slots=True)
class InputConfig:
    """Where the sound comes from."""

    source: str = _setting("mic", Text('"mic", "mic:NAME", "mic:NUMBER", "-", "exec:COMMAND" or a sound file'))
    """What to listen to, as `hark listen --input` takes it."""

    rate: int | None = _setting(None, Number(RATES[0], RATES[-1], "Hz", whole=True))
    """Hz of raw samples, or at which a microphone is opened; None leaves it to the source."""

    channels: int = _setting(1, Number(1, MOST_CHANNELS, whole=True))
    """Channels of raw samples, or with which a microphone is opened."""

    channel: int | Literal["mix"] = _setting("mix", ChannelRule())
    """The channel to listen to, from 0, or "mix" for the mean of all."""

    block_seconds: float = _setting(0.08, Number(0.01, 1.0, "seconds"))
    """Seconds of sound that are worked on at once: longer is cheaper, and later."""


@dataclass(frozen=True, slots=True)
class TriggerConfig:
    """Which words to listen for, and how readily."""

    model: str = _setting("trigger-en", Text("the name of a shipped model (see hark models), or a folder"))
    """The trigger network."""

    words: tuple[str, ...] | None = _setting(None, TextList("a list of different words of the model"))
    """Words to listen for; None: all that the model knows."""

    false_accepts_per_hour: float = _setting(0.5, Number(0.0, 3600.0, "false accepts an hour"))
    """Budget of false accepts for each word; the model's measured curve turns it into a threshold."""

    thresholds: Mapping[str, float] = field(default_factory=dict, metadata={"each": Number(0.01, 0.999)})
    """Thresholds of single words, instead of the budget."""


@dataclass(frozen=True, slots=True)
class RuntimeConfig:
    """What runs the network."""

    name: Literal["auto", "ai-edge-litert", "tflite-runtime"] = _setting(
        "auto", Text('"auto", "ai-edge-litert" or "tflite-runtime"', ("auto", "ai-edge-litert", "tflite-runtime"))
    )
    """The TFLite runtime; "auto" takes the first that is installed, in this order."""

    delegate: Literal["none", "edgetpu"] = _setting("none", Text('"none" or "edgetpu"', ("none", "edgetpu")))
    """An Edge TPU runs the network if it is there; otherwise the CPU does, with a warning."""


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """A text and where it came from, for errors that name the line."""

    path: Path
    text: str

    def error(self, key: Key, problem: str) -> ConfigError:
        """The error of a key."""
        # A key inside { } has no line of its own, but that of the key it belongs to.
        line = find_line(self.text, key) or find_line(self.text, key[:2])
        return ConfigError(f"{self.path}{f', line {line}' if line else ''}: {'.'.join(map(_quoted, key))} {problem}")


@dataclass(frozen=True, slots=True)
class Config:
    """Everything that the owner of a device may set."""

    input: InputConfig = InputConfig()
    trigger: TriggerConfig = TriggerConfig()
    runtime: RuntimeConfig = RuntimeConfig()
    file: ConfigFile | None = None
    """What it was read from, if it was."""


SECTIONS = ("input", "trigger", "runtime")


def load_config(path: Path | None = None, system: Path = SYSTEM_FILE) -> Config:
    """Read the named file, else the system's if there is one, else take the defaults.

    Raises:
        ConfigError: it cannot be read, is not TOML, or a key or value in it cannot be.
    """
    if path is None and not system.is_file():
        return Config()
    path = path or system
    try:
        return parse(path.read_text(encoding="utf-8"), path)
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}; name the configuration with --config FILE") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8 text at byte {error.start}; save it as UTF-8") from error


def parse(text: str, path: Path) -> Config:
    """The configuration in a text; `path` names it in errors.

    Raises:
        ConfigError: it is not TOML, or a key or value in it cannot be.
    """
    file = ConfigFile(path, text)
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(_syntax_error(path, str(error))) from error
    for name in tables:
        if name not in SECTIONS:
            _unknown(file, (name,), SECTIONS)
    return Config(
        _section(InputConfig, tables, file, "input"),
        _section(TriggerConfig, tables, file, "trigger"),
        _section(RuntimeConfig, tables, file, "runtime"),
        file,
    )


def words_of(config: Config, labels: tuple[str, ...]) -> tuple[str, ...]:
    """The words to listen for, of those that a model knows, in its order.

    Raises:
        ConfigError: the configuration names a word that the model lacks.
    """
    trigger, file = config.trigger, config.file or ConfigFile(Path("defaults"), "")
    for word in trigger.words or ():
        if word not in labels:
            raise file.error(
                ("trigger", "words"), f"has {word!r}, which {trigger.model} does not know{_of(word, labels)}"
            )
    for word in trigger.thresholds:
        if word not in labels:
            raise file.error(("trigger", "thresholds", word), f"is no word of {trigger.model}{_of(word, labels)}")
    return labels if trigger.words is None else tuple(label for label in labels if label in trigger.words)


def find_line(text: str, key: Key) -> int | None:
    """The line, from 1, on which a key is written in a TOML text; None where a plain scan cannot tell."""
    section: Key = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := re.match(r"\s*\[([^\[\]]+)\]", line):
            section = _dotted(header[1])
            found = section
        elif assignment := re.match(r"\s*((?:\"[^\"]*\"|'[^']*'|[\w.\- ])+?)\s*=", line):
            found = (*section, *_dotted(assignment[1]))
        else:
            continue
        if found == key:
            return number
    return None


def _section(kind: type[T], tables: Mapping[str, object], file: ConfigFile, section: str) -> T:
    known: dict[str, Field[Any]] = {item.name: item for item in fields(kind)}  # type: ignore[arg-type]
    table = _table(tables.get(section, {}), file, (section,))
    for name in table:
        if name not in known:
            _unknown(file, (section, name), known)
    return kind(**{name: _value(known[name], value, file, (section, name)) for name, value in table.items()})


def _value(item: Field[Any], value: object, file: ConfigFile, key: Key) -> object:
    if "each" not in item.metadata:
        return _checked(item.metadata["rule"], value, file, key)
    entries = _table(value, file, key).items()
    return {name: _checked(item.metadata["each"], entry, file, (*key, name)) for name, entry in entries}


def _table(value: object, file: ConfigFile, key: Key) -> dict[str, object]:
    if not isinstance(value, dict):
        raise file.error(key, f"= {_shown(value)} is no section; write [{'.'.join(key)}] on a line of its own")
    return value


def _checked(rule: Rule, value: object, file: ConfigFile, key: Key) -> object:
    try:
        return rule.read(value)
    except ValueError:
        raise file.error(key, f"= {_shown(value)} cannot be; give {rule.allowed}") from None


def _unknown(file: ConfigFile, key: Key, known: Iterable[str]) -> NoReturn:
    raise file.error(key, f"is unknown{_of(key[-1], tuple(known))}")


def _of(word: str, known: tuple[str, ...]) -> str:
    """What was meant, if it can be guessed, and what there is."""
    close = difflib.get_close_matches(word, known, n=1)
    guess = f"; did you mean {close[0]!r}?" if close else ""
    return f"{guess} (there {'is' if len(known) == 1 else 'are'} {', '.join(known)})"


def _shown(value: object) -> str:
    """A value as TOML writes it, or nearly so."""
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)


def _quoted(part: str) -> str:
    return part if re.fullmatch(r"[\w-]+", part) else f'"{part}"'


def _dotted(text: str) -> Key:
    return tuple(part.strip(" \"'") for part in re.findall(r"\"[^\"]*\"|'[^']*'|[^.]+", text))


def _syntax_error(path: Path, message: str) -> str:
    """The parser's message, with the line where all our errors have it."""
    problem, _, place = message.removesuffix(")").partition(" (at ")
    line, _, column = place.partition(", ")
    where = f", {line}" if line.startswith("line") else ""
    return f"{path}{where}: not TOML: {problem}{column and f' at {column}'}; docs/hark.toml shows how it is written"
