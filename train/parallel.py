"""Work on both cores of a small machine."""

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkProcess
from pathlib import Path
from threading import Thread
from typing import Any, TypeVar

from edge.errors import HarkError
from train.progress import progress_bar

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
        mapped(make, count, folder.name)
    except ChildDiedError as error:
        raise HarkError(f"{folder} could not be filled: {error}") from None


def mapped(work: Callable[[int], T], count: int, name: str) -> list[T]:
    """What `work` gives for 0 to count - 1, each done in one of two children; the first error ends them both.

    On a terminal, a bar of this name tells how many are done.

    Raises:
        HarkError: what `work` raised.
        OSError: likewise.
        ChildDiedError: a child came to another end.
    """

    def every_other(worker: int, results: Connection) -> None:
        Thread(target=_end_with_parent, daemon=True).start()
        with suppress(KeyboardInterrupt):  # The parent gets it too, and says so.
            try:
                for number in range(worker, count, WORKERS):
                    results.send((number, work(number)))
                results.send(None)
            except (HarkError, OSError) as error:
                results.send(error)

    started = [_start(every_other, worker) for worker in range(min(WORKERS, count))]
    try:
        return _gathered([receiver for _, receiver in started], count, name)
    except BaseException:
        for child, _ in started:
            child.kill()  # SIGTERM may be an interruption to it, of which it would tell wherever that meets it.
        raise
    finally:
        for child, _ in started:
            child.join()


def _start(target: Callable[[int, Connection], None], worker: int) -> tuple[ForkProcess, Connection]:
    """A child, and what it sends.

    The parent's copy of the sending end is closed before the next child is forked: as long as anybody else holds one,
    nobody would tell the end of a child that died.
    """
    receiver, sender = FORK.Pipe(duplex=False)
    child = FORK.Process(target=target, args=(worker, sender), daemon=True)
    child.start()
    sender.close()
    return child, receiver


def _end_with_parent() -> None:
    """Else the child of one that was killed would write where the next run does."""
    if parent := multiprocessing.parent_process():
        parent.join()
        os._exit(1)


def _gathered(receivers: Sequence[Connection], count: int, name: str) -> list[Any]:
    """All results in the order of their numbers."""
    made: dict[int, Any] = {}
    with progress_bar(passing=True) as progress:  # Its thread begins once all children are forked, and is in none.
        task = progress.add_task(name, total=count, told="")
        for number, result in _told(receivers):
            made[number] = result
            progress.advance(task)
    return [made[number] for number in range(count)]


def _told(receivers: Sequence[Connection]) -> Iterator[tuple[int, Any]]:
    """Number and result of whatever is done, as soon as it is.

    Raises:
        HarkError: what a child raised.
        OSError: likewise.
        ChildDiedError: one ended before its work did.
    """
    working = list(receivers)
    while working:
        ready = wait(working)
        for receiver in [one for one in working if one in ready]:
            told = _received(receiver)
            if told is None:
                working.remove(receiver)
            elif isinstance(told, HarkError | OSError):
                raise told
            else:
                yield told


def _received(receiver: Connection) -> tuple[int, Any] | HarkError | OSError | None:
    """What a child sends next; nothing once it has done all."""
    try:
        told: tuple[int, Any] | HarkError | OSError | None = receiver.recv()
    except (EOFError, OSError):  # The other one where it died in the middle of a result.
        raise ChildDiedError("a child failed; the messages above say why") from None
    return told
