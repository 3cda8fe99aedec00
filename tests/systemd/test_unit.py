"""The service units are valid, hardened, and leave the program what it needs."""

import configparser
import ctypes
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from edge.errors import ConfigError, UsageError
from edge.service.manager import WINDOW_SECONDS

FOLDER = Path(__file__).parents[2] / "systemd"
UNIT = FOLDER / "hark.service"
USER_UNIT = FOLDER / "user" / "hark.service"

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


@pytest.fixture
def networked(tmp_path: Path) -> Path:
    """The unit together with the drop-in, as systemd finds them."""
    (tmp_path / "hark.service.d").mkdir()
    shutil.copy(FOLDER / "network.conf", tmp_path / "hark.service.d")
    return Path(shutil.copy(UNIT, tmp_path))


def _verify(unit: Path, runtime: Path, *options: str) -> tuple[int, str]:
    """An unknown key is only a line on stderr, with exit code 0."""
    command = ["systemd-analyze", *options, "verify", str(unit)]
    environment = os.environ | {"XDG_RUNTIME_DIR": str(runtime)}
    result = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    return result.returncode, result.stdout + result.stderr


def _exposure(unit: Path) -> float:
    """On systemd's scale from 0 to 10; the sum is only told in the text for people."""
    command = ["systemd-analyze", "security", "--offline=true", str(unit)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    return float(result.stdout.split("Overall exposure level for hark.service: ")[1].split()[0])


@needs_systemd_analyze
def test_verify_has_nothing_to_say(networked: Path, tmp_path: Path) -> None:
    assert _verify(UNIT, tmp_path) == (0, "")
    assert _verify(networked, tmp_path) == (0, "")
    assert _verify(USER_UNIT, tmp_path, "--user") == (0, "")


@needs_systemd_analyze
def test_exposure_is_low(networked: Path) -> None:
    assert _exposure(UNIT) <= 1.0
    assert _exposure(UNIT) < _exposure(networked) <= 2.0


@pytest.mark.parametrize("path", [UNIT, USER_UNIT])
def test_the_manager_is_told_by_the_program_itself(path: Path) -> None:
    unit = _UnitParser(strict=False)
    unit.read(path)
    service = unit["Service"]
    assert (service["Type"], service["NotifyAccess"]) == ("notify", "main")
    assert service["ExecReload"] == "/bin/kill -HUP $MAINPID"
    # A loss of the microphone may last as long as the watchdog is not petted anyway, and the window of the pulse.
    assert float(service["WatchdogSec"].removesuffix("s")) / 2 - WINDOW_SECONDS >= 15
    assert unit["Install"]["WantedBy"]


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
