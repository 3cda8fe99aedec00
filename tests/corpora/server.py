"""A real HTTP server on this machine, whose line can be made to break."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


@dataclass
class FileServer:
    """Serves one file at every address."""

    content: bytes
    address: str = ""
    supports_ranges: bool = True
    states_length: bool = True
    break_off_after: list[int] = field(default_factory=list)
    """For each request in turn, the bytes after which the line breaks."""
    answer_with: list[int] = field(default_factory=list)
    """For each request in turn, a status to answer with instead of the file."""
    ranges: list[str | None] = field(default_factory=list)
    """The Range header of each request so far."""


class _Handler(BaseHTTPRequestHandler):
    server: "_Server"

    def do_GET(self) -> None:
        files = self.server.files
        files.ranges.append(self.headers["Range"])
        if files.answer_with:
            self.send_error(files.answer_with.pop(0))
        elif (start := self._start()) < len(files.content):
            self._send_from(start)
        else:
            self._answer(416, **{"Content-Range": f"bytes */{len(files.content)}", "Content-Length": "0"})

    def _start(self) -> int:
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers["Range"] or "")
        return int(asked[1]) if asked and self.server.files.supports_ranges else 0

    def _send_from(self, start: int) -> None:
        files = self.server.files
        size = len(files.content)
        headers: dict[str, str | int] = {"Content-Range": f"bytes {start}-{size - 1}/{size}"} if start else {}
        if files.states_length:
            headers["Content-Length"] = size - start
        self._answer(206 if start else 200, **headers)
        end = start + files.break_off_after.pop(0) if files.break_off_after else size
        self.wfile.write(files.content[start:end])

    def _answer(self, status: int, **headers: str | int) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, str(value))
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Says nothing."""


class _Server(ThreadingHTTPServer):
    def __init__(self, files: FileServer) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files = files
        files.address = f"http://127.0.0.1:{self.server_port}/file"


@contextmanager
def serve(content: bytes) -> Iterator[FileServer]:
    """A server on a free port of the loopback address, until the block ends."""
    with _Server(FileServer(content)) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.files
        finally:
            server.shutdown()
            thread.join()
