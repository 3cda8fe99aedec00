"""What a value of the configuration may be: rules that read it or refuse it, and say in words what they allow."""

from dataclasses import dataclass
from typing import TypeAlias

from edge.capture.native import MOST_CHANNELS, Channel
from edge.decoder.alphabet import SPACE
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


Rule: TypeAlias = Number | Truth | Text | TextList | Spoken | ChannelRule
