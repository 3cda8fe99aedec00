"""Messages to the service manager: the protocol of sd_notify(3), which is a datagram of KEY=VALUE lines."""

import os
import socket
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

READY: Final = "READY=1"
STOPPING: Final = "STOPPING=1"
WATCHDOG: Final = "WATCHDOG=1"


class Notifier:
    """Sends to the socket of a service manager, and does nothing without one.

    What cannot be sent is dropped: a manager that is busy must not stop the listener.

    Args:
        address: path of the socket, of which a leading "@" means the abstract namespace; None: there is none.
    """

    def __init__(self, address: str | None) -> None:
        self._address = f"\0{address[1:]}" if address and address.startswith("@") else address

    def send(self, *lines: str) -> None:
        """Send assignments, each one line."""
        if not self._address:
            return
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as sender:
            sender.sendto("\n".join(lines).encode(), self._address)

    def status(self, text: str) -> None:
        """Say in one line how it goes, as `systemctl status` shows it."""
        self.send(f"STATUS={' '.join(text.split())}")


def is_managed(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether a service manager has started this process, and waits to be told how it goes."""
    return "NOTIFY_SOCKET" in environment


def watchdog_seconds(environment: Mapping[str, str], pid: int) -> float | None:
    """How long the manager waits for a sign of life; None: it does not, or not for this process."""
    interval, meant = environment.get("WATCHDOG_USEC", ""), environment.get("WATCHDOG_PID", str(pid))
    return int(interval) / 1e6 if interval.isdecimal() and int(interval) and meant == str(pid) else None
