"""What somebody has asked of a listener is kept for its next start: by the memory alone, and by the real service."""

import json
import signal
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path

import pytest

from edge.controls import Controls, Tune
from edge.events import Status
from edge.service import Memory
from edge.service.memory import FILE
from tests.alerts.making import eventually
from tests.pipeline.tones import make_bundle, recording
from tests.service.child import Service
from tests.virtual_microphone import VirtualMicrophone, virtual_microphone

__all__ = ["virtual_microphone"]

CONFIGURED = 0.5


@contextmanager
def running(folder: Path, configured: float = CONFIGURED) -> Iterator[tuple[Controls, Memory]]:
    """A memory at work, with controls that the listener has begun to follow."""
    controls = Controls()
    with Memory(controls, configured, {"STATE_DIRECTORY": f"{folder}:/elsewhere"}) as memory:
        controls.budget = configured
        for wish in controls.drain():
            assert isinstance(wish, Tune)
            controls.budget = wish.budget
        yield controls, memory


def leave(folder: Path, *, muted: bool = False, budget: float = CONFIGURED) -> None:
    with running(folder) as (controls, memory):
        controls.muted, controls.budget = muted, budget
        assert memory.news(CONFIGURED, 0) == []


@pytest.mark.runtime
@pytest.mark.parametrize("muted", [False, True])
@pytest.mark.parametrize("budget", [0.1, CONFIGURED, 2.5])
def test_the_next_start_is_as_the_last_one_was_left(tmp_path: Path, budget: float, *, muted: bool) -> None:
    leave(tmp_path, muted=muted, budget=budget)
    for _ in range(2):
        with running(tmp_path) as (controls, memory):
            assert (controls.muted, controls.budget) == (muted, budget)
            assert memory.news(CONFIGURED, 0) == []


@pytest.mark.runtime
def test_what_was_taken_back_is_forgotten(tmp_path: Path) -> None:
    leave(tmp_path, muted=True, budget=2.5)
    leave(tmp_path)
    with running(tmp_path) as (controls, _):
        assert (controls.muted, controls.budget) == (False, CONFIGURED)


@pytest.mark.runtime
def test_who_changes_the_configuration_wants_it_to_hold_but_stays_muted(tmp_path: Path) -> None:
    leave(tmp_path, muted=True, budget=2.5)
    with running(tmp_path, configured=1.0) as (controls, memory):
        assert (controls.muted, controls.budget) == (True, 1.0)
        memory.news(1.0, 0)
    with running(tmp_path, configured=CONFIGURED) as (controls, _):
        assert (controls.muted, controls.budget) == (True, CONFIGURED)


@pytest.mark.runtime
def test_nothing_is_written_that_nobody_asked_for_and_nothing_without_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    leave(tmp_path)
    controls = Controls()
    with Memory(controls, CONFIGURED, {}) as memory:
        controls.muted = True
        assert memory.news(CONFIGURED, 0) == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.runtime
def test_the_file_is_whole_and_for_its_owner_alone(tmp_path: Path) -> None:
    leave(tmp_path, muted=True)
    (file,) = tmp_path.iterdir()
    assert file.name == FILE
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert json.loads(file.read_text())["muted"] is True


DAMAGED = [
    b"", b"{", b"null", b"\xff\xfe", b"[" * 4096, b'{"muted": 1}', b'{"muted": true, "budget": NaN, "configured": 0.5}',
    b'{"muted": true, "budget": 1e9, "configured": 0.5}', b'{"loud": true}', b" " * 10_000_000 + b"{}",
]  # fmt: skip


@pytest.mark.runtime
@pytest.mark.parametrize("content", DAMAGED, ids=range(len(DAMAGED)))
def test_a_damaged_file_is_said_once_and_replaced(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    with running(tmp_path) as (controls, memory):
        (told,) = memory.news(CONFIGURED, 16_000)
        assert (told.what, told.at) == ("controls-failed", 1.0)
        assert told.detail == (
            f"{tmp_path / FILE} cannot be read (it is damaged): "
            "nothing is muted, and the configured sensitivity holds"
        )  # fmt: skip
        controls.muted = True
        assert memory.news(CONFIGURED, 0) == []
    with running(tmp_path) as (controls, memory):
        assert controls.muted
        assert memory.news(CONFIGURED, 0) == []


@pytest.mark.runtime
def test_what_cannot_be_written_is_said_once_and_holds_nobody_up(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    told: list[Status] = []

    def told_soon() -> bool:
        told.extend(memory.news(CONFIGURED, 0))
        return bool(told)

    with running(folder) as (controls, memory):
        for number in range(10_000):
            controls.muted = number % 2 == 0
            told += memory.news(CONFIGURED, 0)
        assert eventually(told_soon)
        folder.mkdir()
        controls.muted = True
        told += memory.news(CONFIGURED, 0)
    assert [one.detail for one in told] == [
        f"{folder / FILE} cannot be written (No such file or directory): the next start knows nothing of it"
    ]
    assert json.loads((folder / FILE).read_text())["muted"] is True


@contextmanager
def service(microphone: VirtualMicrophone, tmp_path: Path) -> Iterator[Service]:
    # A socket's path may be no longer than 107 bytes.
    with tempfile.TemporaryDirectory(prefix="hark-") as folder:
        environment = {**microphone.environment, "STATE_DIRECTORY": str(tmp_path)}
        service = Service(
            Path(folder), "--model", tmp_path / "tones", "--input", "mic", environment=environment, watchdog=4
        )
        try:
            service.wait_for(lambda: bool(service.noted("READY=1")))
            yield service
        finally:
            if service.child.poll() is None:
                service.close()


@pytest.mark.realtime
def test_a_power_cut_does_not_open_the_microphone(virtual_microphone: VirtualMicrophone, tmp_path: Path) -> None:
    make_bundle(tmp_path / "tones")
    with service(virtual_microphone, tmp_path) as listener:
        listener.child.send_signal(signal.SIGUSR1)
        listener.wait_for_event("muted")
        listener.wait_for((tmp_path / FILE).exists)
        listener.child.kill()
    with service(virtual_microphone, tmp_path) as listener:
        detail = "nothing is heard: the input was muted before, and is not opened"
        assert listener.wait_for_event("muted")["detail"] == detail
        listener.wait_for(lambda: len(listener.noted("WATCHDOG=1")) >= 2)
        assert not virtual_microphone.listeners()
        assert f"STATUS=muted: {detail}" in listener.noted("STATUS=")
        listener.child.send_signal(signal.SIGUSR2)
        listener.wait_for_event("unmuted")
        while not listener.told("trigger"):
            virtual_microphone.play(recording((0.1, "low tone"), seconds=0.6))
        assert listener.stop()[0] == 0
        # A word that was heard may be played again before that is told.
        kinds = [kind for kind, _ in groupby(event.get("what", event["type"]) for _, event in listener.events)]
        assert kinds == ["muted", "unmuted", "trigger"]
    with service(virtual_microphone, tmp_path) as listener:
        while not listener.told("trigger"):
            virtual_microphone.play(recording((0.1, "low tone"), seconds=0.6))
        assert not listener.told("muted")
        assert listener.stop()[0] == 0
