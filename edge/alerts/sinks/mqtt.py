"""An MQTT broker, over paho-mqtt 2: an alert is delivered when the broker has acknowledged it.

TOPIC/status             "online" or "offline", retained; the broker itself says the latter if Hark vanishes
TOPIC/alert              alerts, QoS 1
TOPIC/trigger/WORD       with home_assistant: a word was heard; QoS 0, for it is of no use later
TOPIC/transcript         with home_assistant: what was said; not retained, so that no broker keeps it
TOPIC/mute, /sensitivity with home_assistant: how it stands, retained; TOPIC/.../set asks for something else
"""

import json
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from threading import Event as Bell
from typing import TYPE_CHECKING, Final

from edge.alerts.parcel import Parcel
from edge.alerts.sink import RefusedError, Sink, SinkError
from edge.alerts.sinks.broker import make_client, port_of
from edge.alerts.sinks.discovery import default_topic, discovery, slug, words_told
from edge.alerts.sinks.remote import ANSWERS, COMMANDS, REFUSAL, states, wish_of
from edge.config import MqttConfig
from edge.controls import Controls, Refusal
from edge.events import Event, Status, Transcript, Trigger

if TYPE_CHECKING:
    from paho.mqtt.client import Client, MQTTMessage
    from paho.mqtt.reasoncodes import ReasonCode

_LONGEST_RECONNECT: Final = 60
"""Seconds from one attempt to connect to the next."""

_FAREWELL: Final = 0.5
"""Seconds for the last message to leave."""

_VERDICTS: Final = 8
"""Kept of messages that nobody waits for: that of an alert may come before its number is known here."""

_BRIEF: Final = 120.0
"""Seconds: a connection that ended sooner was hardly one."""

_SUSPICIOUS: Final = 4
"""So many of them in a row are no accident."""

_HOPELESS: Final = {0x90, 0x99}
"""Topic name invalid, payload format invalid: verdicts on this one alert."""


