"""Clients that mean harm, or are broken: closed with one line in the log, while others are served."""

import asyncio
import json
import time
from pathlib import Path

import pytest

from edge.wyoming.ears import Ears
from edge.wyoming.messages import DATA, LINE, PAYLOAD
from tests.wyoming.fuzz import campaign
from tests.wyoming.peers import IMPATIENT, Address, describes, send, served

pytest.importorskip("wyoming", reason="the package wyoming is not installed")


def line(kind: object, **header: object) -> bytes:
    return json.dumps({"type": kind, **header}).encode() + b"\n"


FORMAT = {"rate": 16_000, "width": 2, "channels": 1}
START = line("detect") + line("audio-start", data=FORMAT)

MESSAGES = {
    "no JSON": (b"hello\n", "not JSON"),
    "no UTF-8": (b'{"type": "\xff"}\n', "not JSON"),
    "no object": (b"[1]\n", "no object"),
    "no number": (b'{"type": "detect", "data": {"timestamp": NaN}}\n', "not JSON"),
    "brackets in brackets": (b"[" * 16_000 + b"\n", "not JSON"),
    "no type": (b"{}\n", "no type"),
    "a type that is a number": (line(5), "no type"),
    "data that is a list": (line("detect", data=[1]), "no object"),
    "an endless line": (b" " * (4 * LINE), f"more than {LINE} bytes"),
    "2^63 bytes of data": (line("detect", data_length=2**63), f"from 0 to {DATA}"),
    "2^63 bytes of sound": (line("audio-chunk", payload_length=2**63), f"from 0 to {PAYLOAD}"),
    "less than nothing": (line("audio-chunk", payload_length=-1), f"from 0 to {PAYLOAD}"),
    "a length in words": (line("detect", data_length="two"), f"from 0 to {DATA}"),
    "half a byte": (line("detect", data_length=0.5), f"from 0 to {DATA}"),
    "a true length": (line("detect", data_length=True), f"from 0 to {DATA}"),
    "data that is no object": (line("detect", data_length=2) + b"[]", "no object"),
    "names that are a text": (line("detect", data={"names": "jarvis"}), "names"),
    "names that are numbers": (line("detect", data={"names": [1]}), "names"),
    "sound that nobody asked for": (line("audio-start", data=FORMAT), "before it asked"),
    "a chunk that nobody asked for": (line("audio-chunk", data=FORMAT), "before it asked"),
    "half a sample": (START + line("audio-chunk", data=FORMAT, payload_length=3) + b"abc", "3 bytes of sound"),
    "another format": (START + line("audio-chunk", data=FORMAT | {"rate": 8000}), "another format"),
    "no rate": (line("detect") + line("audio-start", data={"width": 2, "channels": 1}), "rate"),
    "a rate of texts": (line("detect") + line("audio-start", data=FORMAT | {"rate": "16000"}), "rate"),
    "a rate of nothing": (line("detect") + line("audio-start", data=FORMAT | {"rate": 0}), "rate"),
    "a rate beyond all": (line("detect") + line("audio-start", data=FORMAT | {"rate": 2**40}), "rate"),
    "a true width": (line("detect") + line("audio-start", data=FORMAT | {"width": True}), "width"),
    "no channels": (line("detect") + line("audio-start", data=FORMAT | {"channels": 0}), "channels"),
    "a time beyond 64 bits": (START + line("audio-chunk", data=FORMAT | {"timestamp": 2**63}), "timestamp"),
    "nothing more": (b'{"type": ', "took over one message more than 1 s"),
    "less than it said": (line("detect", data_length=9) + b"{", "took over one message more than 1 s"),
    "nothing": (b"", "sent nothing for 1.5 s"),
}


@pytest.mark.parametrize(("message", "why"), MESSAGES.values(), ids=MESSAGES)
def test_a_broken_message_is_answered_by_why_and_the_end(
    ears: Ears, message: bytes, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def visit(address: Address) -> tuple[bytes, bool]:
        return await send(address, message), await describes(address)

    answer, alive = served(ears, visit, IMPATIENT)
    assert b'"type": "error"' in answer
    assert why in answer.decode()
    assert [why in one for one in caplog.messages] == [True]
    assert alive


def test_a_message_that_is_cut_off_is_the_end(ears: Ears) -> None:
    async def visit(address: Address) -> bytes:
        return await send(address, line("detect", data_length=9) + b"{", eof=True)

    assert b"in the middle of a message" in served(ears, visit)


@pytest.mark.parametrize(
    "message", [b"", line("synthesize"), line("audio-stop"), START, line("ping", data={"x": [2**70]})]
)
def test_what_does_no_harm_is_let_pass(ears: Ears, message: bytes, caplog: pytest.LogCaptureFixture) -> None:
    empty = START + line("audio-chunk", data=FORMAT) if message == START else message
    assert served(ears, lambda address: send(address, empty, eof=True)) == b""
    assert caplog.messages == []


def test_a_slow_sender_holds_nobody_up(ears: Ears) -> None:
    async def drip(address: Address) -> float:
        _, writer = await asyncio.open_connection(*address)
        begun = time.monotonic()
        while not writer.transport.is_closing() and time.monotonic() - begun < 20:
            writer.write(b" ")
            await asyncio.sleep(0.05)
        writer.transport.abort()
        return time.monotonic() - begun

    async def visit(address: Address) -> tuple[float, bool]:
        dripping = asyncio.create_task(drip(address))
        await asyncio.sleep(0.3)
        alive = await describes(address)
        assert not dripping.done()
        return await dripping, alive

    lasted, alive = served(ears, visit, IMPATIENT)
    assert alive
    assert lasted < IMPATIENT.patience.message_seconds + IMPATIENT.linger_seconds + 3


def test_one_who_never_reads_is_given_up(ears: Ears, caplog: pytest.LogCaptureFixture) -> None:
    async def visit(address: Address) -> bool:
        # Its buffer is soon full, and takes no more.
        _, writer = await asyncio.open_connection(*address, limit=1024)
        try:
            while "took no answer" not in caplog.text:
                writer.write(line("describe") * 100)
                await asyncio.wait_for(writer.drain(), 30)
                await asyncio.sleep(0.01)
        except (ConnectionError, asyncio.TimeoutError):
            pass
        finally:
            writer.transport.abort()
        return await describes(address)

    assert served(ears, visit, IMPATIENT)
    assert "took no answer" in caplog.text


@pytest.mark.parametrize("count", [400])
def test_made_up_messages_leave_the_program_as_it_was(configuration: Path, tmp_path: Path, count: int) -> None:
    findings = campaign(configuration, tmp_path / "log", count)
    assert findings.answers
    assert findings.unclosed == 0
    assert findings.grown_kb < 8000
    assert findings.log_lines <= 3 + count
    assert "Traceback" not in (tmp_path / "log").read_text()
