"""Short recordings of the worst false accepts, to train on."""

import heapq
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from edge.audio import SAMPLE_RATE, AudioBlock, Pcm16, seconds, write_wav
from edge.capture.preroll import PreRoll
from edge.errors import OutputError
from edge.tuning.accepts import Peak

BEFORE_SECONDS: Final = 2.0
AFTER_SECONDS: Final = 0.5

SETTLED_SECONDS: Final = 1.5
"""After which no higher level is added to a peak: longer than the refractory time."""

MOST: Final = 200
"""Clips that are kept in memory: 16 MB."""


class Miner:
    """Holds the sound around each peak until it is saved; owns a ring of the last seconds."""

    def __init__(self) -> None:
        self._clips: list[tuple[float, int, str, Pcm16]] = []
        self._seen = 0
        self.begin("")

    def begin(self, name: str) -> None:
        """Another stream; its name becomes part of the clips' names."""
        self._name, self._taken = Path(name).stem, 0
        self._ring = PreRoll(BEFORE_SECONDS + SETTLED_SECONDS + 2)

    def feed(self, block: AudioBlock, peaks: Sequence[Peak]) -> None:
        """Take what has settled of the peaks so far; a block is a second at most."""
        self._ring.append(block)
        self._take(peaks, seconds(self._ring.end) - SETTLED_SECONDS)

    def finish(self, peaks: Sequence[Peak]) -> None:
        """The stream has ended: take the rest."""
        self._take(peaks, seconds(self._ring.end))

    def save(self, folder: Path) -> int:
        """Write the clips as WAV files, WORD-STREAM-SECONDS-SCORE.wav; returns how many.

        Raises:
            OutputError: the folder cannot be written.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for _, _, name, samples in self._clips:
                write_wav(folder / name, samples)
        except OSError as error:
            raise OutputError(
                f"{folder} cannot be written ({error.strerror}): name another folder for --keep"
            ) from error
        return len(self._clips)

    def _take(self, peaks: Sequence[Peak], until: float) -> None:
        while self._taken < len(peaks) and peaks[self._taken].at <= until:
            peak = peaks[self._taken]
            begin, end = (round((peak.at + by) * SAMPLE_RATE) for by in (-BEFORE_SECONDS, AFTER_SECONDS))
            name = f"{peak.word.replace(' ', '_')}-{self._name}-{peak.at:.2f}-{peak.level:.3f}.wav"
            self._seen += 1  # Decides between peaks of one level, or samples would be compared.
            heapq.heappush(self._clips, (peak.level, self._seen, name, self._ring.last(begin, end).samples))
            if len(self._clips) > MOST:
                heapq.heappop(self._clips)
            self._taken += 1
