"""Something that is made anew in the background, while the old one goes on working."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from edge.errors import HarkError

T = TypeVar("T")


class Reload(Generic[T]):
    """Makes one at a time; a failure changes nothing.

    Args:
        make: reads the files and makes it; called in a thread, for that may take longer than audio can wait.
    """

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._thread: threading.Thread | None = None
        self._made: T | None = None
        self._failure: HarkError | None = None

    def begin(self) -> None:
        """Make one, in place of what was made and not taken; not while `busy`."""
        self._made = self._failure = None
        self._thread = threading.Thread(target=self._run, name="reload", daemon=True)
        self._thread.start()

    @property
    def busy(self) -> bool:
        """Whether one is being made."""
        return self._thread is not None and self._thread.is_alive()

    @property
    def ready(self) -> bool:
        """Whether there is something to take."""
        return self._thread is not None and not self._thread.is_alive()

    def take(self) -> T:
        """What was made, once.

        Raises:
            HarkError: it could not be made.
        """
        self._thread = None
        if self._made is None:
            raise self._failure or HarkError("nothing was made: begin first")
        return self._made

    def _run(self) -> None:
        try:
            self._made = self._make()
        except HarkError as error:
            self._failure = error
        except Exception as error:
            self._failure = HarkError(f"this is a fault of hark itself ({type(error).__name__}: {error}); report it")
