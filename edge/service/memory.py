"""How a listener is left, kept for its next start: a power cut neither opens a microphone nor tunes anything.

controls -- after each block, if they changed --> Memory -- a thread --> STATE_DIRECTORY/controls.json
controls.json -- at the start --> Memory -- muted, and a wish for the sensitivity --> controls
"""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from queue import Queue
from threading import Event as Bell
from threading import Thread
from types import TracebackType
from typing import Final

from edge.audio import seconds
from edge.controls import HIGHEST_BUDGET, LOWEST_BUDGET, Controls, Tune
from edge.events import Status
from edge.files import written_whole
from edge.json_records import read

FILE: Final = "controls.json"

_MOST_BYTES: Final = 4096

_GRACE_SECONDS: Final = 0.4
"""For what is still to be written at the end."""


@dataclass(frozen=True, slots=True)
class Left:
    """What somebody has asked for while it ran."""

    muted: bool = False

    budget: float | None = None
    """False accepts an hour of each word; None: that of the configuration holds."""

    configured: float | None = None
    """The budget of the configuration, in place of which that stands: who changes it there wants it to hold."""

    @classmethod
    def of(cls, controls: Controls, configured: float) -> "Left":
        """How the controls stand."""
        if controls.budget in (None, configured):
            return cls(controls.muted)
        return cls(controls.muted, controls.budget, configured)


class Memory:
    """A context manager; where there is no folder for it, nothing is kept.

    The controls are as they were left from the beginning, but for the sensitivity, which is a wish.

    Args:
        controls: which are followed.
        configured: false accepts an hour of each word, as the configuration has it.
        environment: where a service manager names the folder, STATE_DIRECTORY.
    """

    def __init__(self, controls: Controls, configured: float, environment: Mapping[str, str] = os.environ) -> None:
        folder = environment.get("STATE_DIRECTORY", "").split(":")[0]
        self._file = Path(folder, FILE) if folder else None
        self._controls = controls
        self._left = self._written = Left()
        self._news: Queue[str] = Queue()
        self._changed, self._over, self._failing = Bell(), False, False
        self._thread = Thread(target=self._run, name="memory", daemon=True)
        if self._file:
            self._recall(self._file, configured)

    def news(self, configured: float, at: int) -> list[Status]:
        """Look at the controls after a block; tells, at a sample index, what could not be kept since the last call."""
        left = Left.of(self._controls, configured)
        if self._file and left != self._left:
            self._left = left
            self._changed.set()
            if not self._thread.is_alive():
                self._thread.start()
        why = [self._news.get_nowait() for _ in range(self._news.qsize())]
        return [Status(at=seconds(at), what="controls-failed", detail=detail) for detail in why]

    def _recall(self, file: Path, configured: float) -> None:
        try:
            self._left = self._written = _read(file)
        except FileNotFoundError:
            return
        except (OSError, ValueError, RecursionError) as error:
            why = (isinstance(error, OSError) and error.strerror) or "it is damaged"
            self._news.put(f"{file} cannot be read ({why}): nothing is muted, and the configured sensitivity holds")
            return
        self._controls.muted = self._left.muted
        if self._left.budget is not None and self._left.configured == configured:
            self._controls.ask(Tune(self._left.budget))

    def _run(self) -> None:
        over = False
        while not over:
            self._changed.wait()
            self._changed.clear()
            # Looked at first: what changed before the end is written.
            over = self._over
            self._save()

    def _save(self) -> None:
        left = self._left
        if left == self._written or self._file is None:
            return
        try:
            with written_whole(self._file) as file:
                file.write(json.dumps(asdict(left)).encode())
            self._written, self._failing = left, False
        except OSError as error:
            if not self._failing:
                self._news.put(f"{self._file} cannot be written ({error.strerror}): the next start knows nothing of it")
            self._failing = True

    def __enter__(self) -> "Memory":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over = True
        self._changed.set()
        if self._thread.is_alive():
            self._thread.join(_GRACE_SECONDS)


def _read(file: Path) -> Left:
    with file.open("rb") as opened:
        left = read(Left, json.loads(opened.read(_MOST_BYTES)), FILE)
    if left.budget is not None and not LOWEST_BUDGET <= left.budget <= HIGHEST_BUDGET:
        raise ValueError(f"nobody may ask for {left.budget} false accepts an hour")
    return left
