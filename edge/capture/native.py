"""Audio as a source has it, before it is made 16 kHz mono."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

Frames: TypeAlias = npt.NDArray[np.int16] | npt.NDArray[np.float32]
"""Shape (n, channels): int16, or float32 with full scale 1.0."""

Channel: TypeAlias = int | Literal["mix"]
"""One channel, counted from 0, or the mean of all of them."""

RATES = range(4_000, 384_001)
"""Native rates that are believed, in Hz."""

MOST_CHANNELS = 64


@dataclass(frozen=True, slots=True)
class NativeBlock:
    """Consecutive frames and where they lie on the source's own clock."""

    frames: Frames

    start: int
    """Index of the first frame at the native rate; a jump is a gap of lost frames."""

    @property
    def end(self) -> int:
        """Index of the frame after the last one."""
        return self.start + len(self.frames)


def whole_frames(pieces: Iterable[bytes], frame_bytes: int) -> Iterator[bytes]:
    """The same bytes, each piece of whole frames; a frame that is cut off at the very end is left out."""
    rest = b""
    for piece in pieces:
        data = rest + piece
        whole = len(data) // frame_bytes * frame_bytes
        rest = data[whole:]
        yield data[:whole]
