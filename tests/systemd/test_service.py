"""The units under a real systemd: started, watched, restarted, reloaded, stopped, and kept in their place.

The tests of a unit tell one story, in the order of the file.
"""

import json
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.alerts.making import eventually
from tests.pipeline.tones import make_bundle, recording
from tests.systemd.machine import HARK, PATIENCE, Machine, hindrance

WATCHDOG_SECONDS = 4
WAITS = f"[Service]\nWatchdogSec={WATCHDOG_SECONDS}s\nRestartSec=200ms\n"
"""In place of a minute and of 5 s; all else is as it is shipped."""

QUIET_SECONDS = 0.5
"""Before the first sample."""

SPEAKER = f"""
import itertools, sys, time
sound = open(sys.argv[1], "rb").read()
time.sleep({QUIET_SECONDS})
began = time.monotonic()
for count in itertools.count(1):
    at = count * 2560 % len(sound)
    sys.stdout.buffer.write(sound[at:at + 2560])
    sys.stdout.buffer.flush()
    time.sleep(max(0, began + count * 0.08 - time.monotonic()))
"""

INTRUDER = """
import json, os, socket
def attempt(work, *arguments):
    try:
        work(*arguments)
    except OSError as error:
        return error.strerror
    return "done"
folders = ("/etc", "/etc/hark", "/usr", "/opt/hark", "/var/lib/hark")
told = {folder: attempt(open, folder + "/mark", "w") for folder in folders}
told["look into /root"] = attempt(os.listdir, "/root")
told["network"] = attempt(socket.socket, socket.AF_INET)
told["user"] = os.getuid()
json.dump(told, open("/var/lib/hark/writing", "w"))
os.rename("/var/lib/hark/writing", "/var/lib/hark/told")
"""

MICROPHONE = "sink_name=microphone norewinds=1 rate=16000 format=s16le channels=1"

WORDS = """
[trigger]
model = "/opt/hark/tones"
[trigger.thresholds]
"low tone" = 0.6
[[alert]]
name = "word"
triggers = ["low tone"]
[sink.journal]
type = "stdout"
"""

CONFIGURATION = f"""
[input]
source = "exec:{HARK.parent}/python /opt/hark/speaker.py /opt/hark/sound.raw"
[trigger]
model = "/opt/hark/tones"
[trigger.thresholds]
"low tone" = 0.6
[[alert]]
name = "intruder"
triggers = ["low tone"]
[sink.intruder]
type = "command"
argv = ["{HARK.parent}/python", "/opt/hark/intruder.py"]
"""


pytestmark = pytest.mark.realtime


@pytest.fixture(scope="module")
def machine() -> Iterator[Machine]:
    if why := hindrance():
        pytest.skip(f"a real systemd cannot be run here: {why}")
    with tempfile.TemporaryDirectory(prefix="hark-") as folder, Machine(Path(folder)) as machine:
        make_bundle(machine.root / "opt/hark/tones")
        recording((0.5, "low tone"), seconds=2.0).tofile(machine.root / "opt/hark/sound.raw")
        yield machine


