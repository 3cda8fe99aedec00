"""The server: connections in, each of them a `Client`; what goes wrong with one of them stays with it."""

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final
from urllib.parse import urlsplit

from edge.config.rules import check_host
from edge.errors import UsageError, reason
from edge.wyoming.client import Client
from edge.wyoming.ears import Ears
from edge.wyoming.messages import LINE, Patience, RefusalError

THREADS: Final = 2
"""So that one client's long search for what was said does not hold up another's wake word."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Limits:
    """What the server puts up with."""

    clients: int = 8
    """Connections at once; a further one is told so and closed. Each takes up to 17 MB."""

    patience: Patience = field(default_factory=Patience)

    linger_seconds: float = 1.0
    """A peer that is told why it is cut off has this long to read it."""


class Server:
    """Serves while it is entered: `async with Server(ears, uri): ...`.

    Args:
        ears: the models.
        uri: where to listen, tcp://HOST:PORT; port 0 takes a free one, which `address` then names.

    Raises:
        UsageError: the address cannot be, or cannot be listened on.
    """

    def __init__(self, ears: Ears, uri: str, limits: Limits | None = None) -> None:
        self._ears = ears
        self._limits = limits or Limits()
        self._host, self._port = parse_uri(uri)
        self._tasks: set[asyncio.Task[None]] = set()
        self._served = 0

    async def __aenter__(self) -> "Server":
        try:
            self._server = await asyncio.start_server(self._accept, self._host, self._port, limit=LINE)
        except OSError as error:
            where = f"{self._host}:{self._port}"
            raise UsageError(f"cannot listen on {where} ({reason(error)}); name another --uri") from None
        self._threads = ThreadPoolExecutor(THREADS, "wyoming")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._threads.shutdown(cancel_futures=True)

    @property
    def address(self) -> tuple[str, int]:
        """Host and port that are listened on."""
        host, port = self._server.sockets[0].getsockname()[:2]
        return host, port

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        admitted = self._served < self._limits.clients
        self._served += admitted
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer, admitted))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, admitted: bool) -> None:
        try:
            with suppress(OSError):
                try:
                    await self._attend(reader, writer, admitted)
                finally:
                    # Who only lingers takes no place, and no memory.
                    self._served -= admitted
                await self._hang_up(reader, writer)
        finally:
            writer.transport.abort()

    async def _attend(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, admitted: bool) -> None:
        """Serve a client to its end, and say why if that is our doing."""
        client = Client(reader, writer, self._ears, self._threads, self._limits.patience)
        try:
            if not admitted:
                raise RefusalError(f"came when all of the {self._limits.clients} places were taken")
            await client.run()
        except RefusalError as refusal:
            _log.warning("wyoming client %s: it %s", writer.get_extra_info("peername"), refusal)
            await self._explain(client, f"the client {refusal}")
        except OSError:
            raise  # the peer is gone
        except Exception:
            _log.exception("wyoming client %s: a fault of hark itself", writer.get_extra_info("peername"))
            await self._explain(client, "a fault of hark itself; see its log")

    async def _explain(self, client: Client, text: str) -> None:
        from wyoming.error import Error

        with suppress(RefusalError):
            await client.tell([Error(text).event()])

    async def _hang_up(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take what the peer still sends for a while: closed on unread bytes, the kernel takes the last answer back."""
        is_flood = len(self._tasks) > 2 * self._limits.clients
        with suppress(OSError, asyncio.TimeoutError):
            writer.write_eof()
            await asyncio.wait_for(_drop(reader), 0 if is_flood else self._limits.linger_seconds)


def parse_uri(uri: str) -> tuple[str, int]:
    """Host and port of tcp://HOST:PORT.

    Raises:
        UsageError: it is none.
    """
    try:
        parts = urlsplit(uri)
        if parts.scheme == "tcp" and parts.hostname and parts.port is not None:
            return check_host(parts.hostname), parts.port
    except ValueError:
        pass
    raise UsageError(f"--uri {uri!r} cannot be: give tcp://HOST:PORT, as in tcp://127.0.0.1:10400")


async def _drop(reader: asyncio.StreamReader) -> None:
    while await reader.read(LINE):
        pass
