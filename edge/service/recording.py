"""Clips of the sound around what was heard, kept only if the owner wants them.

blocks, events -> Recording -- Clip --> Archive (a thread) -> FLAC files, of which the oldest go first
"""

import io
import os
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from queue import Empty, Full, Queue
from threading import Thread
from typing import Final

import numpy as np

from edge.audio import SAMPLE_RATE, AudioBlock, Pcm16
from edge.capture.preroll import PreRoll
from edge.config import RecordingConfig
from edge.errors import HarkError
from edge.events import Alert, Event, Status, Trigger
from edge.files import replacing

_DAY: Final = 86400.0
_MEGABYTE: Final = 1_000_000

_SLACK_SECONDS: Final = 2.0
"""A block may last longer than the sound that is wanted, and what it brought is known only at its end."""

_GAP: Final = SAMPLE_RATE
"""Samples (1 s) that may be missing inside a clip, where they are silence."""

_LONGEST: Final = 60
"""Characters of a word in the name of a file."""

_WAITING: Final = 4
"""Clips of 2 MB at the most that are held in memory while the disk hangs."""

_BREAKS: Final = ("muted", "device-lost")
"""States of the listener that last for nobody knows how long: no clip waits in memory for what comes after them."""

_TIDY_SECONDS: Final = 600.0
"""What is too old goes, even while nothing new comes."""

_OURS: Final = re.compile(r"\d{8}T\d{6}\.\d{3}Z_.*\.flac(\.part)?")
"""No other file of the folder is ever removed."""

_GRACE_SECONDS: Final = 0.4
"""For what is still to be written at the end."""


@dataclass(frozen=True, slots=True)
class Clip:
    """What is to be kept."""

    name: str
    """When and what: the name of the file, without its ending."""

    samples: Pcm16
    """Shape (n,), at 16 kHz."""


_END: Final = Clip("", np.empty(0, np.int16))
"""Wakes the thread that it may end."""

_WRITING: Final[set[Path]] = set()
"""What archives of this process write now: one that is closed may not be done when the next one tidies."""


def utc() -> datetime:
    """The wall clock."""
    return datetime.now(timezone.utc)


class Recording:
    """From the stream to clips; one that is being kept is not kept a second time for what comes before its end.

    Args:
        config: how much to keep.
        wall_clock: gives clips their names.
    """

    def __init__(self, config: RecordingConfig, wall_clock: Callable[[], datetime] = utc) -> None:
        self._config, self._wall_clock = config, wall_clock
        self._preroll = PreRoll(config.seconds_before + config.seconds_after + _SLACK_SECONDS)
        self._name: str | None = None
        self._start, self._end = 0, -1

    def feed(self, block: AudioBlock, events: Sequence[Event]) -> list[Clip]:
        """The clips that one more block, and the events that came of it, make whole."""
        # What comes after a gap, as of a microphone that was closed, does not belong to what is being kept.
        clips = self.finish() if block.start - self._preroll.end > _GAP else []
        self._preroll.append(block)
        clips += self._due()
        for event in events:
            if isinstance(event, (Trigger, Alert)) and self._name is None and _sample(event) > self._end:
                self._begin(event)
                clips += self._due()
        is_broken_off = any(isinstance(event, Status) and event.what in _BREAKS for event in events)
        return [*clips, *(self.finish() if is_broken_off else [])]

    def finish(self) -> list[Clip]:
        """What is left of a clip when the stream ends."""
        self._end = min(self._end, self._preroll.end)
        return self._due()

    def _begin(self, event: Trigger | Alert) -> None:
        what = re.sub(r"\W+", "-", event.name if isinstance(event, Trigger) else event.rule).strip("-")
        now = self._wall_clock()
        self._name = f"{now:%Y%m%dT%H%M%S}.{now.microsecond // 1000:03}Z_{what[:_LONGEST]}"
        at = _sample(event)
        self._start = at - round(self._config.seconds_before * SAMPLE_RATE)
        self._end = at + round(self._config.seconds_after * SAMPLE_RATE)

    def _due(self) -> list[Clip]:
        if self._name is None or self._preroll.end < self._end:
            return []
        name, self._name = self._name, None
        return [Clip(name, self._preroll.last(self._start, self._end).samples)]


def _sample(event: Event) -> int:
    return round(event.at * SAMPLE_RATE)


