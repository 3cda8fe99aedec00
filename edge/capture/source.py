"""What every source of sound has in common: native frames go in, 16 kHz mono blocks come out."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import ClassVar, TypeVar

from edge.audio import AudioBlock
from edge.capture.native import MOST_CHANNELS, RATES, Channel, NativeBlock
from edge.capture.resample import convert, cut
from edge.errors import DataError, HarkError, UsageError

_AnySource = TypeVar("_AnySource", bound="Source")


@dataclass(frozen=True, slots=True)
class Options:
    """How to read a source.

    Raises:
        UsageError: a value is out of range.
    """

    rate: int | None = None
    """Hz, 4000 to 384 000: of a raw stream (16 000 if None), or the one at which a microphone is opened."""

    channels: int = 1
    """Channels of a raw stream, or those that a microphone is opened with; files say their own."""

    channel: Channel = "mix"
    """The channel to listen to, from 0, or "mix"."""

    block: int = 1280
    """Samples (16 kHz) a block given out; the last one, and one before a gap, may be shorter."""

    def __post_init__(self) -> None:
        if self.rate is not None and self.rate not in RATES:
            raise UsageError(f"a rate of {self.rate} Hz cannot be: give one from {RATES[0]} to {RATES[-1]}")
        if not 1 <= self.channels <= MOST_CHANNELS:
            raise UsageError(f"{self.channels} channels cannot be: give 1 to {MOST_CHANNELS}")
        if self.channel != "mix" and self.channel < 0:
            raise UsageError(f'channel {self.channel} cannot be: give 0, 1, ... or "mix"')
        if self.block < 1:
            raise UsageError(f"a block of {self.block} samples cannot be: give 1 or more")

    def check_channel(self, channels: int, description: str) -> None:
        """Refuse a channel that a source of that many channels does not have.

        Raises:
            UsageError: there is no such channel.
        """
        if self.channel != "mix" and self.channel >= channels:
            have = "only channel 0" if channels == 1 else f"channels 0 to {channels - 1}"
            raise UsageError(f'{description} has no channel {self.channel}: it has {have}, or use "mix"')


class Source(ABC):
    """A context manager that can be iterated once, for `AudioBlock`s until the end.

    However the samples are cut into blocks, they are the same samples. A block that starts later than
    the one before it ended says that what lies between was lost.
    """

    description: str
    """The source in a few words, for messages."""

    rate: int
    """Native rate in Hz."""

    paced: ClassVar[bool] = False
    """Whether the samples do come at the pace of a clock: those of a microphone."""

    reopens: ClassVar[bool] = False
    """Whether one that is closed and made anew gives what sounds by then."""

    _without_audio: ClassVar[type[HarkError]] = DataError

    def __init__(self, description: str, *, rate: int, options: Options) -> None:
        self.description, self.rate = description, rate
        self._options = options
        self._closed = False
        self._failure: HarkError | None = None

    def __iter__(self) -> Iterator[AudioBlock]:
        """Give out the blocks; what was heard before an error comes before it, to the last sample.

        Raises:
            DataError: the audio is damaged, or there is none.
            DeviceError: a microphone or a child process stopped.
        """
        empty = True
        for block in cut(convert(self._until_failure(), self.rate, self._options.channel), self._options.block):
            yield block
            if self._closed:
                return
            empty = False
        if self._failure:
            raise self._failure
        if empty and not self._closed:
            raise self._without_audio(f"{self.description} holds no audio: check what was meant to write it")

    def _until_failure(self) -> Iterator[NativeBlock]:
        try:
            yield from self._native_blocks()
        except HarkError as error:
            self._failure = error

    @property
    def unmeasured(self) -> int:
        """Times that samples were lost so far of which nobody knows how many."""
        return 0

    def close(self) -> None:
        """Let go of the file, the child or the device; a blocked iteration in another thread ends."""
        if not self._closed:
            self._closed = True
            self._release()

    @abstractmethod
    def _native_blocks(self) -> Iterator[NativeBlock]:
        """The frames as they come, in any portions."""

    @abstractmethod
    def _release(self) -> None:
        """What `close` does, once."""

    def __enter__(self: _AnySource) -> _AnySource:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
