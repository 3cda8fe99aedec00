"""Which of several processes delivers from an outbox: the one that has locked the file beside it."""

import fcntl
import os
from collections import Counter
from pathlib import Path
from threading import Lock
from typing import ClassVar

from edge.files import is_at


class Claim:
    """On the outbox of a path; all claims of this process count as one.

    Args:
        outbox: path of the outbox.
    """

    _lock: ClassVar[Lock] = Lock()
    _files: ClassVar[dict[Path, int]] = {}
    _holders: ClassVar[Counter[Path]] = Counter()

    def __init__(self, outbox: Path) -> None:
        self._path = Path(f"{outbox.absolute()}.lock")
        self._is_held = False

    def hold(self) -> bool:
        """Whether this process delivers; so it does where nothing can be locked, as on a disk that fails."""
        with self._lock:
            try:
                self._lock_file()
            except BlockingIOError:
                return False
            except OSError:
                return True
            if not self._is_held:
                self._is_held = True
                self._holders[self._path] += 1
            return True

    def let_go(self) -> None:
        """Leave it to other processes, once nobody in this one holds it."""
        with self._lock:
            if self._is_held:
                self._is_held = False
                self._holders[self._path] -= 1
                if not self._holders[self._path]:
                    self._unlock_file()

    def _lock_file(self) -> None:
        """Who removes an outbox may remove the file beside it, too, and what is locked then is seen by nobody."""
        if self._path in self._files and not is_at(self._path, os.fstat(self._files[self._path])):
            self._unlock_file()
        if self._path not in self._files:
            self._files[self._path] = _locked(self._path)

    def _unlock_file(self) -> None:
        if self._path in self._files:
            os.close(self._files.pop(self._path))


def _locked(path: Path) -> int:
    """The descriptor of a locked file.

    Raises:
        BlockingIOError: another process has locked it.
        OSError: it cannot be opened, or not be locked.
    """
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(file)
        raise
    return file
