"""Work on both cores of a small machine."""

import multiprocessing
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, TypeVar

from edge.errors import HarkError

WORKERS = 2
# Forked, because sound banks are gigabytes: children inherit them, and nothing has to be piped to them.
FORK = multiprocessing.get_context("fork")

T = TypeVar("T")


def in_parallel(make: Callable[[int], None], count: int, folder: Path) -> None:
    """Calls `make` for 0 to count - 1 in two children, which write to `folder`.

    Raises:
        HarkError: a child failed.
    """
    try:
        mapped(make, count)
    except HarkError as error:
        raise HarkError(f"{folder} could not be filled: {error}") from None


def mapped(work: Callable[[int], T], count: int) -> list[T]:
    """What `work` gives for 0 to count - 1, each done in one of two children.

    Raises:
        HarkError: a child failed.
    """

    def every_other(worker: int, results: Connection) -> None:
        results.send([work(number) for number in range(worker, count, WORKERS)])

    pipes = [FORK.Pipe(duplex=False) for _ in range(min(WORKERS, count))]
    children = [FORK.Process(target=every_other, args=(n, sender)) for n, (_, sender) in enumerate(pipes)]
    for child, (_, sender) in zip(children, pipes, strict=True):
        child.start()
        sender.close()  # Else nobody would tell the end of a child that died.
    shares = [share for receiver, _ in pipes if (share := _told(receiver)) is not None]
    for child in children:
        child.join()
    if len(shares) < len(children):
        raise HarkError("a child failed; the messages above say why")
    return [shares[number % WORKERS][number // WORKERS] for number in range(count)]


def _told(receiver: Connection) -> list[Any] | None:
    """What a child sends, nothing if it died; whoever does not ask leaves one waiting that has much to tell."""
    try:
        told: list[Any] = receiver.recv()
    except EOFError:
        return None
    return told
