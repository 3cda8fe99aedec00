"""What can go wrong, as types that carry their exit code.

    HarkError            70  a fault of our own
      UsageError         64  the command line asks for something that cannot be
      DataError          65  audio or a bundle is not what it claims to be
        BundleError      65  a model bundle does not match itself, the features or the runtime
      DeviceError        69  no microphone, no PortAudio, a busy device, a child that ended
      OutputError        74  a file or folder that cannot be written
      ConfigError        78  the configuration names something that is not there

The numbers are those of sysexits.h, so that systemd and shell scripts can tell the causes apart.
Every message is one line: what is wrong, then how to mend it.
"""

import signal
from typing import ClassVar


class HarkError(Exception):
    """Base of all errors that `hark` reports in one line instead of a traceback."""

    exit_code: ClassVar[int] = 70


class UsageError(HarkError):
    """The command line asks for something that cannot be."""

    exit_code = 64


class DataError(HarkError):
    """Audio or a model is not what it claims to be."""

    exit_code = 65


class BundleError(DataError):
    """A model bundle does not match its manifest, the features or the runtime."""


class DeviceError(HarkError):
    """The sound input is missing, busy or gone."""

    exit_code = 69


class OutputError(HarkError):
    """A file or folder cannot be written."""

    exit_code = 74


class ConfigError(HarkError):
    """The configuration has an unknown key, a wrong type or a value out of range."""

    exit_code = 78


def reason(error: Exception) -> str:
    """What an error says, without the number and the path that Python adds to what the system says."""
    return (isinstance(error, OSError) and error.strerror) or str(error)


def lacking(package: str, extra: str) -> str:
    """What to say where an optional package is not installed."""
    return f"the package {package} is not installed: pip install '.[{extra}]' in hark's folder"


def ending(code: int) -> str:
    """How a child process ended, by its return code: `exit code 3`, `signal SIGKILL`."""
    return f"exit code {code}" if code >= 0 else f"signal {signal_name(-code)}"


def signal_name(number: int) -> str:
    """Such as `SIGKILL`; the number itself for most of the real-time signals, which Python knows no names of."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)
