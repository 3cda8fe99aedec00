"""The disk is filled under a running listener, again and again: it goes on, says so, and loses no alert."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.alerts.making import eventually
from tests.alerts.receiver import Receiver, receiving
from tests.faults.listening import RULE, ids, listening, outbox, webhook
from tests.service.child import Service

SIZE_KB = 400


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A file system that is soon full."""
    disk = folder / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE_KB}k", "none", disk], check=True)
    try:
        yield disk
    finally:
        subprocess.run(["umount", "--lazy", disk], check=True)


def fill(disk: Path) -> Path:
    """Take all that is left."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (4096, 1):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue
    return ballast


def campaign(times: int, folder: Path) -> bool:
    """Whether each was said, and all alerts arrived; says how many."""
    with small_disk(folder) as disk, receiving() as receiver:
        config = outbox(disk / "outbox.db") + RULE + webhook("a", receiver.url)
        with listening(folder, config, speed=4) as (service, speaker):
            service.wait_for_event("alert")
            for number in range(1, times + 1):
                _fill_and_free(service, receiver, disk, number)
            speaker.stop()
            arrived = eventually(lambda: set(receiver.taken) >= set(ids(service)))
            code, took = service.stop()
    told, got = ids(service), receiver.taken
    said = len(service.told("outbox-failed")), len(service.told("outbox-back"))
    lost, again = len(set(told) - set(got)), len(got) - len(set(got))
    print(
        f"disk full {times} times: said {said[0]} times, and {said[1]} times that it was well again; "
        f"{len(told)} alerts told, {lost} lost, {again} repeats; exit code {code} after {took:.2f} s"
    )
    return arrived and code == 0 and said[0] == said[1] > 0


def _fill_and_free(service: Service, receiver: Receiver, disk: Path, number: int) -> None:
    """Every other time the receiver is away too, so that alerts have to wait in memory."""
    receiver.status = 503 if number % 2 else 204
    ballast = fill(disk)
    before = len(ids(service))
    service.wait_for(lambda: len(ids(service)) >= before + 5)
    ballast.unlink()
    # Once the log is long enough the file needs no more room, and then there is nothing to tell.
    service.wait_for(lambda: len(service.told("outbox-back")) == len(service.told("outbox-failed")))
    receiver.status = 204
