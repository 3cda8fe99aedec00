"""`hark listen` as a service manager runs it: a socket to notify, lines of JSON on standard output."""

import json
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tests.cli.program import HARK, ROOT


class Service:
    """A child whose events and notifications are read as they arrive, with the time of arrival."""

    def __init__(
        self, folder: Path, *arguments: str | Path, environment: Mapping[str, str], watchdog: float = 60
    ) -> None:
        self.events: list[tuple[float, dict[str, Any]]] = []
        self.notes: list[tuple[float, str]] = []
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(folder / "notify"))
        variables = {"NOTIFY_SOCKET": str(folder / "notify"), "WATCHDOG_USEC": str(round(watchdog * 1e6))}
        self.child = subprocess.Popen(
            [*HARK, "listen", "--jsonl", *map(str, arguments)],
            env={**environment, **variables}, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self._readers = [threading.Thread(target=read, daemon=True) for read in (self._read_events, self._read_notes)]
        for reader in self._readers:
            reader.start()

    def wait_for(self, wanted: Callable[[], bool], patience: float = 20) -> float:
        """Wait until it is so; returns when that was."""
        deadline = time.monotonic() + patience
        while not wanted():
            assert time.monotonic() < deadline, (self.events, self.notes)
            assert self.child.poll() is None or wanted(), f"it ended: {self.events}"
            time.sleep(0.02)
        return time.monotonic()

    def wait_for_event(self, what: str, count: int = 1) -> dict[str, Any]:
        """Wait for the nth event that has this type, or tells this of the listener's status."""
        self.wait_for(lambda: len(self.told(what)) >= count)
        return self.told(what)[count - 1]

    def told(self, what: str) -> list[dict[str, Any]]:
        """The events so far that have this type, or tell this of the listener's status."""
        return [event for _, event in list(self.events) if what in (event["type"], event.get("what"))]

    def noted(self, start: str) -> list[str]:
        """The notifications so far that begin so."""
        return [note for _, note in list(self.notes) if note.startswith(start)]

    def stop(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, float]:
        """End it; returns its exit code and how many seconds that took."""
        begun = time.monotonic()
        self.child.send_signal(number)
        code = self.child.wait(20)
        took = time.monotonic() - begun
        self.close()
        return code, took

    def close(self) -> None:
        """End what is left, and read what was told last."""
        self.child.kill()
        self.child.wait()
        # The notification that ends the reader comes from nobody else.
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.sendto(b"", self._socket.getsockname())
        for reader in self._readers:
            reader.join()
        self._socket.close()
        for pipe in (self.child.stdin, self.child.stdout):
            assert pipe is not None
            pipe.close()

    def _read_events(self) -> None:
        assert self.child.stdout is not None
        for line in self.child.stdout:
            self.events.append((time.monotonic(), json.loads(line)))

    def _read_notes(self) -> None:
        while note := self._socket.recv(4096):
            self.notes.append((time.monotonic(), note.decode()))
