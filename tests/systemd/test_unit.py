"""The service units are valid, hardened, and leave the program what it needs."""

import configparser
import ctypes
import os
import re
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


@pytest.fixture(params=[("network.conf",), ("coral.conf",), ("coral.conf", "network.conf")], ids="+".join)
def extended(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The unit together with drop-ins, as systemd finds them."""
    (tmp_path / "hark.service.d").mkdir()
    for name in request.param:
        shutil.copy(FOLDER / name, tmp_path / "hark.service.d")
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
def test_verify_has_nothing_to_say(extended: Path, tmp_path: Path) -> None:
    assert _verify(UNIT, tmp_path) == (0, "")
    assert _verify(extended, tmp_path) == (0, "")
    assert _verify(USER_UNIT, tmp_path, "--user") == (0, "")


@needs_systemd_analyze
def test_exposure_is_low(extended: Path) -> None:
    assert _exposure(UNIT) <= 1.0
    assert _exposure(UNIT) < _exposure(extended) <= 2.0


@pytest.mark.parametrize("path", [UNIT, USER_UNIT])
def test_the_manager_is_told_by_the_program_itself(path: Path) -> None:
    unit = _UnitParser(strict=False)
    unit.read(path)
    service = unit["Service"]
    assert (service["Type"], service["NotifyAccess"]) == ("notify", "main")
    assert service["ExecReload"] == "/bin/kill -HUP $MAINPID"
    # When the microphone is back, the last sign of life may be half of this old; the next takes a window of the pulse.
    assert float(service["WatchdogSec"].removesuffix("s")) / 2 - WINDOW_SECONDS >= 15
    assert unit["Install"]["WantedBy"]


def test_a_wrong_command_line_or_configuration_is_not_retried(unit: _UnitParser) -> None:
    never = {int(code) for code in unit["Service"]["RestartPreventExitStatus"].split()}
    assert unit["Service"]["Restart"] == "always"
    assert never == {UsageError.exit_code, ConfigError.exit_code}


@pytest.mark.parametrize("path", [UNIT, USER_UNIT])
def test_what_was_heard_stays_in_memory(path: Path) -> None:
    unit = _UnitParser(strict=False)
    unit.read(path)
    # The watchdog ends a process by a signal that dumps core.
    assert unit["Service"]["LimitCORE"] == "0"


def test_the_rule_gives_both_faces_of_the_coral_to_a_group_of_the_service(unit: _UnitParser) -> None:
    rules = (FOLDER / "70-hark.rules").read_text()
    faces = re.findall(r'idVendor}=="(\w+)", ATTR{idProduct}=="(\w+)", GROUP="(\w+)"', rules)
    group = unit["Service"]["SupplementaryGroups"]
    assert faces == [("1a6e", "089a", group), ("18d1", "9302", group)]


def test_a_program_that_ends_is_started_again_without_end(unit: _UnitParser) -> None:
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
