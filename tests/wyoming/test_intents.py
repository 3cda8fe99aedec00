"""What the library's own client is told of a text: an intent of the grammar, or that there is none."""

import asyncio
from dataclasses import replace

import pytest

from edge.decoder.grammar import Grammar
from edge.wyoming.ears import Ears
from edge.wyoming.messages import DATA
from tests.wyoming.peers import Address, answers, describes, served

pytest.importorskip("wyoming", reason="the package wyoming is not installed")
from wyoming.client import AsyncTcpClient
from wyoming.error import Error
from wyoming.event import Event
from wyoming.info import Describe, Info
from wyoming.intent import Entity, Intent, NotRecognized, Recognize

LIGHTS = """
public <switch> = turn <state> the <lamp>;
public <dim> = dim the <lamp>;
<state> = on | off;
<lamp> = hall light | reading lamp;
"""


@pytest.fixture
def lights(ears: Ears) -> Ears:
    return replace(ears, scorers=[Grammar.parse(LIGHTS, "lights.jsgf")])


def told(ears: Ears, request: Event, until: str) -> Event:
    async def visit(address: Address) -> Event:
        async with AsyncTcpClient(*address) as client:
            await client.write_event(request)
            return (await answers(client, until))[0]

    return served(ears, visit)


def test_a_sentence_of_the_grammar_is_an_intent_with_entities(lights: Ears) -> None:
    intent = Intent.from_event(told(lights, Recognize("Turn off the reading lamp.").event(), "intent"))
    assert intent.name == "switch"
    assert intent.entities == [Entity("state", "off"), Entity("lamp", "reading lamp")]


def test_another_public_rule_is_another_intent(lights: Ears) -> None:
    intent = Intent.from_event(told(lights, Recognize("dim the hall light").event(), "intent"))
    assert (intent.name, intent.entities) == ("dim", [Entity("lamp", "hall light")])


@pytest.mark.parametrize("text", ["", "turn", "open the pod bay doors", "turn " * 12_000])
def test_what_is_no_sentence_is_not_recognized(lights: Ears, text: str) -> None:
    assert NotRecognized.is_type(told(lights, Recognize(text).event(), "not-recognized").type)


def test_without_a_grammar_nothing_is_recognized_and_no_program_described(ears: Ears, lights: Ears) -> None:
    assert NotRecognized.is_type(told(ears, Recognize("dim the hall light").event(), "not-recognized").type)
    described = [Info.from_event(told(one, Describe().event(), "info")).intent for one in (ears, lights)]
    assert [[program.models[0].description for program in programs] for programs in described] == [
        [],
        ["switch, dim"],
    ]


@pytest.mark.parametrize("data", [{}, {"text": None}, {"text": 5}, {"text": ["dim"]}, {"text": {"a": "b"}}])
def test_a_text_that_is_none_is_refused(lights: Ears, data: dict[str, object]) -> None:
    assert "text that is none" in Error.from_event(told(lights, Event("recognize", data), "error")).text


def test_a_text_without_end_is_refused_and_others_are_served(lights: Ears) -> None:
    async def visit(address: Address) -> tuple[str, bool]:
        async with AsyncTcpClient(*address) as client:
            await client.write_event(Recognize("x" * DATA).event())
            (error,) = await answers(client, "error")
        return Error.from_event(error).text, await describes(address)

    text, alive = served(lights, visit)
    assert str(DATA) in text
    assert alive


def test_many_ask_at_once(lights: Ears) -> None:
    async def ask(address: Address, text: str) -> Event:
        async with AsyncTcpClient(*address) as client:
            await client.write_event(Recognize(text).event())
            event = await client.read_event()
            assert isinstance(event, Event)
            return event

    async def visit(address: Address) -> list[Event]:
        return await asyncio.gather(*(ask(address, "dim the hall light" if n % 2 else "dim") for n in range(20)))

    assert [event.type for event in served(lights, visit)] == ["not-recognized", "intent"] * 10
