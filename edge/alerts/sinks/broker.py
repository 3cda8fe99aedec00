"""The connection to an MQTT broker, as its configuration wants it."""

import os
from queue import Empty, Queue
from typing import TYPE_CHECKING

from edge.alerts.sink import read_secret
from edge.alerts.sinks.tls import trusting
from edge.config import MqttConfig
from edge.errors import ConfigError, HarkError, lacking

if TYPE_CHECKING:
    from paho.mqtt.client import Client
    from paho.mqtt.reasoncodes import ReasonCode


def make_client(config: MqttConfig, name: str) -> "Client":
    """A client that is not connected yet, with the protocol, the credentials and the trust of a configuration.

    Args:
        config: the broker.
        name: by which the broker knows the client; it sends another one of the same name away.

    Raises:
        ConfigError: the credentials or the certificates cannot be read.
        HarkError: paho-mqtt is not installed.
    """
    try:
        from paho.mqtt.client import Client
        from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
    except ModuleNotFoundError:
        raise HarkError(lacking("paho-mqtt", "mqtt")) from None
    version = MQTTProtocolVersion.MQTTv5 if config.version == "5" else MQTTProtocolVersion.MQTTv311
    client = Client(CallbackAPIVersion.VERSION2, name, protocol=version)
    if config.credentials_file:
        client.username_pw_set(*_credentials(config.credentials_file))
    if config.tls:
        client.tls_set_context(trusting(config.ca_file))
    return client


def port_of(config: MqttConfig) -> int:
    """The port of the broker."""
    return config.port or (8883 if config.tls else 1883)


def try_broker(config: MqttConfig, patience: float) -> None:
    """Connect and leave; nothing is published.

    Args:
        config: the broker.
        patience: seconds to wait for its answer.

    Raises:
        OSError: it cannot be reached, or its certificate is not trusted.
        ConfigError: it refuses the credentials, or a file of the configuration cannot be read.
        HarkError: paho-mqtt is not installed.
    """
    client = make_client(config, f"hark_doctor_{os.getpid()}")
    answers: Queue[ReasonCode] = Queue()
    client.on_connect = lambda _client, _data, _flags, reason, _properties: answers.put(reason)
    client.connect_timeout = patience
    client.connect(config.host, port_of(config))
    client.loop_start()
    try:
        reason = answers.get(timeout=patience)
    except Empty:
        raise TimeoutError from None
    finally:
        client.disconnect()
        client.loop_stop()
    if reason.is_failure:
        raise ConfigError(f"{config.host} refuses the connection ({reason}): mend what is in credentials_file")


def _credentials(path: str) -> tuple[str, str | None]:
    lines = read_secret(path).split(b"\n")
    try:
        user, *password = (line.rstrip(b"\r").decode() for line in lines)
    except UnicodeDecodeError:
        raise ConfigError(
            f"{path} is not UTF-8 text; write the user on its first line, the password on the second"
        ) from None
    return user, password[0] if password else None
