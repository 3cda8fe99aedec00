"""Alerts as lines of JSON on standard output, and with that in the journal of a service."""

import os
import sys

from edge.alerts.parcel import Parcel
from edge.alerts.sink import Sink, SinkError


class StdoutSink(Sink):
    """Writes past Python's buffer, line by line, so that lines of other threads are not torn."""

    def deliver(self, parcel: Parcel) -> None:
        """Write a line.

        Raises:
            SinkError: standard output is closed, or nobody reads it.
        """
        try:
            line = f"{parcel.body}\n".encode()
            while line:
                line = line[os.write(sys.__stdout__.fileno() if sys.__stdout__ else 1, line) :]
        except OSError as error:
            raise SinkError(f"standard output cannot be written ({error.strerror})") from error
