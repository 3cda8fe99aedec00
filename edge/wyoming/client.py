"""One client: its messages in order, each answered before the next is read."""

import asyncio
from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from edge.wyoming.ears import Ears, Hearing
from edge.wyoming.info import describe
from edge.wyoming.messages import (
    Patience,
    RefusalError,
    format_of,
    in_time,
    names_of,
    read_message,
    text_of,
    timestamp_of,
)
from edge.wyoming.sound import Sound

if TYPE_CHECKING:
    from wyoming.event import Event

T = TypeVar("T")


class Client:
    """A connection; owns what has been asked for, and the stream of sound for it.

    Args:
        reader: what the peer sends.
        writer: what it is told.
        ears: the shared models.
        threads: where the work of the models is done.
        patience: how long the peer is waited for.
    """

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        ears: Ears,
        threads: Executor,
        patience: Patience,
    ) -> None:
        self._reader, self._writer = reader, writer
        self._ears, self._threads, self._patience = ears, threads, patience
        self._asked: Callable[[], Hearing] | None = None
        self._stream: tuple[Sound, Hearing] | None = None

    async def run(self) -> None:
        """Answer until the peer hangs up.

        Raises:
            RefusalError: it sent what cannot be, or takes too long.
            OSError: it is gone.
        """
        while message := await read_message(self._reader, self._patience):
            await self._answer(message)

    async def tell(self, events: "Iterable[Event]") -> None:
        """Send events.

        Raises:
            RefusalError: the peer does not take them.
            OSError: it is gone.
        """
        from wyoming.event import async_write_event

        for event in events:
            sending = async_write_event(event, self._writer)
            await in_time(sending, self._patience.message_seconds, "took no answer for")

    async def _answer(self, message: "Event") -> None:
        match message.type:
            case "describe":
                await self.tell([describe(self._ears)])
            case "detect":
                self._ask(partial(self._ears.wake, self._ears.choose(names_of(message))))
            case "transcribe":
                self._ask(self._ears.dictation)
            case "recognize":
                await self.tell([await self._work(partial(self._ears.understand, text_of(message)))])
            case "audio-start":
                await self._begin(message)
            case "audio-chunk":
                await self._hear(message)
            case "audio-stop":
                await self._end(message)
            case _:
                # The protocol grows; what a server does not know, it leaves.
                pass

    def _ask(self, hearing: Callable[[], Hearing]) -> None:
        self._asked, self._stream = hearing, None

    async def _begin(self, message: "Event") -> tuple[Sound, Hearing]:
        if self._asked is None:
            raise RefusalError("sent sound before it asked for anything: detect or transcribe")
        self._stream = Sound(format_of(message)), await self._work(self._asked)
        return self._stream

    async def _hear(self, message: "Event") -> None:
        # wyoming-satellite 1.0 never says audio-start.
        sound, hearing = self._stream or await self._begin(message)
        if format_of(message) != sound.form:
            raise RefusalError("sent sound in another format than it began with")
        timestamp = timestamp_of(message)
        for portion in sound.portions(message.payload or b""):
            await self.tell(await self._work(partial(_feed, sound, hearing, portion, timestamp)))

    async def _end(self, message: "Event") -> None:
        if self._stream is None:
            return
        (sound, hearing), self._stream = self._stream, None
        timestamp = timestamp_of(message)
        await self.tell(await self._work(lambda: [*hearing.feed(sound.finish(), timestamp), *hearing.finish()]))

    async def _work(self, job: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, job)


def _feed(sound: Sound, hearing: Hearing, portion: bytes, timestamp: int | None) -> "list[Event]":
    return hearing.feed(sound.feed(portion), timestamp)
