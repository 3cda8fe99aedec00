"""Sound as a client sends it, made the 16 kHz mono blocks that the models hear, portion by portion."""

from collections import deque

from edge.audio import AudioBlock
from edge.capture.native import NativeBlock
from edge.capture.resample import convert
from edge.capture.wav import WavFormat
from edge.wyoming.messages import RefusalError


class Sound:
    """Bytes in, blocks out; owns the resampler of one stream."""

    def __init__(self, form: WavFormat) -> None:
        self.form = form
        self._samples = 0
        self._given: deque[NativeBlock | None] = deque()
        self._blocks = convert(iter(self._given.popleft, None), form.rate, "mix")

    def portions(self, data: bytes) -> list[bytes]:
        """The same bytes in portions of a second at most, so that nobody's work takes long.

        Raises:
            RefusalError: a sample is cut in two.
        """
        if len(data) % self.form.frame_bytes:
            raise RefusalError(f"sent {len(data)} bytes of sound, where a sample takes {self.form.frame_bytes}")
        second = self.form.rate * self.form.frame_bytes
        return [data[first : first + second] for first in range(0, len(data), second)]

    def feed(self, portion: bytes) -> AudioBlock:
        """What is certain once a portion is there."""
        block = NativeBlock(self.form.decode(portion), self._samples)
        self._samples = block.end
        return self._next(block)

    def finish(self) -> AudioBlock:
        """What the resampler held back."""
        return self._next(None)

    def _next(self, given: NativeBlock | None) -> AudioBlock:
        # `convert` gives a block for each that it takes, and one more at the end.
        self._given.append(given)
        return next(self._blocks)
