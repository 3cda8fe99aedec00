"""Keeps from the screen what native code writes there by itself."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

SCREEN = (1, 2)
"""Standard output and standard error."""


@contextmanager
def written_to(file: BinaryIO) -> Iterator[None]:
    """What this process, and those that it starts meanwhile, write to the screen goes to a file instead."""
    streams = [stream for stream in (sys.stdout, sys.stderr) if stream]  # Neither, where they were closed before.
    for stream in streams:
        stream.flush()
    kept = {descriptor: os.dup(descriptor) for descriptor in SCREEN if _is_open(descriptor)}
    try:
        for descriptor in kept:
            os.dup2(file.fileno(), descriptor)
        yield
    finally:
        for descriptor, screen in kept.items():
            os.dup2(screen, descriptor)
            os.close(screen)


def _is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True