class Anna:
    """Has a manager of her own from boot on."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        machine.run("systemctl", "start", "dbus", "systemd-logind")
        machine.run("useradd", "--create-home", "anna")
        machine.write("/home/anna/.config/pulse/default.pa", "load-module module-native-protocol-unix\n")
        machine.run("chown", "-R", "anna", "/home/anna")
        machine.run("loginctl", "enable-linger", "anna")
        self._number = machine.run("id", "--user", "anna")
        machine.wait_for("ActiveState", "active", f"user@{self._number}")

    def run(self, *command: str) -> str:
        """What a command of hers prints."""
        environment = ("env", "HOME=/home/anna", f"XDG_RUNTIME_DIR=/run/user/{self._number}")
        return self.machine.run("runuser", "-u", "anna", "--", *environment, *command)


def await_restart(machine: Machine, count: int) -> None:
    machine.wait_for("NRestarts", str(count))
    machine.wait_for("ActiveState", "active")


@pytest.fixture(scope="module")
def seconds_to_start(machine: Machine) -> float:
    machine.write("/opt/hark/speaker.py", SPEAKER)
    machine.write("/opt/hark/intruder.py", INTRUDER)
    machine.write("/etc/hark/hark.toml", CONFIGURATION)
    machine.run(str(HARK), "install-service", "--apply")
    machine.write("/etc/systemd/system/hark.service.d/waits.conf", WAITS)
    machine.run("systemctl", "daemon-reload")
    began = time.monotonic()
    machine.run("systemctl", "start", "hark")
    return time.monotonic() - began


@pytest.fixture(scope="module")
def service(machine: Machine, seconds_to_start: float) -> Machine:
    """The machine, once the service has started on it."""
    assert seconds_to_start
    return machine


def test_the_service_has_started_once_there_is_sound(service: Machine, seconds_to_start: float) -> None:
    assert seconds_to_start > QUIET_SECONDS
    assert (service.show("ActiveState"), service.show("SubState")) == ("active", "running")


def test_its_status_is_what_it_heard_last(service: Machine) -> None:
    service.wait_for("StatusText", "last event: ")


def test_the_service_can_do_nothing_but_listen_and_keep_its_state(service: Machine) -> None:
    told = service.root / "var/lib/private/hark/told"
    assert eventually(told.exists, PATIENCE)
    result = json.loads(told.read_text())
    assert result.pop("user") not in (0, 65534)
    assert result == {
        "/etc": "Read-only file system",
        "/etc/hark": "Permission denied",
        "/usr": "Read-only file system",
        "/opt/hark": "Read-only file system",
        "/var/lib/hark": "done",
        "look into /root": "Permission denied",
        "network": "Address family not supported by protocol",
    }


def test_its_alerts_are_in_its_state_and_nobody_else_s_to_read(service: Machine) -> None:
    outbox = service.root / "var/lib/private/hark/outbox.db"
    assert outbox.stat().st_mode & 0o777 == 0o600
    assert outbox.parent.stat().st_mode & 0o777 == 0o700
    assert outbox.stat().st_uid == outbox.parent.stat().st_uid != 0


def test_the_service_is_started_again_when_it_is_killed(service: Machine) -> None:
    service.run("kill", "-KILL", service.show("MainPID"))
    await_restart(service, 1)


def test_the_service_is_started_again_when_it_hangs(service: Machine) -> None:
    service.run("kill", "-STOP", service.show("MainPID"))
    await_restart(service, 2)


def test_the_service_is_started_again_when_it_is_deaf(service: Machine) -> None:
    service.run("pkill", "-STOP", "--parent", service.show("MainPID"))
    await_restart(service, 3)
    assert service.journal().count("Watchdog timeout") == 2


def test_the_service_reads_its_configuration_again(service: Machine) -> None:
    service.write("/etc/hark/hark.toml", CONFIGURATION.replace("low tone", "no tone"))
    service.run("systemctl", "reload", "hark")
    assert eventually(lambda: '"reload-failed"' in service.journal(), PATIENCE)
    service.write("/etc/hark/hark.toml", CONFIGURATION)
    service.run("systemctl", "reload", "hark")
    assert eventually(lambda: '"reloaded"' in service.journal(), PATIENCE)
    assert service.show("NRestarts") == "3"


def test_the_service_stops_in_time(service: Machine) -> None:
    service.run("systemctl", "stop", "hark")
    began, ended = (int(service.show(f"{moment}TimestampMonotonic")) for moment in ("ActiveExit", "InactiveEnter"))
    assert ended - began < 2e6
    assert (service.show("ActiveState"), service.show("Result")) == ("inactive", "success")


def test_the_journal_knows_it_by_its_name(service: Machine) -> None:
    assert '"type": "trigger"' in service.run("journalctl", "--no-pager", "--identifier=hark")


@pytest.fixture(scope="module")
def anna(machine: Machine) -> Anna:
    if lacking := [one for one in ("pulseaudio", "pacat", "dbus-daemon", "loginctl") if shutil.which(one) is None]:
        pytest.skip(f"not installed: {', '.join(lacking)}")
    anna = Anna(machine)
    anna.run(str(HARK), "install-service", "--apply", "--user")
    with (machine.root / "home/anna/.config/hark/hark.toml").open("a") as file:
        file.write(WORDS)
    anna.run("systemctl", "--user", "daemon-reload")
    anna.run("systemctl", "--user", "start", "hark")
    return anna


def test_a_microphone_that_is_not_there_is_waited_for(anna: Anna) -> None:
    assert eventually(lambda: "StatusText=device-lost: " in anna.run("systemctl", "--user", "show", "hark"), PATIENCE)
    assert anna.run("systemctl", "--user", "is-active", "hark") == "active"


def test_it_is_heard_within_3_s_of_its_return(anna: Anna) -> None:
    anna.run("pactl", "load-module", "module-null-sink", MICROPHONE)
    there, unit = time.time(), "_SYSTEMD_USER_UNIT=hark.service"
    assert eventually(lambda: '"device-back"' in anna.machine.journal(unit), PATIENCE)
    # To ask takes long on a busy machine: the journal knows when it was said.
    told = anna.machine.run("journalctl", "--quiet", "--output=json", "--grep=device-back", unit).splitlines()
    assert int(json.loads(told[-1])["__REALTIME_TIMESTAMP"]) / 1e6 - there < 3


def test_a_user_s_words_are_heard_and_alerts_kept(anna: Anna) -> None:
    playing = ("pacat", "--playback", "--raw", "--format=s16le", "--rate=16000", "--channels=1")
    anna.run(*playing, "--latency-msec=500", "/opt/hark/sound.raw")
    assert eventually(lambda: '"alert"' in anna.machine.journal("_SYSTEMD_USER_UNIT=hark.service"), PATIENCE)
    assert (anna.machine.root / "home/anna/.local/state/hark/outbox.db").is_file()


def test_the_service_of_a_user_stops_when_it_is_told_to(anna: Anna) -> None:
    anna.run("systemctl", "--user", "stop", "hark")
    assert "Result=success" in anna.run("systemctl", "--user", "show", "hark")
