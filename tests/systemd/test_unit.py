"""The service unit is valid, hardened, and leaves the program what it needs."""

import configparser
import ctypes
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from edge.errors import ConfigError, UsageError

UNIT = Path(__file__).parents[2] / "systemd" / "hark.service"
HIGHEST_EXPOSURE = 2.0

needs_systemd_analyze = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed: apt-get install systemd"
)


class _UnitParser(configparser.RawConfigParser):
    """Unit files tell upper from lower case and may name a key twice."""

    def optionxform(self, optionstr: str) -> str:
        return optionstr


@pytest.fixture
def unit() -> _UnitParser:
    parser = _UnitParser(strict=False)
    parser.read(UNIT)
    return parser


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*command, str(UNIT)], capture_output=True, text=True, check=False)


@needs_systemd_analyze
def test_verify_has_nothing_to_say() -> None:
    """An unknown key is only a line on stderr, with exit code 0."""
    result = _run("systemd-analyze", "verify")
    assert (result.returncode, result.stdout + result.stderr) == (0, "")


@needs_systemd_analyze
def test_exposure_is_low() -> None:
    result = _run("systemd-analyze", "security", "--offline=true", f"--threshold={HIGHEST_EXPOSURE * 10:.0f}")
    assert result.returncode == 0, result.stdout.splitlines()[-1]


def test_a_wrong_command_line_or_configuration_is_not_retried(unit: _UnitParser) -> None:
    never = {int(code) for code in unit["Service"]["RestartPreventExitStatus"].split()}
    assert unit["Service"]["Restart"] == "on-failure"
    assert never == {UsageError.exit_code, ConfigError.exit_code}


def test_an_absent_microphone_is_waited_for_without_end(unit: _UnitParser) -> None:
    interval, pause = unit["Unit"]["StartLimitIntervalSec"], unit["Service"]["RestartSec"]
    starts = float(interval.removesuffix("s")) / float(pause.removesuffix("s"))
    assert starts < float(unit["Unit"]["StartLimitBurst"])


def test_the_memory_rules_allow_an_audio_callback(unit: _UnitParser) -> None:
    """PortAudio calls back through a closure that cffi writes into executable memory."""
    assert _callback_works(deny_write_execute=unit["Service"].get("MemoryDenyWriteExecute") == "yes")


_PR_SET_MDWE, _PR_GET_MDWE = 65, 66

_MAKE_CALLBACK = f"""
import ctypes, sys
if sys.argv[1] == "deny":
    assert ctypes.CDLL(None).prctl({_PR_SET_MDWE}, 1, 0, 0, 0) == 0
from cffi import FFI
FFI().callback("int(int)", abs)
"""


def _callback_works(*, deny_write_execute: bool) -> bool:
    command = [sys.executable, "-c", _MAKE_CALLBACK, "deny" if deny_write_execute else "allow"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0 or "MemoryError" in result.stderr, result.stderr
    return result.returncode == 0


@pytest.mark.skipif(
    sys.platform != "linux" or ctypes.CDLL(None).prctl(_PR_GET_MDWE, 0, 0, 0, 0) < 0,
    reason="only Linux from 6.3 on can deny memory that is both writable and executable to a process",
)
def test_denying_write_and_execute_would_stop_the_callback() -> None:
    """Once cffi manages without, this fails, and the unit can be hardened further."""
    assert not _callback_works(deny_write_execute=True)