class MqttSink(Sink):
    """Connects in a thread of its own, again and again.

    Args:
        config: the broker.
        words: trigger words that Home Assistant is told of.
        controls: what it asks for goes there; None: this is no listener that could be muted or tuned.

    Raises:
        ConfigError: the credentials or the certificates cannot be read.
        HarkError: paho-mqtt is not installed.
    """

    def __init__(self, config: MqttConfig, words: Sequence[str] = (), controls: Controls | None = None) -> None:
        self._config = config
        self._controls = controls if config.home_assistant else None
        """Of the listener that Home Assistant is told of; None: it is told of none."""
        self._refused = False
        self._topic = config.topic or default_topic(listens=controls is not None)
        self._entities = discovery(self._topic, words)
        """What Home Assistant is told, by topic."""
        self._trouble = "the broker has not answered yet"
        self._since: float | None = None
        """When it connected last, while it is connected."""
        self._brief = 0
        self._acknowledged = Bell()
        self._verdicts: dict[int, ReasonCode] = {}
        self._sending: tuple[str, int] | None = None
        self._client = self._make_client()

    def open(self, hurry: Callable[[], None]) -> None:
        """Begin to connect."""
        self._hurry = hurry
        self._client.connect_async(self._config.host, port_of(self._config))
        self._client.loop_start()

    def deliver(self, parcel: Parcel) -> None:
        """Publish the alert, and wait for the broker to have it.

        Raises:
            SinkError: there is no broker, it does not acknowledge in time, or it will not have it now.
            RefusedError: it never will.
        """
        if not self._client.is_connected():
            raise SinkError(self._trouble)
        verdict = self._await(self._publish(parcel))
        self._sending = None
        if verdict.is_failure:
            kind = RefusedError if verdict.value in _HOPELESS else SinkError
            raise kind(f"the broker will not have it: {verdict}")

    def observe(self, event: Event) -> None:
        """Publish what is new while there is a connection; nobody wants to hear of a trigger or a transcript later."""
        if not self._controls or not self._client.is_connected():
            return
        if isinstance(event, Trigger):
            heard = json.dumps({"event_type": "heard", "score": round(event.score, 4), "at": round(event.at, 4)})
            self._client.publish(f"{self._topic}/trigger/{slug(event.name)}", heard)
        elif isinstance(event, Transcript) and event.text:
            said = {"text": event.text, "confidence": round(event.confidence, 4), "at": round(event.at, 4)}
            self._client.publish(f"{self._topic}/transcript", json.dumps(said))
        elif isinstance(event, Status) and event.what in ANSWERS:
            self._publish_states(self._controls)

    def close(self) -> None:
        """Say so, and disconnect."""
        if self._client.is_connected():
            farewell = self._client.publish(f"{self._topic}/status", "offline", qos=1, retain=True)
            # The connection may be lost in this very moment; then the broker says so itself.
            with suppress(RuntimeError):
                farewell.wait_for_publish(_FAREWELL)
        self._client.disconnect()
        self._client.loop_stop()

    def _make_client(self) -> "Client":
        client = make_client(self._config, slug(self._topic))
        client.on_connect, client.on_connect_fail = self._on_connect, self._on_connect_fail
        client.on_disconnect, client.on_publish = self._on_disconnect, self._on_publish
        client.on_message = self._on_message
        client.reconnect_delay_set(1, _LONGEST_RECONNECT)
        client.will_set(f"{self._topic}/status", "offline", qos=1, retain=True)
        return client

    def _publish(self, parcel: Parcel) -> int:
        """The number of the message; paho repeats by itself what it has, so it gets an alert only once."""
        if self._sending is None or self._sending[0] != parcel.id:
            self._verdicts.clear()
            message = self._client.publish(f"{self._topic}/alert", parcel.body, qos=1)
            self._sending = parcel.id, message.mid
        return self._sending[1]

    def _await(self, message: int) -> "ReasonCode":
        until = time.monotonic() + self._config.limit_seconds
        while message not in self._verdicts:
            if not self._acknowledged.wait(max(0.0, until - time.monotonic())):
                raise SinkError(f"the broker did not acknowledge it within {self._config.limit_seconds:g} s")
            self._acknowledged.clear()
            if message not in self._verdicts and not self._client.is_connected():
                raise SinkError(self._trouble)
        return self._verdicts.pop(message)

    def _on_connect(
        self, client: "Client", _data: object, _flags: object, reason: "ReasonCode", _properties: object
    ) -> None:
        if reason.is_failure:
            self._trouble = f"the broker refuses the connection: {reason}"
            return
        self._trouble = "the connection to the broker was lost"
        self._since = time.monotonic()
        client.publish(f"{self._topic}/status", "online", qos=1, retain=True)
        if self._controls:
            self._introduce(client, self._controls)
        self._hurry()

    def _introduce(self, client: "Client", controls: Controls) -> None:
        """Tell Home Assistant what there is, and listen to what it asks for."""
        for topic, entity in self._entities.items():
            client.publish(topic, entity, qos=1, retain=True)
        self._publish_states(controls)
        commands = [(f"{self._topic}/{command}/set", 1) for command in COMMANDS]
        client.subscribe([*commands, (words_told(self._topic), 1)])

    def _publish_states(self, controls: Controls) -> None:
        for command, state in states(controls).items():
            self._client.publish(f"{self._topic}/{command}", state, qos=1, retain=True)

    def _on_message(self, client: "Client", _data: object, message: "MQTTMessage") -> None:
        """A command that the broker has kept is of the past: it would come again with each connection."""
        if message.topic.endswith("/config"):
            self._forget_word(client, message)
        elif self._controls and not message.retain:
            self._obey(message, self._controls)

    def _forget_word(self, client: "Client", message: "MQTTMessage") -> None:
        """Home Assistant deletes an entity whose message is deleted: that of a word that is no longer listened for."""
        if message.payload and message.topic not in self._entities:
            client.publish(message.topic, b"", qos=1, retain=True)

    def _obey(self, message: "MQTTMessage", controls: Controls) -> None:
        wish = wish_of(message.topic.split("/")[-2], bytes(message.payload))
        if wish:
            controls.ask(wish)
        elif not self._refused:
            self._refused = True
            controls.ask(Refusal(REFUSAL))

    def _on_connect_fail(self, _client: "Client", _data: object) -> None:
        trouble = f"the broker {self._config.host} cannot be reached"
        distrusted = ", or its certificate is not trusted" * self._config.tls
        self._trouble = f"{trouble}{distrusted} (hark doctor tells why)"

    def _on_disconnect(self, client: "Client", *_: object) -> None:
        if self._since is not None:  # Else it was refused, which is told as such.
            self._wait_longer(client, time.monotonic() - self._since)
        self._since = None
        self._acknowledged.set()

    def _wait_longer(self, client: "Client", lasted: float) -> None:
        """Of two with one name, each that comes back sends the other away: both wait longer and longer."""
        self._brief = self._brief + 1 if lasted < _BRIEF else 0
        if self._brief >= _SUSPICIOUS:
            mend = f"is another hark connected as {self._topic}? Give each a topic of its own"
            self._trouble = f"the broker ends each connection after a moment: {mend}"
        client.reconnect_delay_set(min(_LONGEST_RECONNECT, 2 ** max(0, self._brief - 1)), _LONGEST_RECONNECT)

    def _on_publish(
        self, _client: "Client", _data: object, message: int, reason: "ReasonCode", _properties: object
    ) -> None:
        self._verdicts[message] = reason
        awaited = self._sending and self._sending[1]
        for other in list(self._verdicts)[:-_VERDICTS]:
            if other != awaited:
                self._verdicts.pop(other, None)
        self._acknowledged.set()
