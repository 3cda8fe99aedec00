"""A real receiver of webhooks, which does as it is told."""

import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


@dataclass
class Receiver:
    """What it got, and what it answers."""

    url: str = ""
    status: int = 204
    location: str = ""
    got: list[tuple[str, Message, bytes]] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)
    """The ids of those that it answered with success."""
    hold: threading.Event = field(default_factory=threading.Event)
    """It answers nothing until this is set."""

    def __post_init__(self) -> None:
        self.hold.set()


@contextmanager
def receiving(context: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """A receiver on loopback, over TLS if there is a context."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.got.append((self.path, self.headers, body))
            receiver.hold.wait(30)
            if receiver.status < 300:
                receiver.taken.append(self.headers["Hark-Id"])
            self.send_response(receiver.status)
            if receiver.location:
                self.send_header("Location", receiver.location)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_POST  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """Nobody wants to read that a client hung up."""

    with Server(("127.0.0.1", 0), Handler) as server:
        if context:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        receiver.url = f"{'https' if context else 'http'}://localhost:{server.server_port}/hook"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield receiver
        finally:
            receiver.hold.set()
            server.shutdown()
            thread.join()


def certificate(folder: Path, name: str = "localhost") -> tuple[Path, Path]:
    """A certificate that signs itself, and its key."""
    made, key = folder / f"{name}.pem", folder / f"{name}.key"
    names = ("-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name},IP:127.0.0.1")
    days = ("-x509", "-days", "1", "-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1")
    command = ["openssl", "req", *days, "-keyout", str(key), "-out", str(made), *names]
    subprocess.run(command, check=True, capture_output=True)
    return made, key
