"""What the programs that Hark starts are told of it: recorders, commands, players."""

import os
from typing import Final

NOT_FOR_CHILDREN: Final = {"NOTIFY_SOCKET", "WATCHDOG_PID", "WATCHDOG_USEC", "CREDENTIALS_DIRECTORY"}
"""A child could speak for the service with them."""


def inherited() -> dict[str, str]:
    """The environment of this process, as far as a child may have it."""
    return {name: value for name, value in os.environ.items() if name not in NOT_FOR_CHILDREN}
