"""The wish to end, remembered: what is written in C may turn the interrupt into an error of its own while it loads."""

import signal
from types import FrameType
from typing import NoReturn

_wished: list[bool] = []


def note() -> None:
    """Somebody wishes an end, by a signal."""
    _wished.append(True)


def is_wished() -> bool:
    """Whether somebody has."""
    return bool(_wished)


def interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    """A handler of signals: end at once."""
    note()
    raise KeyboardInterrupt


def is_interrupt_ignored() -> bool:
    """Whether SIGINT is to be left alone, as a shell has it for what a script starts in the background."""
    return signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def listen_for_stops() -> None:
    """A service is stopped by SIGTERM, and that is as good an end as Ctrl-C."""
    _wished.clear()
    signal.signal(signal.SIGTERM, interrupt)
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # Nobody has told us to leave it alone.
        signal.signal(signal.SIGINT, interrupt)
