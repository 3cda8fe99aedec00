"""Work on both cores of a small machine."""

import multiprocessing
from collections.abc import Callable
from pathlib import Path

from edge.errors import HarkError

WORKERS = 2


def in_parallel(make: Callable[[int], None], count: int, folder: Path) -> None:
    """Calls `make` for 0 to count - 1 in two children, which write to `folder`.

    Raises:
        HarkError: a child failed.
    """

    def make_every_other(worker: int) -> None:
        for number in range(worker, count, WORKERS):
            make(number)

    # Forked, because sound banks are gigabytes: children inherit them, and nothing has to be piped to them.
    fork = multiprocessing.get_context("fork")
    workers = [fork.Process(target=make_every_other, args=(worker,)) for worker in range(WORKERS)]
    for process in workers:
        process.start()
    for process in workers:
        process.join()
    if any(process.exitcode != 0 for process in workers):
        raise HarkError(f"{folder} could not be filled; the messages above say why")
