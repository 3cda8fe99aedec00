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
from http.client import HTTPException
from typing import Final
from urllib.error import HTTPError, URLError
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPSHandler,
    OpenerDirector,
    Request,
)

from edge.alerts.parcel import Parcel
from edge.alerts.sink import RefusedError, Sink, SinkError, read_secret
from edge.alerts.sinks.tls import trusting
from edge.config import WebhookConfig
from edge.events import SCHEMA_VERSION

_HOPELESS: Final = {400, 413, 415, 422}
"""Answers that speak of this one alert; any other may be mended on the other side."""


class WebhookSink(Sink):
    """Delivered when the receiver answers with 2xx.

    Raises:
        ConfigError: the secret or the certificates cannot be read.
    """

    def __init__(self, config: WebhookConfig, wall_clock: Callable[[], float] = time.time) -> None:
        self._config, self._wall_clock = config, wall_clock
        self._secret = read_secret(config.secret_file) if config.secret_file else None
        # An alert goes straight to where the owner wishes: by no proxy of the environment, and to no other address. So
        # nothing reads where a redirect leads, which may be no address.
        self._opener = OpenerDirector()
        encrypted = HTTPSHandler(context=trusting(config.ca_file))
        for handler in (HTTPHandler(), encrypted, HTTPErrorProcessor(), HTTPDefaultErrorHandler()):
            self._opener.add_handler(handler)

    def deliver(self, parcel: Parcel) -> None:
        """Post the alert.

        Raises:
            SinkError: the receiver cannot be reached, is not who it should be, or answers with something else.
            RefusedError: it says that it will never take this alert.
        """
        try:
            with self._opener.open(self._request(parcel), timeout=self._config.limit_seconds):
                pass
        except HTTPError as error:
            with error:
                raise _answer(error.code) from None
        except (OSError, HTTPException) as error:
            raise SinkError(f"the receiver cannot be reached ({_reason(error)})") from None

    def _request(self, parcel: Parcel) -> Request:
        body, timestamp = parcel.body.encode(), str(int(self._wall_clock()))
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "hark",
            "Hark-Id": parcel.id,
            "Hark-Schema": str(SCHEMA_VERSION),
            "Hark-Timestamp": timestamp,
        }
        if self._secret:
            signed = hmac.new(self._secret, timestamp.encode() + b"." + body, hashlib.sha256)
            headers["Hark-Signature"] = f"sha256={signed.hexdigest()}"
        return Request(self._config.url, body, headers, method="POST")  # noqa: S310


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
    cause = error.reason if isinstance(error, URLError) else error
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {cause.verify_message}"
    if isinstance(cause, TimeoutError):
        return "it does not answer in time"
    return (cause.strerror if isinstance(cause, OSError) else None) or type(cause).__name__
