"""Connections to whom nobody trusts to come to an end."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Timer


@contextmanager
def hung_up_after(seconds: float, connection: socket.socket) -> Iterator[None]:
    """Shut a connection down when its time is over: the timeout of a socket ends a silence alone, and no trickle."""
    timer = Timer(seconds, _hang_up, (connection,))
    timer.daemon = True  # Whoever ends meanwhile does not wait for it.
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _hang_up(connection: socket.socket) -> None:
    with suppress(OSError):
        # That of TLS would take its state from the thread that reads.
        socket.socket.shutdown(connection, socket.SHUT_RDWR)
