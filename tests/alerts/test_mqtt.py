"""MQTT to a real Mosquitto: acknowledged alerts, its absence, TLS and passwords, and what Home Assistant is told."""

import json
import re
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from edge.alerts.sink import SinkError
from edge.alerts.sinks.discovery import default_topic, discovery, slug
from edge.alerts.sinks.mqtt import MqttSink
from edge.config import MqttConfig
from edge.controls import Controls
from edge.errors import ConfigError
from tests.alerts.broker import Broker, Subscriber, needs_mosquitto, running
from tests.alerts.making import alert, eventually, parcel, transcript, trigger
from tests.alerts.receiver import certificate

pytestmark = pytest.mark.runtime

ROOT = Path(__file__).parents[2]


@contextmanager
def opened(config: MqttConfig, words: tuple[str, ...] = ()) -> Iterator[MqttSink]:
    sink = MqttSink(config, words, Controls())
    sink.open(lambda: None)
    try:
        yield sink
    finally:
        sink.close()


def plain(broker: Broker, **settings: object) -> MqttConfig:
    return MqttConfig(**({"host": "127.0.0.1", "port": broker.port, "tls": False, "topic": "hark"} | settings))  # type: ignore[arg-type]


def delivers(sink: MqttSink, number: int = 1) -> Callable[[], bool]:
    def attempt() -> bool:
        try:
            sink.deliver(parcel(number))
        except SinkError:
            return False
        return True

    return attempt


@needs_mosquitto
@pytest.mark.parametrize("version", ["5", "3.1.1"])
def test_an_alert_is_delivered_when_the_broker_has_it(tmp_path: Path, version: str) -> None:
    with running(tmp_path) as broker:
        subscriber = Subscriber(broker)
        with opened(plain(broker, version=version)) as sink:
            assert eventually(delivers(sink))
            assert eventually(lambda: subscriber.of("hark/alert"))
        [message] = subscriber.of("hark/alert")
        assert (message.payload.decode(), message.qos, message.retain) == (alert(1).to_json(), 1, False)
        assert eventually(lambda: [one.payload for one in subscriber.of("hark/status")] == [b"online", b"offline"])
        assert not [one for one in subscriber.messages if one.topic.startswith("homeassistant")]
        subscriber.close()


def trouble_of(sink: MqttSink) -> str:
    try:
        sink.deliver(parcel(3))
    except SinkError as error:
        return str(error)
    return ""


def entities(subscriber: Subscriber) -> list[tuple[str, bool]]:
    """What Home Assistant was told, by topic, and whether there is any."""
    return [(one.topic, bool(one.payload)) for one in subscriber.messages if one.topic.startswith("homeassistant")]


@needs_mosquitto
def test_of_two_of_one_name_each_is_told_of_the_other(tmp_path: Path) -> None:
    with running(tmp_path) as broker, opened(plain(broker)) as first:
        assert eventually(delivers(first))
        with opened(plain(broker)) as second:
            assert eventually(delivers(second, 2))
            told = "is another hark connected as hark? Give each a topic of its own"
            assert eventually(lambda: told in trouble_of(first) + trouble_of(second), seconds=40)


def test_a_refusal_is_not_taken_for_another_of_the_name() -> None:
    sink = MqttSink(MqttConfig("127.0.0.1"))
    for _ in range(9):
        sink._on_disconnect(sink._client)
    assert trouble_of(sink) == "the broker has not answered yet"


@needs_mosquitto
def test_a_camera_beside_the_listener_leaves_its_entities_alone(tmp_path: Path) -> None:
    with running(tmp_path) as broker:
        subscriber = Subscriber(broker)
        with opened(plain(broker, home_assistant=True), ("view glass",)) as listener:
            assert eventually(delivers(listener))
            assert eventually(lambda: len(entities(subscriber)) == len(discovery("hark", ("view glass",))))
            told = entities(subscriber)
            camera = MqttSink(plain(broker, home_assistant=True, topic="hark/camera"))
            camera.open(lambda: None)
            assert eventually(delivers(camera, 2))
            assert eventually(lambda: subscriber.of("hark/camera/alert"))
            camera.close()
        assert entities(subscriber) == told
        subscriber.close()
    assert default_topic(listens=False) == f"{default_topic(listens=True)}/camera"


