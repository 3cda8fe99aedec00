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
    sys.stdout.flush()
    sys.stderr.flush()
    kept = [os.dup(descriptor) for descriptor in SCREEN]
    try:
        for descriptor in SCREEN:
            os.dup2(file.fileno(), descriptor)
        yield
    finally:
        for screen, descriptor in zip(kept, SCREEN, strict=True):
            os.dup2(screen, descriptor)
            os.close(screen)
