"""What all sinks have in common: somewhere that alerts go."""

import os
from codecs import BOM_UTF8
from collections.abc import Callable
from pathlib import Path
from typing import Final

from edge.alerts.parcel import Parcel
from edge.errors import ConfigError
from edge.events import Event

_CREDENTIALS: Final = "$CREDENTIALS_DIRECTORY/"


class SinkError(Exception):
    """A delivery failed, and may succeed later; one line without secrets that says why."""


class RefusedError(SinkError):
    """This very alert will never be taken."""


class Sink:
    """Opened, used and closed in one thread of its own, which it may hold up; but for `observe`."""

    def open(self, hurry: Callable[[], None]) -> None:
        """Get ready; `hurry` may be called, from any thread, when a delivery that failed should be tried again."""

    def deliver(self, parcel: Parcel) -> None:
        """Return once the receiver has it.

        Raises:
            SinkError: it could not be delivered now.
            RefusedError: it never will be.
        """
        raise NotImplementedError

    def abort(self) -> None:
        """Give up what `deliver` is doing; called by another thread, when the end does not wait for it any longer."""

    def observe(self, event: Event) -> None:
        """Take note of whatever is heard; called by the listener itself, so it must return at once."""

    def close(self) -> None:
        """Let go of everything."""


def secret_path(path: str) -> Path:
    """Where a secret is: what begins with `$CREDENTIALS_DIRECTORY/` is in the folder that systemd names by it."""
    folder, name = os.environ.get("CREDENTIALS_DIRECTORY"), path.removeprefix(_CREDENTIALS)
    return Path(folder, name) if folder and name != path else Path(path)


def read_secret(path: str) -> bytes:
    """What a file holds, without what editors add: the end of its last line, and the mark of UTF-8; see `secret_path`.

    Raises:
        ConfigError: it cannot be read, or is empty.
    """
    try:
        secret = secret_path(path).read_bytes().removeprefix(BOM_UTF8).rstrip(b"\r\n")
    except OSError as error:
        mend = "write the secret into it, readable by hark alone"
        if isinstance(error, PermissionError):
            mend = "let hark read it; to a service it is given by LoadCredential=, and is $CREDENTIALS_DIRECTORY/NAME"
        raise ConfigError(f"{path}: {error.strerror}; {mend}") from error
    if not secret:
        raise ConfigError(f"{path} is empty; write the secret into it")
    return secret
