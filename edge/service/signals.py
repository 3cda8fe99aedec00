"""Signals as wishes that are looked at between two blocks.

Stop (SIGTERM, SIGINT), reload (SIGHUP), mute (SIGUSR1) and unmute (SIGUSR2).
"""

import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from types import FrameType, TracebackType
from typing import TypeVar

from edge.controls import Controls, Mute
from edge.stopping import is_interrupt_ignored, note

T = TypeVar("T")


class Signals:
    """A context manager that handles the signals of its process; to be used in the main thread.

    SIGINT is left alone where it is ignored, as by a shell for what a script starts in the background.

    Args:
        reloads: whether SIGHUP is a wish; to somebody at a terminal it means that the terminal has gone.
        controls: takes the wishes that need not be known at once; None: nobody else has any.
    """

    def __init__(self, *, reloads: bool, controls: Controls | None = None) -> None:
        self.controls = controls or Controls()
        """A mute that is asked for, and what others ask."""
        self._handlers: dict[int, Callable[[int, FrameType | None], None]] = {
            signal.SIGTERM: self._stop,
            signal.SIGINT: self._stop,
            signal.SIGUSR1: self._mute,
            signal.SIGUSR2: self._mute,
        }
        if reloads:
            self._handlers[signal.SIGHUP] = self._reload
        self._working = self._stopping = self._reload_wanted = False

    def until_stopped(self, items: Iterable[T]) -> Iterator[T]:
        """The items until a stop is wished for; waiting for the next one is then cut short, work on one is not."""
        with suppress(KeyboardInterrupt):
            for item in items:
                self._working = True
                yield item
                self._working = False
                if self._stopping:
                    break
        # What is left to be done after the last item is not cut short either.
        self._working = True

    def take_reload(self) -> bool:
        """Whether a reload is wished for since the last call."""
        wanted, self._reload_wanted = self._reload_wanted, False
        return wanted

    @property
    def is_stopping(self) -> bool:
        """Whether a stop was wished for."""
        return self._stopping

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        note()
        # Who asks twice does not want to wait for the end of the work.
        again, self._stopping = self._stopping, True
        if again or not self._working:
            raise KeyboardInterrupt

    def _mute(self, number: int, _frame: FrameType | None) -> None:
        self.controls.ask(Mute(number == signal.SIGUSR1))

    def _reload(self, _number: int, _frame: FrameType | None) -> None:
        self._reload_wanted = True

    def __enter__(self) -> "Signals":
        ours = dict(self._handlers)
        if is_interrupt_ignored():
            del ours[signal.SIGINT]
        self._before = {number: signal.signal(number, handler) for number, handler in ours.items()}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
