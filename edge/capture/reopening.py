"""A source that outlives its microphone: whatever takes the device away, it is opened again, for ever.

    Microphone -- DeviceError --> device-lost -- attempts with back-off, in a thread --> Microphone --> device-back

While there is none, blocks without samples say that time passes; the first block after it lies as much later on the
stream's clock as the wall clock says, so that what was missed counts as lost.
"""

import threading
import time
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Final

import numpy as np

from edge.audio import SAMPLE_RATE, AudioBlock, seconds
from edge.capture.devices import abandon, rescan
from edge.capture.source import Source
from edge.errors import DeviceError, HarkError
from edge.events import Status

FIRST_PAUSE_SECONDS: Final = 0.1
LONGEST_PAUSE_SECONDS: Final = 1.6
"""Of the back-off, which doubles; with the time to open, a microphone is heard within 3 s of its return."""

HEARTBEAT_SECONDS: Final = 0.25
"""An empty block is given out so often while there is no microphone."""

_PATIENCE_SECONDS: Final = 1.0


class Reopening:
    """A context manager that can be iterated once, for `AudioBlock`s; only a microphone is ever opened again.

    A microphone that gives nothing from the beginning is an error, as it is without this class.

    Args:
        make: opens the source; called anew for each attempt, in another thread.
        clock: seconds that never go back.

    Raises:
        HarkError: the source cannot be opened the first time.
    """

    def __init__(self, make: Callable[[], Source], clock: Callable[[], float] = time.monotonic) -> None:
        self._make, self._clock = make, clock
        self._source = make()
        self._opening: _Opening | None = None
        self._lost = False
        self._heard_at: float | None = None
        self._offset = self._end = 0
        self._news: list[Status] = []

    @property
    def description(self) -> str:
        """The source in a few words, for messages."""
        return self._source.description

    @property
    def paced(self) -> bool:
        """Whether the samples come at the pace of a clock."""
        return self._source.paced

    def __iter__(self) -> Iterator[AudioBlock]:
        """Give out the blocks; those without samples say that there is no microphone now.

        Raises:
            DataError: the audio is damaged, or there is none.
            DeviceError: a child process stopped, or a microphone never gave a sample.
        """
        while True:
            try:
                yield from map(self._placed, self._source)
                return
            except DeviceError as error:
                if not self.paced or self._heard_at is None:
                    raise
                self._lose(str(error))
            yield from self._reopen()

    def news(self) -> list[Status]:
        """What has happened to the device since the last call, to be told before the events of the block."""
        news, self._news = self._news, []
        return news

    def close(self) -> None:
        """Let go of the source, and give up opening it again."""
        if self._opening:
            self._opening.give_up()
        self._source.close()

    def _placed(self, block: AudioBlock) -> AudioBlock:
        """A block on the clock of the whole stream."""
        now = self._clock()
        if self._lost and self._heard_at is not None:
            passed = round((now - self._heard_at) * SAMPLE_RATE)
            self._offset = self._end + max(0, passed - len(block.samples)) - block.start
            self._lost = False
            self._tell("device-back", f"{self.description} is heard again", block.start + self._offset)
        placed = AudioBlock(block.samples, block.start + self._offset)
        self._heard_at, self._end = now, placed.end
        return placed

    def _lose(self, why: str) -> None:
        """The first error of a loss is told; a device that opens and stalls again is still lost."""
        if not self._lost:
            self._tell("device-lost", why, self._end)
        self._lost = True

    def _reopen(self) -> Iterator[AudioBlock]:
        self._opening = _Opening(self._source, self._make)
        self._opening.start()
        nothing = AudioBlock(np.empty(0, np.int16), self._end)
        # However soon it succeeds, the loss is told before the return.
        yield nothing
        while self._opening.is_alive():
            self._opening.join(HEARTBEAT_SECONDS)
            yield nothing
        self._source, self._opening = self._opening.result(), None

    def _tell(self, what: str, detail: str, sample: int) -> None:
        self._news.append(Status(at=seconds(sample), what=what, detail=detail))

    def __enter__(self) -> "Reopening":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _Opening(threading.Thread):
    """Closes what was lost and opens it again; in a thread, for on a sound server that hangs, both do."""

    def __init__(self, lost: Source, make: Callable[[], Source]) -> None:
        super().__init__(name="reopen the microphone", daemon=True)
        self._lost, self._make = lost, make
        self._given_up = threading.Event()
        self._outcome: Source | Exception | None = None

    def run(self) -> None:
        """Try until it succeeds, or is not wanted any more."""
        try:
            self._lost.close()
            self._outcome = self._first_success()
        except Exception as error:
            self._outcome = error

    def result(self) -> Source:
        """The source that was opened.

        Raises:
            Exception: a fault of our own.
        """
        if not isinstance(self._outcome, Source):
            raise self._outcome or DeviceError(f"{self._lost.description} was closed meanwhile")
        return self._outcome

    def give_up(self) -> None:
        """End the attempts; one that hangs is left behind."""
        self._given_up.set()
        self.join(_PATIENCE_SECONDS)
        if self.is_alive():
            abandon()
        elif isinstance(self._outcome, Source):
            self._outcome.close()

    def _first_success(self) -> Source | None:
        pause = FIRST_PAUSE_SECONDS
        while not self._given_up.is_set():
            try:
                rescan()
                return self._make()
            except HarkError:
                self._given_up.wait(pause)
                pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
        return None
