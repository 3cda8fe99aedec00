"""What this process costs, as the kernel counts it."""

import ctypes
import os
import platform
import re
import resource
import sys
from pathlib import Path
from types import TracebackType

_PERF_EVENT_OPEN = {"x86_64": 298, "aarch64": 241, "armv7l": 364}
"""Number of the system call by machine."""

_PERF_COUNT_HW_INSTRUCTIONS = 1
_EXCLUDE_KERNEL_AND_HYPERVISOR = 1 << 5 | 1 << 6


def peak_rss() -> int:
    """Most bytes of memory that were resident at once since the program was started."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        status = ""
    # Before ru_maxrss: in a child, that begins with what its parent had.
    if found := re.search(r"^VmHWM:\s*(\d+) kB", status, re.MULTILINE):
        return int(found[1]) * 1024
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def processor() -> str:
    """The processor's name, as far as the kernel knows it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith(("model name", "Model"))]
    return names[0] if names else platform.machine()


class _PerfEventAttr(ctypes.Structure):
    """The first version of the kernel's `struct perf_event_attr`; the name of each field is the kernel's."""

    _fields_ = (
        ("type", ctypes.c_uint32),
        ("size", ctypes.c_uint32),
        ("config", ctypes.c_uint64),
        ("sample_period", ctypes.c_uint64),
        ("sample_type", ctypes.c_uint64),
        ("read_format", ctypes.c_uint64),
        ("flags", ctypes.c_uint64),
        ("wakeup_events", ctypes.c_uint32),
        ("bp_type", ctypes.c_uint32),
        ("bp_addr", ctypes.c_uint64),
    )


class InstructionCounter:
    """Instructions that this thread has run outside the kernel, where the processor lets us count them."""

    def __init__(self) -> None:
        attributes = _PerfEventAttr(
            size=ctypes.sizeof(_PerfEventAttr),
            config=_PERF_COUNT_HW_INSTRUCTIONS,
            flags=_EXCLUDE_KERNEL_AND_HYPERVISOR,
        )
        number = _PERF_EVENT_OPEN.get(platform.machine()) if sys.platform == "linux" else None
        # The arguments: this thread, any processor, no group, no flags.
        self._file = -1 if number is None else _syscall(number, ctypes.byref(attributes), 0, -1, -1, 0)

    def read(self) -> int | None:
        """Instructions so far; None where they cannot be counted, as in most virtual machines."""
        if self._file < 0:
            return None
        return int.from_bytes(os.read(self._file, 8), sys.byteorder)

    def __enter__(self) -> "InstructionCounter":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def _syscall(number: int, *arguments: object) -> int:
    return int(ctypes.CDLL(None, use_errno=True).syscall(number, *arguments))