@needs_mosquitto
def test_a_broker_that_is_away_is_said_and_found_again(tmp_path: Path) -> None:
    with running(tmp_path) as broker, opened(plain(broker)) as sink:
        assert eventually(delivers(sink))
        broker.stop()
        with pytest.raises(SinkError, match="connection to the broker was lost"):
            eventually(lambda: sink.deliver(parcel(2)))
        broker.start()
        assert eventually(delivers(sink, 2))


HEARD = """
import sys, time
from edge.alerts.sinks.mqtt import MqttSink
from edge.config import MqttConfig
sink = MqttSink(MqttConfig("127.0.0.1", port=int(sys.argv[1]), tls=False, topic="hark"))
sink.open(lambda: print("connected", flush=True))
time.sleep(60)
"""


@needs_mosquitto
def test_what_nobody_waits_for_is_not_kept(tmp_path: Path) -> None:
    """Home Assistant without a rule: a verdict comes for each trigger, and none is ever taken."""
    with running(tmp_path) as broker:
        subscriber = Subscriber(broker)
        with opened(plain(broker, home_assistant=True), ("alexa",)) as sink:
            assert eventually(lambda: subscriber.of("hark/status"))
            for _ in range(100):
                sink.observe(trigger(name="alexa"))
            assert eventually(lambda: len(subscriber.of("hark/trigger/alexa")) == 100)
            assert len(sink._verdicts) < 20
            assert eventually(delivers(sink))
        subscriber.close()


