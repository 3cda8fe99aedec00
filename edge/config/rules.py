"""What a value of the configuration may be: rules that read it or refuse it, and say in words what they allow."""

import re
from dataclasses import dataclass, field
from datetime import time
from ipaddress import IPv4Address, IPv6Address
from typing import TypeAlias, TypeVar
from urllib.parse import urlsplit

from edge.capture.native import MOST_CHANNELS, Channel
from edge.decoder.alphabet import SPACE, decode
from edge.decoder.spelling import spell
from edge.errors import ConfigError


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
        return f"{kind} from {self.low:.15g} to {self.high:.15g}{self.unit and ' ' + self.unit}"

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
class Truth:
    """Yes or no."""

    allowed: str = "true or false"

    def read(self, value: object) -> bool:
        """The truth value; 0 and 1 are none.

        Raises:
            ValueError: it is another type.
        """
        if not isinstance(value, bool):
            raise ValueError
        return value


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
        if not isinstance(value, str) or not value or "\0" in value or (self.choices and value not in self.choices):
            raise ValueError
        return value


@dataclass(frozen=True, slots=True)
class FilePath:
    """A path, or a name that may be one; nobody expands a ~, so that it would be a folder of that name."""

    what: str

    @property
    def allowed(self) -> str:
        """What may be given, in words."""
        return f"{self.what}, written out (no ~)"

    def read(self, value: object) -> str:
        """The path.

        Raises:
            ValueError: it is another type, empty, or begins with ~.
        """
        path = Text("").read(value)
        if path.startswith("~"):
            raise ValueError
        return path


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
class Spoken:
    """A text that can be said."""

    shortest: int = 1
    """Fewest letters."""

    @property
    def allowed(self) -> str:
        """What may be given, in words."""
        letters = f" of {self.shortest} letters or more" if self.shortest > 1 else ""
        return f'words{letters} as they are said: "route two", not "route 2"'

    def read(self, value: object) -> str:
        """The text.

        Raises:
            ValueError: it is another type, has something in it that is no letter, or has too few.
        """
        if not isinstance(value, str):
            raise ValueError
        try:
            letters = spell(value, "")
        except ConfigError as error:
            raise ValueError from error
        if len(letters) - letters.count(SPACE) < self.shortest:
            raise ValueError
        return value


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


@dataclass(frozen=True, slots=True)
class SpokenList:
    """Words or phrases that can be said."""

    allowed: str = 'a list of words or phrases as they are said: ["help", "route two"]'

    def read(self, value: object) -> tuple[str, ...]:
        """The texts, as transcripts write them.

        Raises:
            ValueError: it is no such list, or has something in it that is no letter.
        """
        return tuple(decode(spell(Spoken().read(text), "")) for text in TextList("").read(value))


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression."""

    allowed: str = "a regular expression as Python's re has it"

    def read(self, value: object) -> str:
        """The expression.

        Raises:
            ValueError: it is another type, empty, or cannot be compiled.
        """
        text = Text("").read(value)
        try:
            re.compile(text)
        except (re.error, RecursionError, OverflowError) as error:
            raise ValueError from error
        return text


@dataclass(frozen=True, slots=True)
class DailySpan:
    """A time of the day that begins and ends, over midnight too."""

    allowed: str = 'two different times of the day: "22:00-07:00"'

    def read(self, value: object) -> tuple[time, time]:
        """When it begins, and when it ends.

        Raises:
            ValueError: it is no such text.
        """
        found = re.fullmatch(r"(\d\d):(\d\d)-(\d\d):(\d\d)", Text("").read(value), re.ASCII)
        if found is None:
            raise ValueError
        hour, minute, last_hour, last_minute = map(int, found.groups())
        begin, end = time(hour, minute), time(last_hour, last_minute)
        if begin == end:
            raise ValueError
        return begin, end


@dataclass(frozen=True, slots=True)
class Arguments:
    """A program and its arguments."""

    allowed: str = 'a program and its arguments, each a text of its own: ["notify-send", "{message}"]'

    def read(self, value: object) -> tuple[str, ...]:
        """The arguments, the program first.

        Raises:
            ValueError: it is no such list, or a text has a zero byte in it.
        """
        if not isinstance(value, list) or not value or not all(isinstance(item, str) for item in value):
            raise ValueError
        if not value[0] or any("\0" in item for item in value):
            raise ValueError
        return tuple(value)


@dataclass(frozen=True, slots=True)
class WebAddress:
    """An address of the web that holds no password."""

    allowed: str = "https://HOST/PATH, or http://HOST/PATH in a network of your own, with no user or password in it"

    def read(self, value: object) -> str:
        """The address.

        Raises:
            ValueError: it is another type or no such address.
        """
        text = Text("").read(value)
        parts = urlsplit(text)
        if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc or parts.port == 0:
            raise ValueError
        if not text.isascii() or not text.isprintable() or " " in text:
            raise ValueError
        check_host(parts.hostname)
        return text


@dataclass(frozen=True, slots=True)
class Host:
    """The name or the address of a machine."""

    allowed: str

    def read(self, value: object) -> str:
        """The name.

        Raises:
            ValueError: it is another type, or no name that could be looked up.
        """
        name = Text("").read(value)
        if name.count(":") > 1:
            return str(IPv6Address(name))
        if not re.fullmatch(r"[\w.-]+", name):
            raise ValueError
        return check_host(name)


@dataclass(frozen=True, slots=True)
class SocketAddress:
    """An address of this machine at which something is served."""

    allowed: str = 'an address and a port: "127.0.0.1:9464" or "[::1]:9464"'

    def read(self, value: object) -> tuple[str, int]:
        """The address as a number, and the port.

        Raises:
            ValueError: it is another type or no such address.
        """
        found = re.fullmatch(r"(?:\[(.+)\]|([\d.]+)):(\d{1,5})", Text("").read(value), re.ASCII)
        if found is None:
            raise ValueError
        six, four, port = found.groups()
        address = IPv6Address(six) if six else IPv4Address(four)
        return str(address), int(Number(1, 65535, whole=True).read(int(port)))


Rule: TypeAlias = (
    Number
    | Truth
    | Text
    | FilePath
    | TextList
    | Spoken
    | ChannelRule
    | SpokenList
    | Pattern
    | DailySpan
    | Arguments
    | WebAddress
    | SocketAddress
    | Host
)

T = TypeVar("T")


def setting(default: T, rule: Rule) -> T:
    """A field of a section, with its default and its rule."""
    return field(default=default, metadata={"rule": rule})


def check_host(name: str) -> str:
    """The name of a machine, if it can be looked up at all.

    Raises:
        ValueError: a part of it is empty or too long.
    """
    name.encode("idna")
    return name