class Archive:
    """A folder of clips, and the thread that writes them: a disk that is slow holds nobody up.

    Args:
        config: where, and how many.
        wall_clock: tells which are too old.

    Raises:
        HarkError: soundfile or its library is not installed.
    """

    def __init__(self, config: RecordingConfig, wall_clock: Callable[[], datetime] = utc) -> None:
        try:
            import soundfile  # noqa: F401
        except (ImportError, OSError) as error:
            problem = "clips are written by soundfile, which is missing: pip install soundfile"
            raise HarkError(f"{problem}, or set enabled = false in [recording]") from error
        self._config, self._wall_clock = config, wall_clock
        self._folder = Path(config.folder)
        self._queue: Queue[Clip] = Queue(_WAITING)
        self._news: Queue[str] = Queue()
        self._failing = self._closed = False
        self._kept_at: dict[str, float] = {}
        """By the name of a clip of this run, when it was written: steady, for a wall clock may be set."""
        self._thread = Thread(target=self._run, name="recording", daemon=True)
        self._thread.start()

    def add(self, clip: Clip) -> None:
        """Have a clip written soon."""
        try:
            self._queue.put_nowait(clip)
        except Full:
            self._fail("the disk does not keep up")

    def news(self) -> list[str]:
        """Why clips could not be written since the last call; a cause that lasts is told once."""
        return [self._news.get_nowait() for _ in range(self._news.qsize())]

    def close(self) -> None:
        """Write what waits, if that is done at once."""
        self._closed = True
        with suppress(Full):  # Then what waits wakes it as well.
            self._queue.put_nowait(_END)
        self._thread.join(_GRACE_SECONDS)

    def _run(self) -> None:
        self._try(self._tidy)
        while not (self._closed and self._queue.empty()):
            try:
                clip = self._queue.get(timeout=_TIDY_SECONDS)
            except Empty:
                self._try(self._tidy)
                continue
            if clip is not _END:
                self._try(partial(self._keep, clip))

    def _try(self, work: Callable[[], None]) -> None:
        try:
            work()
        except OSError as error:
            self._fail(error.strerror or type(error).__name__)

    def _fail(self, why: str) -> None:
        if not self._failing:
            self._news.put(f"{self._folder}: {why}; no clips are kept until that is mended, see [recording]")
        self._failing = True

    def _keep(self, clip: Clip) -> None:
        encoded = _encoded(clip.samples)
        self._tidy(len(encoded))
        file, part = self._folder / f"{clip.name}.flac", self._folder / f"{clip.name}.flac.part"
        _WRITING.add(part)
        try:
            # What does not fit is gone at once: alerts may need the room.
            with (
                replacing(file, part),
                open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened,  # noqa: PTH123
            ):
                opened.write(encoded)
        finally:
            _WRITING.discard(part)
        self._kept_at[file.name] = time.monotonic()
        self._failing = False  # and no sooner: a folder that could be tidied is no clip that was kept

    def _tidy(self, coming: int = 0) -> None:
        """Remove what is too old, and the oldest where there must be room for so many bytes of one more clip."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _check_writable(self._folder)
        room = self._config.megabytes * _MEGABYTE
        kept, size = 0, coming
        for path, about in self._clips():
            kept, size = kept + 1, size + about.st_size
            surplus = kept + bool(coming) > self._config.clips or size > room
            # What was cut off in the middle of the writing is of no use.
            is_torn = path.suffix == ".part" and path not in _WRITING
            if surplus or self._is_old(path.name, about.st_mtime) or is_torn:
                path.unlink()
                self._kept_at.pop(path.name, None)

    def _clips(self) -> Iterator[tuple[Path, os.stat_result]]:
        """The newest first."""
        ours = (path for path in self._folder.glob("*Z_*.flac*") if _OURS.fullmatch(path.name))
        # A board without a clock may name the clips of this run as if they were the oldest.
        for path in sorted(ours, key=lambda path: (path.name in self._kept_at, path.name), reverse=True):
            with suppress(FileNotFoundError):  # Another archive, which ends, has given it its name just now.
                yield path, path.stat()

    def _is_old(self, name: str, written: float) -> bool:
        """A board without a clock starts in the past and is set later: no clip of this run is old by that."""
        kept = self._kept_at.get(name)
        age = self._wall_clock().timestamp() - written if kept is None else time.monotonic() - kept
        return age > self._config.days * _DAY


def _check_writable(folder: Path) -> None:
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(None, "Permission denied")


def _encoded(samples: Pcm16) -> bytes:
    import soundfile

    file = io.BytesIO()
    soundfile.write(file, samples, SAMPLE_RATE, format="FLAC", subtype="PCM_16")
    return file.getvalue()
