"""Webhooks are signed, go to nobody else, and fail in words that can be mended."""

import hashlib
import hmac
import json
import shutil
import socket
import ssl
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from edge.alerts.sink import RefusedError, SinkError
from edge.alerts.sinks.webhook import WebhookSink
from edge.config import WebhookConfig
from edge.errors import ConfigError
from edge.events import SCHEMA_VERSION
from tests.alerts.making import parcel
from tests.alerts.receiver import certificate, receiving

pytestmark = pytest.mark.runtime

needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")


def test_it_is_signed_over_time_and_body(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("a secret\n")
    with receiving() as receiver:
        config = WebhookConfig(url=receiver.url, secret_file=str(tmp_path / "key"))
        WebhookSink(config, lambda: 1_700_000_000.9).deliver(parcel())
        [(path, headers, body)] = receiver.got
    assert path == "/hook"
    assert json.loads(body)["message"] == "number 1"
    assert headers["Hark-Timestamp"] == "1700000000"
    expected = hmac.new(b"a secret", b"1700000000." + body, hashlib.sha256).hexdigest()
    assert headers["Hark-Signature"] == f"sha256={expected}"
    assert headers["Hark-Id"] == parcel().id
    assert headers["Hark-Schema"] == str(SCHEMA_VERSION)
    assert headers["Content-Type"] == "application/json"
    assert "a secret" not in str(headers)


def test_without_a_key_nothing_is_signed() -> None:
    with receiving() as receiver:
        WebhookSink(WebhookConfig(url=receiver.url)).deliver(parcel())
        assert receiver.got[0][1]["Hark-Signature"] is None


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirects_are_not_followed(status: int) -> None:
    with receiving() as receiver, receiving() as other:
        receiver.status, receiver.location = status, other.url
        with pytest.raises(SinkError, match=f"answers {status}, a redirect, which is not followed"):
            WebhookSink(WebhookConfig(url=receiver.url)).deliver(parcel())
        assert (len(receiver.got), other.got) == (1, [])


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_no_address_is_one_like_any_other(status: int) -> None:
    with receiving() as receiver:
        receiver.status, receiver.location = status, "http://[bad"
        with pytest.raises(SinkError, match=f"answers {status}, a redirect, which is not followed"):
            WebhookSink(WebhookConfig(url=receiver.url)).deliver(parcel())


@pytest.mark.parametrize(("status", "hopeless"), [(500, False), (503, False), (401, False), (429, False), (400, True)])
def test_what_speaks_of_the_alert_itself_is_final(status: int, *, hopeless: bool) -> None:
    with receiving() as receiver:
        receiver.status = status
        with pytest.raises(SinkError, match=str(status)) as caught:
            WebhookSink(WebhookConfig(url=receiver.url)).deliver(parcel())
        assert isinstance(caught.value, RefusedError) == hopeless


def test_a_receiver_that_hangs_is_left() -> None:
    with receiving() as receiver:
        receiver.hold.clear()
        began = time.monotonic()
        with pytest.raises(SinkError, match="does not answer in time"):
            WebhookSink(WebhookConfig(url=receiver.url, limit_seconds=0.2)).deliver(parcel())
        assert time.monotonic() - began < 5


@pytest.mark.parametrize("trickle", [b"HTTP/1.1 100 Continue\r\n\r\n", b"H"], ids=["continue", "letters"])
def test_a_receiver_that_sends_something_now_and_then_is_left(trickle: bytes) -> None:
    def dawdle() -> None:
        peer, _ = server.accept()
        with peer, suppress(OSError):
            for _ in range(50):
                peer.sendall(trickle)
                time.sleep(0.1)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=dawdle)
        thread.start()
        began = time.monotonic()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
        with pytest.raises(SinkError, match="does not answer in time"):
            WebhookSink(WebhookConfig(url=url, limit_seconds=0.3)).deliver(parcel())
        assert time.monotonic() - began < 3
        thread.join()


def test_an_address_is_asked_for_as_it_is_written() -> None:
    with receiving() as receiver:
        place = receiver.url.removesuffix("/hook")
        for rest in ("", "?key=1", "/a%20b/?key=1&other=#2"):
            WebhookSink(WebhookConfig(url=place + rest)).deliver(parcel())
        assert [path for path, _, _ in receiver.got] == ["/", "/?key=1", "/a%20b/?key=1&other="]


@pytest.mark.parametrize(
    ("place", "host", "port"),
    [("http://[::1]", "::1", 80), ("https://[fe80::2]/a", "fe80::2", 443), ("https://[::1]:1", "::1", 1)],
)
def test_an_address_of_ipv6_is_one_without_a_port_too(place: str, host: str, port: int) -> None:
    connection = WebhookSink(WebhookConfig(url=place))._connection()
    assert (connection.host, connection.port) == (host, port)


def test_nobody_there_is_said_without_the_address() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(SinkError, match="Connection refused") as caught:
        WebhookSink(WebhookConfig(url=f"http://127.0.0.1:{port}/private")).deliver(parcel())
    assert "private" not in str(caught.value)


def test_a_proxy_of_the_environment_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with receiving() as receiver, receiving() as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        monkeypatch.delenv("no_proxy", raising=False)
        WebhookSink(WebhookConfig(url=receiver.url)).deliver(parcel())
        assert (len(receiver.got), proxy.got) == (1, [])


@needs_openssl
def test_certificates_are_checked(tmp_path: Path) -> None:
    made, key = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made, key)
    with receiving(context) as receiver:
        with pytest.raises(SinkError, match="its certificate is not trusted: self"):
            WebhookSink(WebhookConfig(url=receiver.url)).deliver(parcel())
        assert receiver.got == []
        WebhookSink(WebhookConfig(url=receiver.url, ca_file=str(made))).deliver(parcel())
        assert len(receiver.got) == 1


@needs_openssl
def test_a_certificate_of_another_name_is_not_trusted(tmp_path: Path) -> None:
    made, key = certificate(tmp_path, "elsewhere.example")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made, key)
    with receiving(context) as receiver:
        with pytest.raises(SinkError, match="its certificate is not trusted"):
            WebhookSink(WebhookConfig(url=receiver.url, ca_file=str(made))).deliver(parcel())
        assert receiver.got == []


@pytest.mark.parametrize(
    ("text", "message"), [(None, "No such file"), (b"", "is empty"), (b"\n", "is empty")], ids=["none", "empty", "line"]
)
def test_a_key_that_is_not_there_is_an_error(tmp_path: Path, text: bytes | None, message: str) -> None:
    if text is not None:
        (tmp_path / "key").write_bytes(text)
    with pytest.raises(ConfigError, match=message):
        WebhookSink(WebhookConfig(url="https://example.org", secret_file=str(tmp_path / "key")))


def test_certificates_that_are_none_are_an_error(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("nothing")
    for name, message in (("ca.pem", "holds no certificates"), ("none.pem", "No such file")):
        with pytest.raises(ConfigError, match=message):
            WebhookSink(WebhookConfig(url="https://example.org", ca_file=str(tmp_path / name)))
