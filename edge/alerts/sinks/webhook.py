"""A receiver that is told over HTTP: JSON, signed so that it knows who speaks and when.

Hark-Signature: sha256=HEX, HMAC-SHA256 (RFC 2104) of the file's key over TIMESTAMP.BODY
Hark-Timestamp: TIMESTAMP, seconds since 1970 at which it was sent
Hark-Id: the alert's id, by which repeats are known
Hark-Schema: version of the schema of the body: who made that cannot be asked
"""

import hashlib
import hmac
import ssl
import time
from collections.abc import Callable
from contextlib import closing
from http.client import HTTP_PORT, HTTPS_PORT, HTTPConnection, HTTPException, HTTPSConnection
from typing import Final
from urllib.parse import urlsplit

from edge.alerts.parcel import Parcel
from edge.alerts.sink import RefusedError, Sink, SinkError, read_secret
from edge.alerts.sinks.tls import trusting
from edge.config import WebhookConfig
from edge.events import SCHEMA_VERSION
from edge.sockets import hung_up_after

_HOPELESS: Final = {400, 413, 415, 422}
"""Answers that speak of this one alert; any other may be mended on the other side."""

_LATE: Final = "it does not answer in time"


class WebhookSink(Sink):
    """Delivered when the receiver answers with 2xx.

    Raises:
        ConfigError: the secret or the certificates cannot be read.
    """

    def __init__(self, config: WebhookConfig, wall_clock: Callable[[], float] = time.time) -> None:
        self._config, self._wall_clock = config, wall_clock
        self._secret = read_secret(config.secret_file) if config.secret_file else None
        self._address = address = urlsplit(config.url)
        self._target = f"{address.path or '/'}{address.query and '?'}{address.query}"
        # The certificates of a system take a megabyte.
        self._trust = trusting(config.ca_file) if address.scheme == "https" else None

    def deliver(self, parcel: Parcel) -> None:
        """Post the alert.

        Raises:
            SinkError: the receiver cannot be reached, is not who it should be, or answers with something else.
            RefusedError: it says that it will never take this alert.
        """
        until = time.monotonic() + self._config.limit_seconds
        try:
            code = self._post(parcel)
        except (OSError, HTTPException) as error:
            # What is hung up on fails in many ways.
            why = _reason(error) if time.monotonic() < until else _LATE
            raise SinkError(f"the receiver cannot be reached ({why})") from None
        if not 200 <= code < 300:
            raise _answer(code)

    def _post(self, parcel: Parcel) -> int:
        """The answer, by its code: of what comes behind it nothing is read, and no redirect is followed."""
        body, limit = parcel.body.encode(), self._config.limit_seconds
        with closing(self._connection()) as connection:
            connection.connect()
            with hung_up_after(limit, connection.sock):
                connection.request("POST", self._target, body, self._headers(parcel, body))
                return connection.getresponse().status

    def _connection(self) -> HTTPConnection:
        """Straight to where the owner wishes, by no proxy of the environment."""
        host, port, limit = self._address.hostname or "", self._address.port, self._config.limit_seconds
        # Without a port, the end of an address of IPv6 would be taken for one.
        if self._trust:
            return HTTPSConnection(host, port or HTTPS_PORT, timeout=limit, context=self._trust)
        return HTTPConnection(host, port or HTTP_PORT, timeout=limit)

    def _headers(self, parcel: Parcel, body: bytes) -> dict[str, str]:
        timestamp = str(int(self._wall_clock()))
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "hark",
            "Connection": "close",
            "Hark-Id": parcel.id,
            "Hark-Schema": str(SCHEMA_VERSION),
            "Hark-Timestamp": timestamp,
        }
        if self._secret:
            signed = hmac.new(self._secret, timestamp.encode() + b"." + body, hashlib.sha256)
            headers["Hark-Signature"] = f"sha256={signed.hexdigest()}"
        return headers


def _answer(code: int) -> SinkError:
    if code in _HOPELESS:
        return RefusedError(f"the receiver refuses the alert with {code}")
    if 300 <= code < 400:
        return SinkError(
            f"the receiver answers {code}, a redirect, which is not followed: give the address it leads to"
        )
    return SinkError(f"the receiver answers {code}")


def _reason(error: Exception) -> str:
    """Why, in words that hold nothing of the address."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {error.verify_message}"
    if isinstance(error, TimeoutError):
        return _LATE
    return (error.strerror if isinstance(error, OSError) else None) or type(error).__name__
