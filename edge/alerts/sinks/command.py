"""A program that is run for each alert, by its arguments and never by a shell."""

import json
import os
import signal
import subprocess
from contextlib import suppress

from edge.alerts.parcel import Parcel
from edge.alerts.sink import Sink, SinkError
from edge.children import inherited
from edge.config import CommandConfig
from edge.errors import ending, reason
from edge.template import fill


class CommandSink(Sink):
    """Delivered when the program ends with 0; the alert is in its arguments, and in HARK_... of its environment."""

    def __init__(self, config: CommandConfig) -> None:
        self._config = config
        self._process: subprocess.Popen[bytes] | None = None
        self._stopped = False

    def deliver(self, parcel: Parcel) -> None:
        """Run the program to its end.

        Raises:
            SinkError: it cannot be started, took too long, or ended with something else.
        """
        self._process = process = self._start(parcel)
        if self._stopped:
            _kill(process)
        try:
            code = process.wait(self._config.limit_seconds)
        except subprocess.TimeoutExpired:
            _kill(process)
            limit = f"{self._config.limit_seconds:g} s"
            raise SinkError(f"{self._config.argv[0]} took more than {limit} and was killed") from None
        if code:
            raise SinkError(f"{self._config.argv[0]} ended with {ending(code)}")

    def abort(self) -> None:
        """Kill the program, also one that is just being started: it is run again for this alert, and by itself then."""
        self._stopped = True
        if self._process and self._process.poll() is None:
            _kill(self._process)

    def _start(self, parcel: Parcel) -> "subprocess.Popen[bytes]":
        alert = json.loads(parcel.body)
        told = {f"HARK_{name.upper()}": str(value) for name, value in alert.items() if not isinstance(value, dict)}
        try:
            return subprocess.Popen(
                [fill(text, alert) for text in self._config.argv],
                # Standard output is the listener's own; complaints may go where its complaints go.
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env=inherited() | told | {"HARK_ALERT": parcel.body},
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            raise SinkError(f"{self._config.argv[0]} cannot be started ({reason(error)})") from error


def _kill(process: "subprocess.Popen[bytes]") -> None:
    """End the process with all that it has started, and reap it."""
    with suppress(ProcessLookupError, PermissionError):  # It may belong to somebody else by now (sudo).
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
