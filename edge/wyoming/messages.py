"""Messages of the Wyoming protocol, from a peer that is not trusted: nothing is unbounded, no type is believed.

    {"type": ..., "data_length": n, "payload_length": m} and a line end -- n bytes of JSON -- m bytes of sound

The library's own reader allots what a header asks for and raises whatever the JSON in it brings about.
"""

import asyncio
import json
from collections.abc import Awaitable, Container
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeVar

from edge.capture.native import MOST_CHANNELS, RATES
from edge.capture.wav import WavFormat

if TYPE_CHECKING:
    from wyoming.event import Event

LINE: Final = 16 * 1024
"""Most bytes of a header."""

DATA: Final = 64 * 1024
"""Most bytes of what is told beside it."""

PAYLOAD: Final = 256 * 1024
"""Most bytes of sound in a message: 8 s of 16 kHz mono."""

PCM: Final = 1
"""Format tag of integers."""

INT64: Final = range(-(1 << 63), 1 << 63)

T = TypeVar("T")


class RefusalError(Exception):
    """What a peer sent cannot be: it is told why, and the connection is closed."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a peer is waited for."""

    idle_seconds: float = 300.0
    """From one message to the next; a satellite that hears no voice may well be silent for minutes."""

    message_seconds: float = 10.0
    """From the first byte of a message to its last, and until the peer takes an answer."""


async def read_message(reader: asyncio.StreamReader, patience: Patience) -> "Event | None":
    """The next message; None at the end of the stream. The limit of the reader is that of a header.

    Raises:
        RefusalError: it is too long, too slow, cut short, or not of the protocol.
        OSError: the peer is gone.
    """
    first = await in_time(reader.read(1), patience.idle_seconds, "sent nothing for")
    if not first:
        return None
    try:
        return await in_time(_read_rest(first, reader), patience.message_seconds, "took over one message more than")
    except asyncio.LimitOverrunError:
        raise RefusalError(f"sent a header of more than {LINE} bytes") from None
    except asyncio.IncompleteReadError:
        raise RefusalError("ended in the middle of a message") from None


async def in_time(work: Awaitable[T], limit: float, fault: str) -> T:
    """What is awaited.

    Raises:
        RefusalError: it takes longer than the limit, in seconds; `fault` says what that is.
    """
    try:
        return await asyncio.wait_for(work, limit)
    except asyncio.TimeoutError:
        raise RefusalError(f"{fault} {limit:g} s") from None


def format_of(event: "Event") -> WavFormat:
    """The format of the sound in `audio-start` and `audio-chunk`.

    Raises:
        RefusalError: it says none, or one that cannot be.
    """
    width, channels = whole(event, "width", range(1, 5)), whole(event, "channels", range(1, MOST_CHANNELS + 1))
    return WavFormat((PCM, width), channels, whole(event, "rate", RATES))


def timestamp_of(event: "Event") -> int | None:
    """Milliseconds on the peer's own clock, if it tells them.

    Raises:
        RefusalError: they are no whole number of 64 bits.
    """
    return None if event.data.get("timestamp") is None else whole(event, "timestamp", INT64)


def names_of(event: "Event") -> list[str]:
    """The words that `detect` names; none stands for all.

    Raises:
        RefusalError: they are no list of texts.
    """
    names = event.data.get("names")
    if names is None:
        return []
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise RefusalError("sent names that are no list of texts")
    return names


def text_of(event: "Event") -> str:
    """What `recognize` asks about.

    Raises:
        RefusalError: it is no text.
    """
    text = event.data.get("text")
    if not isinstance(text, str):
        raise RefusalError("sent recognize with a text that is none")
    return text


def whole(event: "Event", name: str, allowed: Container[int]) -> int:
    """A whole number in a message.

    Raises:
        RefusalError: it is missing, something else, or not among the allowed ones.
    """
    value = event.data.get(name)
    # True is an int to Python, and 2.0 is in range(3).
    if type(value) is not int or value not in allowed:
        raise RefusalError(f"sent {event.type} with a {name} that cannot be")
    return value


async def _read_rest(first: bytes, reader: asyncio.StreamReader) -> "Event":
    from wyoming.event import Event

    header = _parse(first + await reader.readuntil(b"\n"))
    kind, data = header.get("type"), header.get("data") or {}
    if not isinstance(kind, str) or not isinstance(data, dict):
        raise RefusalError("sent a header with no type, or with data that is no object")
    if length := _length(header, "data_length", DATA):
        data |= _parse(await reader.readexactly(length))
    length = _length(header, "payload_length", PAYLOAD)
    return Event(kind, data, await reader.readexactly(length) if length else b"")


def _parse(text: bytes) -> dict[str, Any]:
    try:
        value = json.loads(text, parse_constant=_no_constant)
    # Brackets in brackets are as deep as a peer likes.
    except (ValueError, RecursionError):
        raise RefusalError("sent what is not JSON") from None
    if not isinstance(value, dict):
        raise RefusalError("sent JSON that is no object")
    return value


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _length(header: dict[str, Any], name: str, most: int) -> int:
    value = header.get(name)
    if value is None:
        return 0
    if type(value) is not int or not 0 <= value <= most:
        raise RefusalError(f"sent a {name} that is no number from 0 to {most}")
    return value
