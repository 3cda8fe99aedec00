"""Clients of the server, friendly ones by the library's own client, and the program as a child process."""

import asyncio
import re
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

import pytest

from edge.audio import Pcm16
from edge.wyoming.ears import Ears
from edge.wyoming.messages import Patience
from edge.wyoming.server import Limits, Server

pytest.importorskip("wyoming", reason="the package wyoming is not installed")
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncTcpClient
from wyoming.event import Event
from wyoming.info import Describe, Info

T = TypeVar("T")
Address = tuple[str, int]

USUAL = Limits(clients=24, linger_seconds=0.2)
IMPATIENT = Limits(clients=24, patience=Patience(idle_seconds=1.5, message_seconds=1.0), linger_seconds=0.2)


def served(ears: Ears, visit: Callable[[Address], Awaitable[T]], limits: Limits = USUAL) -> T:
    """What a visit to a server comes to."""

    async def serve() -> T:
        async with Server(ears, "tcp://127.0.0.1:0", limits) as server:
            return await asyncio.wait_for(visit(server.address), 60)

    return asyncio.run(serve())


async def ask(address: Address, request: Event, samples: Pcm16, until: str, chunk: int = 1024) -> list[Event]:
    """Request something, send 16 kHz sound for it, and give the answers up to the type that is the last."""
    async with AsyncTcpClient(*address) as client:
        for event in (request, *sound_events(samples, chunk)):
            await client.write_event(event)
        return await answers(client, until)


async def answers(client: AsyncTcpClient, until: str) -> list[Event]:
    """Events up to one of this type."""
    events: list[Event] = []
    while not events or events[-1].type != until:
        event = await client.read_event()
        assert event is not None, f"hung up after {events}"
        events.append(event)
    return events


def sound_events(samples: Pcm16, chunk: int = 1024) -> list[Event]:
    """From audio-start to audio-stop, with the times of a recording."""
    times = range(0, len(samples), chunk)
    chunks = [AudioChunk(16_000, 2, 1, samples[at : at + chunk].tobytes(), at // 16).event() for at in times]
    return [AudioStart(16_000, 2, 1).event(), *chunks, AudioStop().event()]


async def describes(address: Address) -> bool:
    """Whether the server still says what it is."""
    async with AsyncTcpClient(*address) as client:
        await client.write_event(Describe().event())
        (event,) = await answers(client, "info")
        return bool(Info.from_event(event).wake)


async def send(address: Address, message: bytes, *, eof: bool = False) -> bytes:
    """Send bytes, and give all that comes back until the server hangs up."""
    reader, writer = await asyncio.open_connection(*address)
    try:
        writer.write(message)
        if eof:
            with suppress(OSError):  # Who is turned away at once is not connected any more.
                writer.write_eof()
        return await asyncio.wait_for(reader.read(), 10)
    except ConnectionError:
        return b""
    finally:
        writer.transport.abort()


@contextmanager
def program(configuration: Path, log: Path, *options: str) -> Iterator[tuple["subprocess.Popen[bytes]", Address]]:
    """`hark wyoming` as a child process that says in a log where it listens."""
    command = [sys.executable, "-m", "edge.cli", "wyoming", "--config", str(configuration), *options, "--uri"]
    with log.open("wb") as stderr, subprocess.Popen([*command, "tcp://127.0.0.1:0"], stderr=stderr) as child:
        try:
            yield child, ("127.0.0.1", _port(log))
        finally:
            child.kill()


def _port(log: Path) -> int:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if found := re.search(r"serving Wyoming on 127\.0\.0\.1:(\d+)", log.read_text()):
            return int(found[1])
        time.sleep(0.05)
    raise TimeoutError(log.read_text())