@needs_mosquitto
def test_the_broker_says_so_when_hark_vanishes(tmp_path: Path) -> None:
    with running(tmp_path) as broker:
        subscriber = Subscriber(broker)
        command = [sys.executable, "-c", HEARD, str(broker.port)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as hark:
            assert hark.stdout is not None
            assert hark.stdout.readline() == "connected\n"
            assert eventually(lambda: subscriber.of("hark/status"))
            hark.send_signal(signal.SIGKILL)
        assert eventually(lambda: [one.payload for one in subscriber.of("hark/status")] == [b"online", b"offline"])
        subscriber.close()


# paho leaves it to the garbage collector to close what did not get through the handshake.
@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
@needs_mosquitto
def test_a_password_from_a_file_over_tls(tmp_path: Path) -> None:
    made, key = certificate(tmp_path)
    users = tmp_path / "users"
    users.touch(0o600)
    subprocess.run(["mosquitto_passwd", "-b", users, "hark", "pass word"], check=True, capture_output=True)
    settings = ("allow_anonymous false", f"password_file {users}", f"certfile {made}", f"keyfile {key}")
    (tmp_path / "right").write_text("hark\npass word\n")
    (tmp_path / "wrong").write_text("hark\nnot this\n")
    with running(tmp_path, *settings) as broker:
        trusted = {"host": "localhost", "tls": True, "ca_file": str(made)}
        with opened(plain(broker, **trusted, credentials_file=str(tmp_path / "right"))) as sink:
            assert eventually(delivers(sink))
        with opened(plain(broker, **trusted, credentials_file=str(tmp_path / "wrong"))) as sink:
            assert eventually(lambda: "refuses the connection: Not authorized" in sink._trouble)
            assert not delivers(sink)()
            assert "not this" not in sink._trouble
        stranger = {"host": "localhost", "tls": True, "credentials_file": str(tmp_path / "right")}
        with opened(plain(broker, **stranger)) as sink:
            assert eventually(lambda: "its certificate is not trusted" in sink._trouble)
            assert not delivers(sink)()


def test_a_broker_that_never_answers_is_left_and_does_not_hold_up_the_listener() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        config = MqttConfig("127.0.0.1", port=server.getsockname()[1], tls=False, home_assistant=True)
        with opened(config) as sink:
            began = time.monotonic()
            sink.observe(trigger())
            with pytest.raises(SinkError, match="has not answered yet"):
                sink.deliver(parcel())
            assert time.monotonic() - began < config.limit_seconds / 2


@needs_mosquitto
def test_home_assistant_finds_triggers_and_the_last_transcript(tmp_path: Path) -> None:
    with running(tmp_path) as broker, opened(plain(broker, home_assistant=True), ("view glass", "jarvis")) as sink:
        assert eventually(delivers(sink))
        subscriber = Subscriber(broker)
        assert eventually(lambda: len([one for one in subscriber.messages if one.retain]) == 7)
        retained = {one.topic: json.loads(one.payload) for one in subscriber.messages if "config" in one.topic}
        word = retained["homeassistant/event/hark/view_glass/config"]
        said = retained["homeassistant/sensor/hark/transcript/config"]
        sink.observe(trigger())
        sink.observe(transcript("turn on the light"))
        sink.observe(transcript(""))
        assert eventually(lambda: subscriber.of(word["state_topic"]) and subscriber.of(said["state_topic"]))
        [heard], [text] = subscriber.of(word["state_topic"]), subscriber.of(said["state_topic"])
        assert json.loads(heard.payload)["event_type"] in word["event_types"]
        assert json.loads(text.payload)["text"] == "turn on the light"
        assert not text.retain
        assert subscriber.of(word["availability_topic"])[0].payload == b"online"
        subscriber.close()


@needs_mosquitto
def test_a_word_that_is_taken_out_leaves_home_assistant(tmp_path: Path) -> None:
    words = [f"homeassistant/event/{one}/config" for one in ("hark/jarvis", "hark/view_glass", "other_hark/jarvis")]
    with running(tmp_path) as broker:
        subscriber = Subscriber(broker)
        subscriber.publish(words[2], b'{"name": "of another room"}', retain=True)
        for listened_for in (("view glass", "jarvis"), ("view glass",)):
            with opened(plain(broker, home_assistant=True), listened_for) as sink:
                assert eventually(delivers(sink))
        assert eventually(lambda: subscriber.of(words[0])[-1].payload == b"")
        subscriber.close()
        newcomer = Subscriber(broker, "newcomer")
        assert eventually(lambda: newcomer.of("hark/status"))
        kept = {one.topic for one in newcomer.messages if one.retain}
        assert kept & set(words) == set(words[1:])
        newcomer.close()


def test_rooms_in_another_script_are_told_apart_and_others_keep_their_names() -> None:
    assert slug("hark/Living-room") == "hark_living_room"
    names = [slug(f"hark/{room}") for room in ("дом", "кухня", "küche", "kuche")]
    assert len(set(names)) == 4
    assert all(re.fullmatch(r"\w+", name, re.ASCII) for name in names)


def test_entities_of_one_device_have_identities_of_their_own() -> None:
    messages = [json.loads(one) for one in discovery("hark/küche", ("view glass", "jarvis")).values()]
    assert len({one["unique_id"] for one in messages}) == 5
    assert {tuple(one["device"]["identifiers"]) for one in messages} == {(slug("hark/küche"),)}
    assert messages[2]["value_template"] == "{{ value_json.text[:255] }}"


@pytest.mark.parametrize(
    ("text", "message"), [(b"\xff\xfe", "is not UTF-8 text"), (b"", "is empty")], ids=["bytes", "empty"]
)
def test_credentials_that_cannot_be_are_an_error(tmp_path: Path, text: bytes, message: str) -> None:
    (tmp_path / "credentials").write_bytes(text)
    with pytest.raises(ConfigError, match=message):
        MqttSink(MqttConfig("127.0.0.1", credentials_file=str(tmp_path / "credentials")))


def test_credentials_of_an_editor_that_marks_utf_8_are_those_that_were_typed(tmp_path: Path) -> None:
    (tmp_path / "credentials").write_bytes(b"\xef\xbb\xbfhark\r\npass word\r\n")
    sink = MqttSink(MqttConfig("127.0.0.1", credentials_file=str(tmp_path / "credentials")))
    assert (sink._client.username, sink._client.password) == ("hark", "pass word")


def test_tls_is_what_one_gets_without_asking() -> None:
    sink = MqttSink(MqttConfig("127.0.0.1"))
    context = sink._client._ssl_context
    assert context is not None
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
