"""Work on both cores of a small machine."""

import multiprocessing
import os
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Thread
from typing import Any, TypeVar

from edge.errors import HarkError

WORKERS = 2
# Forked, because sound banks are gigabytes: children inherit them, and nothing has to be piped to them.
FORK = multiprocessing.get_context("fork")

T = TypeVar("T")


class ChildDiedError(HarkError):
    """A child neither finished nor said what it could not do."""


def in_parallel(make: Callable[[int], None], count: int, folder: Path) -> None:
    """Calls `make` for 0 to count - 1 in two children, which write to `folder`.

    Raises:
        HarkError: what `make` raised, or a child died.
        OSError: what `make` raised, as on a full disk.
    """
    try:
        mapped(make, count)
    except ChildDiedError as error:
        raise HarkError(f"{folder} could not be filled: {error}") from None


def mapped(work: Callable[[int], T], count: int) -> list[T]:
    """What `work` gives for 0 to count - 1, each done in one of two children.

    Raises:
        HarkError: what `work` raised.
        OSError: likewise.
        ChildDiedError: a child came to another end.
    """

    def every_other(worker: int, results: Connection) -> None:
        Thread(target=_end_with_parent, daemon=True).start()
        told: list[T] | HarkError | OSError
        with suppress(KeyboardInterrupt):  # The parent gets it too, and says so.
            try:
                told = [work(number) for number in range(worker, count, WORKERS)]
            except (HarkError, OSError) as error:
                told = error
            results.send(told)

    pipes = [FORK.Pipe(duplex=False) for _ in range(min(WORKERS, count))]
    senders = enumerate(sender for _, sender in pipes)
    children = [FORK.Process(target=every_other, args=numbered, daemon=True) for numbered in senders]
    for child, (_, sender) in zip(children, pipes, strict=True):
        child.start()
        sender.close()  # Else nobody would tell the end of a child that died.
    shares = [share for receiver, _ in pipes if (share := _told(receiver)) is not None]
    for child in children:
        child.join()
    for share in shares:
        if isinstance(share, HarkError | OSError):
            raise share
    if len(shares) < len(children):
        raise ChildDiedError("a child failed; the messages above say why")
    return [shares[number % WORKERS][number // WORKERS] for number in range(count)]


def _end_with_parent() -> None:
    """Else the child of one that was killed would write where the next run does."""
    if parent := multiprocessing.parent_process():
        parent.join()
        os._exit(1)


def _told(receiver: Connection) -> Any:  # noqa: ANN401 -- a list of whatever is made, or an error
    """What a child sends, nothing if it died; whoever does not ask leaves one waiting that has much to tell."""
    try:
        return receiver.recv()
    except EOFError:
        return None
