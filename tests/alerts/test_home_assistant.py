"""What Home Assistant is told fits its schema, and what it asks for is done by the real program."""

import json
import re
import signal
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from edge.alerts.sinks.discovery import discovery
from edge.alerts.sinks.remote import states, wish_of
from edge.controls import Controls, Mute, Refusal, Tune, Wish
from tests.alerts.broker import Broker, Subscriber, needs_mosquitto, running
from tests.alerts.making import eventually
from tests.pipeline.tones import make_bundle, recording
from tests.service.child import Service
from tests.virtual_microphone import VirtualMicrophone, virtual_microphone

__all__ = ["virtual_microphone"]

Check = Callable[[Any], bool]


def text(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def topic(value: str) -> bool:
    return text(value) and len(value.encode()) < 65536 and not set(value) & set("+#\0")


def number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def icon(value: str) -> bool:
    return bool(re.fullmatch(r"mdi:[a-z0-9-]+", value))


def device(value: dict[str, object]) -> bool:
    names = value.pop("identifiers")
    allowed = {"name", "manufacturer", "model", "model_id", "hw_version", "sw_version", "serial_number", "via_device"}
    identified = isinstance(names, list) and bool(names) and all(map(text, names))
    return identified and value.keys() <= allowed and all(map(text, value.values()))


COMMON: dict[str, Check] = {
    "availability_topic": topic,
    "device": device,
    "unique_id": text,
    "name": text,
    "icon": icon,
    "entity_category": lambda value: value in ("config", "diagnostic"),
    "json_attributes_topic": topic,
    "value_template": text,
    "state_topic": topic,
}
COMMANDED: dict[str, Check] = {
    "command_topic": topic,
    "qos": lambda value: value in (0, 1, 2),
    "retain": lambda value: isinstance(value, bool),
    "optimistic": lambda value: isinstance(value, bool),
}
SCHEMA: dict[str, tuple[set[str], dict[str, Check]]] = {
    "event": ({"state_topic", "event_types"}, {"event_types": lambda value: bool(value) and all(map(text, value))}),
    "sensor": ({"state_topic"}, {"unit_of_measurement": text, "state_class": text}),
    "switch": ({"command_topic"}, COMMANDED | dict.fromkeys(("payload_on", "payload_off", "state_on"), text)),
    "number": (
        {"command_topic"},
        COMMANDED
        | {"min": number, "max": number, "unit_of_measurement": text}
        | {"step": lambda value: number(value) and value >= 0.001}
        | {"mode": lambda value: value in ("auto", "box", "slider")},
    ),
}
"""By platform: the keys that Home Assistant's MQTT integration requires, and what it allows beside `COMMON`."""


def test_discovery_fits_the_schema_of_home_assistant() -> None:
    messages = discovery("hark/küche", ("view glass", "jarvis"))
    assert {path.split("/")[1] for path in messages} == SCHEMA.keys()
    for path, message in messages.items():
        matched = re.fullmatch(r"homeassistant/(\w+)/[\w-]+/[\w-]+/config", path, re.ASCII)
        assert matched is not None
        required, own = SCHEMA[matched[1]]
        entity = json.loads(message)
        allowed = COMMON | own
        assert required <= entity.keys() <= allowed.keys()
        assert [key for key, value in entity.items() if not allowed[key](value)] == []


def test_the_range_of_the_number_is_what_is_taken() -> None:
    entity = json.loads(discovery("hark", ())["homeassistant/number/hark/sensitivity/config"])
    assert entity["min"] < entity["max"]
    for value in (entity["min"], entity["max"]):
        assert wish_of("sensitivity", f"{value:g}".encode()) == Tune(value)
    assert wish_of("sensitivity", b"0.30000000000000004") == Tune(0.30000000000000004)


def test_how_it_stands_is_what_can_be_asked_for() -> None:
    controls = Controls()
    assert states(controls) == {"mute": "OFF"}
    controls.budget, controls.muted = 0.5, True
    assert states(controls) == {"mute": "ON", "sensitivity": "0.5"}
    for beyond in (0.05, 20.0):
        controls.budget = beyond
        assert states(controls) == {"mute": "ON"}
    assert [wish_of(*one) for one in (("mute", b"ON"), ("mute", b"OFF"))] == [Mute(True), Mute(False)]


HOSTILE = [b"", b"on", b"ON\n", b"\xff\xfe", b"nan", b"inf", b"-1", b"1e1", b"0", b"11", b"0.", b"1" * 10_000_000]


@pytest.mark.parametrize("payload", HOSTILE, ids=range(len(HOSTILE)))
def test_what_cannot_be_is_no_wish(payload: bytes) -> None:
    assert wish_of("mute", payload) is None
    assert wish_of("sensitivity", payload) is None


def test_wishes_that_nobody_looks_at_take_no_memory() -> None:
    controls = Controls()
    for _ in range(10_000):
        controls.ask(Refusal("no"))
    controls.ask(Mute(True))
    wishes = controls.drain()
    assert len(wishes) <= 100
    assert wishes[-1] == Mute(True)
    assert controls.drain() == []


@pytest.fixture
def home(tmp_path: Path, virtual_microphone: VirtualMicrophone) -> Iterator[tuple[Broker, Service]]:
    """A broker, and the program that listens to a microphone and is led to it."""
    bundle = make_bundle(tmp_path / "tones")
    with running(tmp_path) as broker, tempfile.TemporaryDirectory(prefix="hark-") as folder:
        file = tmp_path / "hark.toml"
        file.write_text(
            f'[trigger]\nmodel = "{bundle}"\n[outbox]\npath = "{tmp_path}/outbox.db"\n'
            f"{broker.sink}home_assistant = true\n"
        )
        environment = {**virtual_microphone.environment, "STATE_DIRECTORY": str(tmp_path)}
        service = Service(Path(folder), "--config", file, environment=environment, watchdog=8)
        try:
            service.wait_for(lambda: bool(service.noted("READY=1")), 60)
            yield broker, service
        finally:
            if service.child.poll() is None:
                service.close()


@pytest.mark.realtime
@needs_mosquitto
def test_the_switch_closes_the_microphone_and_the_number_tunes(
    home: tuple[Broker, Service], virtual_microphone: VirtualMicrophone
) -> None:
    broker, service = home
    subscriber = Subscriber(broker)

    def state(command: str) -> list[str]:
        return [message.payload.decode() for message in subscriber.of(f"hark/{command}")]

    assert eventually(lambda: (state("mute"), state("sensitivity")) == (["OFF"], ["0.5"]), 30)
    subscriber.publish("hark/mute/set", b"ON")
    service.wait_for_event("muted")
    assert eventually(lambda: state("mute") == ["OFF", "ON"])
    assert eventually(lambda: not virtual_microphone.listeners())
    virtual_microphone.play(recording((0.1, "low tone"), seconds=0.6))
    service.child.send_signal(signal.SIGHUP)
    service.wait_for(lambda: bool(service.told("reloaded")), 60)
    assert eventually(lambda: state("mute")[-2:] == ["ON", "ON"], 30)
    assert not virtual_microphone.listeners()
    subscriber.publish("hark/sensitivity/set", b"2")
    for _ in range(3):
        subscriber.publish("hark/mute/set", b"\xff" * 1000)
    service.wait_for_event("command-refused")
    assert eventually(lambda: state("sensitivity")[-1] == "2")
    subscriber.publish("hark/mute/set", b"OFF")
    service.wait_for_event("unmuted")
    assert eventually(lambda: state("mute")[-1] == "OFF")
    while not service.told("trigger"):
        virtual_microphone.play(recording((0.1, "low tone"), seconds=0.6))
    subscriber.close()
    kinds = [event.get("what", event["type"]) for _, event in service.events]
    assert kinds[:6] == ["muted", "reloaded", "sensitivity", "command-refused", "unmuted", "trigger"]
    assert service.noted("STATUS=muted: nothing is heard")
    assert service.noted("STATUS=muted; reloaded")


@pytest.fixture
def left_muted(tmp_path: Path) -> None:
    """What the listener of before has kept."""
    (tmp_path / "controls.json").write_text('{"muted": true, "budget": 2.0, "configured": 0.5}')


@pytest.mark.realtime
@needs_mosquitto
@pytest.mark.usefixtures("left_muted")
def test_a_listener_that_was_left_muted_and_tuned_says_so(
    home: tuple[Broker, Service], virtual_microphone: VirtualMicrophone
) -> None:
    broker, service = home
    subscriber = Subscriber(broker)

    def states() -> list[str]:
        return [subscriber.of(f"hark/{command}")[-1].payload.decode() for command in ("mute", "sensitivity")]

    assert eventually(lambda: all(subscriber.of(f"hark/{command}") for command in ("mute", "sensitivity")), 30)
    assert eventually(lambda: states() == ["ON", "2"])
    assert {message.payload for message in subscriber.of("hark/mute")} == {b"ON"}
    assert not virtual_microphone.listeners()
    subscriber.close()
    assert [event["what"] for _, event in service.events] == ["muted", "sensitivity"]


@pytest.mark.realtime
@needs_mosquitto
def test_a_command_that_the_broker_has_kept_is_of_the_past(tmp_path: Path) -> None:
    from edge.alerts.sinks.mqtt import MqttSink
    from edge.config import MqttConfig

    controls = Controls()
    with running(tmp_path) as broker:
        subscriber = Subscriber(broker)
        subscriber.publish("hark/mute/set", b"ON", retain=True)
        config = MqttConfig("127.0.0.1", port=broker.port, tls=False, topic="hark", home_assistant=True)
        sink = MqttSink(config, (), controls)
        sink.open(lambda: None)
        subscriber.publish("hark/sensitivity/set", b"3")
        assert eventually(lambda: subscriber.of("hark/mute"))
        subscriber.publish("hark/sensitivity/set", b"4")
        wishes: list[Wish] = []

        def tuned() -> bool:
            wishes.extend(controls.drain())
            return Tune(4.0) in wishes

        assert eventually(tuned)
        assert Mute(True) not in wishes
        sink.close()
        subscriber.close()
