"""A real Mosquitto on loopback, which may be killed and started again, and somebody who subscribes."""

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

pytest.importorskip("paho.mqtt", reason="paho-mqtt is not installed")

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode

from tests.alerts.making import eventually

PROGRAM = shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin")
needs_mosquitto = pytest.mark.skipif(PROGRAM is None, reason="mosquitto is not installed: apt-get install mosquitto")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


class Broker:
    """Keeps its sessions on disk, as one at home does."""

    def __init__(self, folder: Path, *settings: str) -> None:
        self.port = free_port()
        self._file = folder / "mosquitto.conf"
        lines = [f"listener {self.port} 127.0.0.1", "persistence true", f"persistence_location {folder}/", "user root"]
        self._file.write_text("\n".join([*lines, *(settings or ("allow_anonymous true",))]))
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def sink(self) -> str:
        """A section of a configuration that leads here."""
        return f'[sink.a]\ntype = "mqtt"\nhost = "127.0.0.1"\nport = {self.port}\ntls = false\ntopic = "hark"\n'

    def start(self) -> None:
        """Until it takes connections."""
        assert PROGRAM is not None
        quiet = subprocess.DEVNULL
        self._process = subprocess.Popen([PROGRAM, "-c", self._file], stdout=quiet, stderr=quiet)
        assert eventually(self._answers)

    def stop(self) -> None:
        """It writes down its sessions."""
        if self._process:
            self._process.terminate()
            self._process.wait()

    def kill(self) -> None:
        """It has no time for that."""
        if self._process:
            self._process.kill()
            self._process.wait()

    def _answers(self) -> bool:
        with socket.socket() as client:
            return client.connect_ex(("127.0.0.1", self.port)) == 0


@contextmanager
def running(folder: Path, *settings: str) -> Iterator[Broker]:
    broker = Broker(folder, *settings)
    broker.start()
    try:
        yield broker
    finally:
        broker.stop()


class Subscriber:
    """Its session outlives broker and connection."""

    def __init__(self, broker: Broker, name: str = "subscriber") -> None:
        self.messages: list[MQTTMessage] = []
        self._ready = False
        self._client = Client(CallbackAPIVersion.VERSION2, name, clean_session=False)
        self._client.on_connect = lambda client, *_: client.subscribe("#", 1) and None
        self._client.on_subscribe = lambda *_: setattr(self, "_ready", True)
        self._client.on_message = lambda _client, _data, message: self.messages.append(message)
        self._client.reconnect_delay_set(1, 1)
        self._client.connect("127.0.0.1", broker.port)
        self._client.loop_start()
        assert eventually(lambda: self._ready)

    def of(self, topic: str) -> list[MQTTMessage]:
        return [message for message in list(self.messages) if message.topic == topic]

    def ids(self, topic: str = "hark/alert") -> list[str]:
        return [json.loads(message.payload)["id"] for message in self.of(topic)]

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Until the broker has it."""
        self._client.publish(topic, payload, qos=1, retain=retain).wait_for_publish(10)

    def close(self) -> None:
        assert self._client.disconnect() in (MQTTErrorCode.MQTT_ERR_SUCCESS, MQTTErrorCode.MQTT_ERR_NO_CONN)
        self._client.loop_stop()
        time.sleep(0.05)
