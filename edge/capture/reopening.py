"""A source that outlives its microphone: whatever takes the device away, it is opened again, for ever.

    Microphone -- DeviceError --> device-lost -- attempts with back-off, in a thread --> Microphone --> device-back
               -- mute ---------> muted --- unmute --> unmuted -- the same -----------> Microphone

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
from edge.capture.native import NativeBlock
from edge.capture.source import Options, Source
from edge.errors import DeviceError, HarkError
from edge.events import Status

FIRST_PAUSE_SECONDS: Final = 0.1
LONGEST_PAUSE_SECONDS: Final = 1.6
"""Of the back-off, which doubles; with the time to open, a microphone is heard within 3 s of its return."""

HEARTBEAT_SECONDS: Final = 0.25
"""An empty block is given out so often while there is no microphone."""

HUNG_SECONDS: Final = 5.0
"""An attempt that lasts longer hangs, as on a sound server that does; only another process may mend that."""

_PATIENCE_SECONDS: Final = 1.0


class Reopening:
    """A context manager that can be iterated once, for `AudioBlock`s.

    A microphone is opened again when it is lost, and likewise a program that was muted; nothing else ever is.

    A microphone that gives nothing from the beginning is an error, as it is without this class; for who is patient, it
    has been lost at that moment.

    Args:
        make: opens the source; called anew for each attempt, in another thread.
        clock: seconds that never go back.
        patient: whether a microphone is waited for that is not there from the beginning.
        muted: whether it is a microphone or a program that was left muted, and is not opened before `unmute`.

    Raises:
        HarkError: the source cannot be opened the first time.
    """

    def __init__(
        self,
        make: Callable[[], Source],
        clock: Callable[[], float] = time.monotonic,
        *,
        patient: bool = False,
        muted: bool = False,
    ) -> None:
        self._make, self._clock = make, clock
        self._source = _Absent("the input") if muted else _first(make) if patient else make()
        self._opening: _Opening | None = None
        self._lost = self._reopened = False
        self._muted = self._let_go = muted
        self._heard_at = clock() if patient or muted else None
        self._offset = self._end = self._unmeasured = 0
        self._news: list[Status] = []
        if muted:
            self._tell("muted", f"nothing is heard: {self.description} was muted before, and is not opened", 0)

    @property
    def description(self) -> str:
        """The source in a few words, for messages."""
        return self._source.description

    @property
    def paced(self) -> bool:
        """Whether the samples come at the pace of a clock."""
        return self._source.paced

    @property
    def waiting(self) -> bool:
        """Whether the microphone is known to be lost, and attempts to open it are made that do not hang."""
        return self._lost and not (self._opening and self._opening.hangs)

    def __iter__(self) -> Iterator[AudioBlock]:
        """Give out the blocks; those without samples say that there is no microphone now.

        Raises:
            DataError: the audio is damaged, or there is none.
            DeviceError: a child process stopped, or a microphone never gave a sample.
        """
        if self._let_go:
            yield from self._away()
        while True:
            try:
                for block in self._source:
                    yield self._placed(block)
                    if self._let_go:
                        break
                else:
                    return
            except DeviceError as error:
                if not self.paced or self._heard_at is None:
                    raise
                self._lose(str(error))
            yield from self._away()

    def news(self) -> list[Status]:
        """What has happened to the device since the last call, to be told before the events of the block."""
        news, self._news = self._news, []
        return news

    def mute(self) -> None:
        """Close the microphone or the program until `unmute`; of a file or a pipe, the samples are dropped."""
        if self._muted:
            return
        self._muted, now = True, self._now()
        if self._source.reopens:
            self._let_go = True
            self.close()
        what = "is closed" if self._let_go else "is read on, and forgotten"
        self._tell("muted", f"nothing is heard: {self.description} {what}", now)

    def unmute(self) -> None:
        """Open it again."""
        if not self._muted:
            return
        self._muted = False
        self._tell("unmuted", f"{self.description} is listened to again", self._end + self._missed())

    def close(self) -> None:
        """Let go of the source, and give up opening it again."""
        if self._opening:
            self._opening.give_up()
        self._source.close()

    def _placed(self, block: AudioBlock) -> AudioBlock:
        """A block on the clock of the whole stream; empty if it must not be heard."""
        if self._reopened:
            self._offset = self._end + max(0, self._missed() - len(block.samples)) - block.start
            self._reopened, self._unmeasured = False, 0
        start = block.start + self._offset
        if self._lost:
            self._lost = False
            self._tell("device-back", f"{self.description} is heard again", start)
        if self._source.unmeasured > self._unmeasured:
            self._tell("overflow", "the device lost samples, and did not say how many", start)
        self._unmeasured = self._source.unmeasured
        self._heard_at, self._end = self._clock(), start + len(block.samples)
        return AudioBlock(block.samples, start) if not self._muted else AudioBlock(block.samples[:0], self._end)

    def _now(self) -> int:
        """The end of the last sample; what was let go of, and has not been heard since, may have had none for hours."""
        return self._end + (self._missed() if self._let_go or self._reopened else 0)

    def _missed(self) -> int:
        """Samples since the last block, by the wall clock, where they do not wait to be read."""
        if self._heard_at is None or not self._source.reopens:
            return 0
        return max(0, round((self._clock() - self._heard_at) * SAMPLE_RATE))

    def _lose(self, why: str) -> None:
        """The first error of a loss is told; a device that opens and stalls again is still lost."""
        if not self._lost:
            self._tell("device-lost", why, self._now())
        self._lost = True

    def _away(self) -> Iterator[AudioBlock]:
        """Empty blocks until there is a microphone, and it may be listened to."""
        nothing = AudioBlock(np.empty(0, np.int16), self._end)
        opening: _Opening | None = None
        self._reopened = False
        while not self._reopened:
            # An attempt that was given up may hang; PortAudio takes only one at a time.
            while self._muted or (opening and opening.is_alive()):
                time.sleep(HEARTBEAT_SECONDS)
                yield nothing
            opening = self._opening = _Opening(self._source, self._make, self._clock)
            opening.start()
            # However soon it succeeds, the loss is told before the return.
            yield nothing
            while opening.is_alive() and not opening.given_up:
                opening.join(HEARTBEAT_SECONDS)
                self._note_failure(opening)
                yield nothing
            if not opening.given_up:
                self._source, self._reopened = opening.result(), True
        self._opening, self._let_go = None, False

    def _note_failure(self, opening: "_Opening") -> None:
        """One that was let go of on purpose is lost once it cannot be had again."""
        if opening.failure and opening.is_alive():
            self._lose(str(opening.failure))

    def _tell(self, what: str, detail: str, sample: int) -> None:
        self._news.append(Status(at=seconds(sample), what=what, detail=detail))

    def __enter__(self) -> "Reopening":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _first(make: Callable[[], Source]) -> Source:
    try:
        return make()
    except DeviceError as error:
        return _Absent("a microphone that is not there yet", error)


class _Absent(Source):
    """In place of a microphone that is not open yet."""

    paced = reopens = True

    def __init__(self, description: str, why: DeviceError | None = None) -> None:
        super().__init__(description, rate=SAMPLE_RATE, options=Options())
        self._why = why or DeviceError(f"{description} is closed")

    def _native_blocks(self) -> Iterator[NativeBlock]:
        raise self._why

    def _release(self) -> None:
        """There is nothing to let go of."""


class _Opening(threading.Thread):
    """Closes what was lost and opens it again; in a thread, for on a sound server that hangs, both do."""

    def __init__(self, lost: Source, make: Callable[[], Source], clock: Callable[[], float]) -> None:
        super().__init__(name="reopen the microphone", daemon=True)
        self._lost, self._make, self._clock = lost, make, clock
        self._began = clock()
        self._unwanted = threading.Event()
        self._outcome: Source | Exception | None = None
        self.failure: HarkError | None = None
        """Of the last attempt."""

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

    @property
    def hangs(self) -> bool:
        """Whether the latest attempt should have come to an end."""
        return self.is_alive() and self._clock() - self._began > HUNG_SECONDS

    @property
    def given_up(self) -> bool:
        """Whether it is not wanted any more."""
        return self._unwanted.is_set()

    def give_up(self) -> None:
        """End the attempts; one that hangs is left behind."""
        self._unwanted.set()
        self.join(_PATIENCE_SECONDS)
        if self.is_alive():
            abandon()
        elif isinstance(self._outcome, Source):
            self._outcome.close()

    def _first_success(self) -> Source | None:
        pause = FIRST_PAUSE_SECONDS
        while not self.given_up:
            self._began = self._clock()
            try:
                rescan()
                return self._wanted(self._make())
            except HarkError as error:
                self.failure = error
                self._unwanted.wait(pause)
                pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
        return None

    def _wanted(self, source: Source) -> Source | None:
        """An attempt that hung may succeed when nobody wants to listen any more."""
        if not self.given_up:
            return source
        source.close()
        return None
