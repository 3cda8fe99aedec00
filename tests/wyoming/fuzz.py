"""Messages that no honest client sends, made up by a seed: python -m tests.wyoming.fuzz [COUNT] [SEED]."""

import asyncio
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from tests.pipeline import letters, tones
from tests.wyoming.peers import Address, describes, program, send

TOGETHER: Final = 16
"""Connections at once: fewer than the server has places for, so that each is heard."""

TYPES: Final = ("describe", "detect", "transcribe", "audio-start", "audio-chunk", "audio-stop", "synthesize", "")
LENGTHS: Final[tuple[object, ...]] = (
    2**63,
    2**64 + 1,
    10**300,
    -1,
    -(2**63),
    0,
    1,
    7,
    65_537,
    262_145,
    1.5,
    True,
    "9",
    None,
    [],
    {},
    "x" * 99,
)
VALUES: Final[tuple[object, ...]] = (
    *LENGTHS,
    16_000,
    2,
    2**31,
    "\ud800",
    "\0",
    1e308,
    [["jarvis"]],
    ["low tone"],
    {"names": {}},
)
FIELDS: Final = ("rate", "width", "channels", "timestamp", "names", "name", "language", "context")


class Findings(NamedTuple):
    """What came of an attack."""

    messages: int
    seconds: float
    unclosed: int
    """Connections that the server did not close within its time."""
    grown_kb: int
    """Growth of the server's resident memory after the first tenth."""
    log_lines: int
    answers: bool
    """Whether it still describes itself."""


def make_message(chance: random.Random) -> bytes:
    """One connection's worth of bytes."""
    kinds: tuple[Callable[[random.Random], bytes], ...] = (
        lambda some: some.randbytes(some.randrange(2000)),
        lambda some: bytes([some.randrange(256)]) * some.randrange(100_000),
        lambda some: b"".join(_wild(some) for _ in range(some.randrange(1, 4))),
        lambda some: some.choice((b"[", b'{"data":', b'{"a":[')) * some.randrange(1, 3000) + b"\n",
        lambda some: _honest(some)[: some.randrange(1, 4000)],
        lambda some: _flipped(_honest(some), some),
        lambda some: b"".join(some.sample(_events(some), 4)),
    )
    return chance.choice(kinds)(chance)


def _wild(chance: random.Random) -> bytes:
    """A header whose fields are of any type and size."""
    data = {name: chance.choice(VALUES) for name in chance.sample(FIELDS, chance.randrange(len(FIELDS)))}
    header = {"type": chance.choice((*TYPES, *VALUES)), "data": chance.choice((data, *VALUES))}
    header |= {name: chance.choice(LENGTHS) for name in ("data_length", "payload_length") if chance.random() < 0.5}
    return json.dumps(header).encode() + b"\n" + chance.randbytes(chance.randrange(100))


def _honest(chance: random.Random) -> bytes:
    return b"".join(_events(chance))


def _events(chance: random.Random) -> list[bytes]:
    rate, width, channels = chance.choice((8000, 16_000, 44_100)), chance.choice((1, 2, 3, 4)), chance.choice((1, 2))
    form = {"rate": rate, "width": width, "channels": channels}
    sound = chance.randbytes(chance.choice((0, 1, 1199, 1200, 12_000)))
    return [
        _event(chance.choice(("detect", "transcribe")), {}),
        _event("audio-start", form),
        _event("audio-chunk", form, sound),
        _event("audio-chunk", form, sound),
        _event("audio-stop", {}),
    ]


def _event(kind: str, data: dict[str, int], payload: bytes = b"") -> bytes:
    text = json.dumps(data).encode()
    header = {"type": kind, "data_length": len(text), "payload_length": len(payload)}
    return json.dumps(header).encode() + b"\n" + text + payload


def _flipped(message: bytes, chance: random.Random) -> bytes:
    damaged = bytearray(message)
    for _ in range(chance.randrange(1, 6)):
        damaged[chance.randrange(min(len(damaged), 400))] = chance.randrange(256)
    return bytes(damaged)


async def attack(address: Address, messages: list[bytes]) -> int:
    """Send each on a connection of its own; how many of those the server did not close."""
    places = asyncio.Semaphore(TOGETHER)

    async def one(message: bytes) -> int:
        async with places:
            try:
                await send(address, message, eof=True)
            except asyncio.TimeoutError:
                return 1
            return 0

    return sum(await asyncio.gather(*map(one, messages)))


def resident_kb(process: int) -> int:
    """Memory of a process that is not swapped out, in KiB."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0])


def campaign(configuration: Path, log: Path, count: int, seed: int = 1) -> Findings:
    """Attack the program, and see how it takes that."""
    chance = random.Random(seed)
    begun = time.monotonic()
    with program(configuration, log) as (child, address):
        unclosed = asyncio.run(attack(address, [make_message(chance) for _ in range(count // 10)]))
        before = resident_kb(child.pid)
        for _ in range(9):
            unclosed += asyncio.run(attack(address, [make_message(chance) for _ in range(count // 10)]))
        grown, alive = resident_kb(child.pid) - before, asyncio.run(describes(address))
    lines = log.read_text().count("\n")
    return Findings(count // 10 * 10, time.monotonic() - begun, unclosed, grown, lines, alive)


def main(count: int = 10_000, seed: int = 1) -> None:
    """Attack a server whose words are tones, and print what came of it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        trigger, speech = tones.make_bundle(folder / "tones"), letters.make_bundle(folder / "letters")
        (folder / "hark.toml").write_text(f'[trigger]\nmodel = "{trigger}"\n[speech]\nmodel = "{speech}"\n')
        print(campaign(folder / "hark.toml", folder / "log", count, seed))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
