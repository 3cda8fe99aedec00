"""The service on a microphone that comes and goes: a real sound server that is killed, suspended and started again."""

import os
import signal
import tempfile
import time
from collections.abc import Iterator
from itertools import groupby, pairwise
from pathlib import Path

import pytest

from edge.capture.reopening import HUNG_SECONDS
from tests.pipeline.tones import make_bundle, recording
from tests.service.child import Service
from tests.virtual_microphone import SINK, VirtualMicrophone, virtual_microphone

__all__ = ["virtual_microphone"]

pytestmark = pytest.mark.realtime

WORD = recording((0.1, "low tone"), seconds=0.6)
WATCHDOG_SECONDS = 6.0


@pytest.fixture
def service(virtual_microphone: VirtualMicrophone, tmp_path: Path) -> Iterator[Service]:
    bundle = make_bundle(tmp_path / "tones")
    # A socket's path may be no longer than 107 bytes.
    with tempfile.TemporaryDirectory(prefix="hark-") as folder:
        service = Service(
            Path(folder), "--model", bundle, "--input", "mic",
            environment=virtual_microphone.environment, watchdog=WATCHDOG_SECONDS,
        )  # fmt: skip
        try:
            service.wait_for(lambda: bool(service.noted("READY=1")))
            yield service
        finally:
            if service.child.poll() is None:
                service.close()


def start_again(microphone: VirtualMicrophone) -> float:
    """Start the daemon anew; returns when its microphone was there."""
    microphone.daemon = microphone._start(Path(microphone.environment["PULSE_STATE_PATH"]))
    microphone._wait_until_up()
    microphone.control("set-default-source", f"{SINK}.monitor")
    return time.monotonic()


def hear_a_word(service: Service, microphone: VirtualMicrophone) -> None:
    """Play a word, again and again as somebody would who is not heard, until it is."""
    before = len(service.told("trigger"))
    while len(service.told("trigger")) == before:
        microphone.play(WORD)


def test_words_are_heard_again_within_3_s_of_the_return_of_the_microphone(
    service: Service, virtual_microphone: VirtualMicrophone
) -> None:
    hear_a_word(service, virtual_microphone)
    for times in (1, 2):
        virtual_microphone.kill()
        service.wait_for_event("device-lost", times)
        time.sleep(2 * times)
        there = start_again(virtual_microphone)
        service.wait_for_event("device-back", times)
        hear_a_word(service, virtual_microphone)
        (arrival, _), *_ = [one for one in service.events if one[1]["type"] == "trigger" and one[0] > there]
        assert arrival - there <= 3
    code, took = service.stop()
    assert (code, took < 2) == (0, True)
    # A word that was heard may be played again before that is told.
    kinds = [kind for kind, _ in groupby(event.get("what", event["type"]) for _, event in service.events)]
    assert kinds == ["trigger", *["device-lost", "device-back", "overflow", "trigger"] * 2]


def test_what_was_missed_counts_as_lost(service: Service, virtual_microphone: VirtualMicrophone) -> None:
    virtual_microphone.kill()
    lost = service.wait_for_event("device-lost")
    gone = next(time for time, event in service.events if event == lost)
    time.sleep(1)
    start_again(virtual_microphone)
    back, overflow = service.wait_for_event("device-back"), service.wait_for_event("overflow")
    passed = next(time for time, event in service.events if event == back) - gone
    assert overflow["lost_samples"] / 16_000 == pytest.approx(passed, abs=1.0)
    assert back["at"] == pytest.approx(lost["at"] + overflow["lost_samples"] / 16_000, abs=1e-3)
    assert "pulse" in back["detail"] or "default" in back["detail"]


def test_a_stalled_microphone_is_lost_once_however_long_it_stalls(
    service: Service, virtual_microphone: VirtualMicrophone
) -> None:
    virtual_microphone.suspend()
    assert "for 2 s" in service.wait_for_event("device-lost")["detail"]
    # It can be opened again, and stalls again.
    time.sleep(5)
    virtual_microphone.control("suspend-sink", SINK, "0")
    service.wait_for_event("device-back")
    hear_a_word(service, virtual_microphone)
    assert len(service.told("device-lost")) == 1


def test_the_watchdog_is_petted_while_there_is_sound_and_only_then(
    service: Service, virtual_microphone: VirtualMicrophone
) -> None:
    service.wait_for(lambda: len(service.noted("WATCHDOG=1")) >= 2)
    times = [time for time, note in service.notes if note.startswith(("READY=1", "WATCHDOG=1"))]
    pauses = [later - earlier for earlier, later in pairwise(times)]
    # At half of its time, but a note may be read late, and the one after it in time.
    assert min(pauses) > WATCHDOG_SECONDS / 4
    assert max(pauses) <= WATCHDOG_SECONDS
    # The daemon hangs: closing the stream would, too, and so would the end of the process.
    os.kill(virtual_microphone.daemon.pid, signal.SIGSTOP)
    try:
        service.wait_for_event("device-lost")
        # It takes a while until it is known that an attempt hangs.
        time.sleep(HUNG_SECONDS)
        before = len(service.noted("WATCHDOG=1"))
        time.sleep(WATCHDOG_SECONDS)
        assert len(service.noted("WATCHDOG=1")) == before
        assert service.noted("STATUS=device-lost: no audio from microphone")
        code, _ = service.stop()
    finally:
        os.kill(virtual_microphone.daemon.pid, signal.SIGCONT)
    assert code == 0
    assert service.noted("STOPPING=1")
