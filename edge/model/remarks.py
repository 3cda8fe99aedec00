"""Keeps what a TFLite runtime says of itself from standard error: no runtime has a switch for that.

"INFO: Created TensorFlow Lite XNNPACK delegate for CPU." is written by C++ straight to the descriptor, whatever
variables of the environment are set (google-ai-edge/LiteRT#7420, tensorflow/tensorflow#58050).
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Final

STDERR: Final = 2
REMARK: Final = b"INFO: "
_HELD: Final = Lock()
"""Standard error is one for all threads: a second one would take what holds it back for what is outside."""


@contextmanager
def no_remarks() -> Iterator[None]:
    """Holds standard error back, on Linux, and gives out at the end what is no remark, as errors are."""
    if sys.platform != "linux":
        yield
        return
    with _HELD, _held_back():
        yield


@contextmanager
def _held_back() -> Iterator[None]:
    try:
        outside = os.dup(STDERR)
    except OSError:  # It is closed.
        yield
        return
    held = os.memfd_create("stderr")
    os.dup2(held, STDERR)
    try:
        yield
    finally:
        os.dup2(outside, STDERR)
        os.close(outside)
        _pass_on(held)


def _pass_on(held: int) -> None:
    with open(held, "rb") as file, open(STDERR, "ab", buffering=0, closefd=False) as stderr:
        file.seek(0)
        for line in file:
            if not line.startswith(REMARK):
                stderr.write(line)
