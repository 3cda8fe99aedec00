"""A network that sleeps until somebody asks it, and then reads the last seconds again.

    asleep ........ awake, from the steps before on ........ asleep .... awake, from where it fell asleep

What it costs is what it is asked for. It says the same however the stream is cut into calls.
"""

from collections.abc import Iterator
from typing import Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from edge.decoder.keywords import Scores
from edge.features import Frames

Flags: TypeAlias = npt.NDArray[np.bool_]
"""Shape (steps,)."""


class Reader(Protocol):
    """What turns frames into scores, step by step."""

    def reset(self) -> None:
        """Forget."""

    def feed(self, frames: Frames) -> Scores:
        """The scores of the steps that these frames make."""


class Past:
    """The frames of the last steps, which may be read again.

    Args:
        stack: frames of a step.
        width: numbers of a frame.
        longest: steps, the newest included, that anybody reads again.
    """

    def __init__(self, stack: int, width: int, longest: int) -> None:
        self._stack, self._width, self._longest = stack, width, longest
        self.reset()

    def reset(self) -> None:
        """Forget: the next frame is the first of a new stream."""
        self._room: Frames = np.empty((0, self._width), np.float32)
        self._first = self._end = 0
        self.steps = 0
        """Steps that are kept of those before the newest."""

    def rejoin(self) -> None:
        """Drop the frames of an unfinished step after a gap; what was heard before it counts."""
        self._end = self._first + self.steps * self._stack

    def hear(self, frames: Frames) -> None:
        """Newest frames; those of an unfinished step are kept."""
        if self._end + len(frames) > len(self._room):
            self._make_room(len(frames))
        self._room[self._end : self._end + len(frames)] = frames
        self._end += len(frames)

    def between(self, first: int, end: int) -> Frames:
        """Frames of some steps, as a view: 0 is the first of the newest, -1 the one before it, to minus `steps`."""
        newest = self._first + self.steps * self._stack
        return self._room[newest + first * self._stack : newest + end * self._stack]

    def forget(self, newest: int) -> None:
        """So many steps are the newest no more; those of them that nobody will read again go."""
        heard = self.steps + newest
        self.steps = min(heard, self._longest - 1)
        self._first += (heard - self.steps) * self._stack

    def _make_room(self, more: int) -> None:
        """To move the frames at every block would cost more than anything else does while nobody is awake."""
        kept = self._room[self._first : self._end]
        self._room = np.empty((len(kept) + more + self._longest * self._stack, self._width), np.float32)
        self._room[: len(kept)] = kept
        self._first, self._end = 0, len(kept)


class Sleeper:
    """Reads what it is asked for, and what it needs to know before; owns the reader.

    Args:
        reader: what it wakes.
        words: width of its scores.
        lead: steps that are read when it is asked after a long sleep, that one included; `Past` must keep as many.
    """

    def __init__(self, reader: Reader, words: int, lead: int) -> None:
        self._reader, self._words, self._lead = reader, words, lead
        self.reset()

    def reset(self) -> None:
        """Forget, and fall asleep."""
        self._slept = self._lead
        """Steps since it was awake; from `lead` on it begins anew."""

    def sleep(self, steps: int) -> None:
        """Nobody asks for the newest steps."""
        self._slept = min(self._slept + steps, self._lead)

    def feed(self, past: Past, asked: Flags) -> Scores:
        """The scores of the newest steps that are asked for, and zeros for the others: (steps, words)."""
        scores = np.zeros((len(asked), self._words), np.float32)
        stopped = -self._slept
        for begin, end in runs(asked):
            if begin - stopped >= self._lead:
                self._reader.reset()
                stopped = max(begin - self._lead + 1, -past.steps)
            scores[begin:end] = self._reader.feed(past.between(stopped, end))[begin - end :]
            stopped = end
        self._slept = min(len(asked) - stopped, self._lead)
        return scores


class Highest:
    """The highest of the last values; owns those before the next ones, zeros at first.

    Args:
        steps: how many, the newest included.
        words: values of a step.
    """

    def __init__(self, steps: int, words: int) -> None:
        self._shape = steps - 1, words
        self.reset()

    def reset(self) -> None:
        """Forget."""
        self._recent = np.zeros(self._shape, np.float32)

    def feed(self, values: Scores) -> Scores:
        """(steps, words) to the same shape."""
        if not len(values):
            return values
        joined = np.concatenate([self._recent, values])
        self._recent = joined[len(values) :]
        highest: Scores = windows(joined, self._shape[0] + 1).max(axis=-1)
        return highest


def windows(values: Scores, steps: int) -> Scores:
    """Each value and those before it, in a dimension more."""
    return np.lib.stride_tricks.sliding_window_view(values, steps, axis=0)


def runs(flags: Flags) -> Iterator[tuple[int, int]]:
    """First and end of each run of true ones."""
    changes = np.flatnonzero(np.diff(flags, prepend=False, append=False)).tolist()
    return zip(changes[::2], changes[1::2], strict=True)
