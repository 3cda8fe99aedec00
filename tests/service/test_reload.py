"""SIGHUP and SIGTERM as a service manager sends them, to a child that hears raw samples as a microphone gives them."""

import os
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from edge.audio import Pcm16
from tests.pipeline import letters, tones
from tests.pipeline.letters import joined, spoken
from tests.service.child import Service

pytestmark = pytest.mark.runtime

LOW = tones.tone(tones.HERTZ[0], 0.3)
HIGH = tones.tone(tones.HERTZ[1], 0.3)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    trigger, speech = tones.make_bundle(tmp_path / "tones"), letters.make_bundle(tmp_path / "letters")
    file = tmp_path / "hark.toml"
    file.write_text(f'[speech]\nmodel = "{speech}"\nafter_trigger = true\n[trigger]\nmodel = "{trigger}"\n')
    return file


@pytest.fixture
def start(config: Path) -> Iterator[Callable[[], Service]]:
    with tempfile.TemporaryDirectory(prefix="hark-") as folder:
        services: list[Service] = []

        def start() -> Service:
            services.append(
                Service(Path(folder), "--config", config, "--input", "-", environment=os.environ, watchdog=2.0)
            )
            return services[-1]

        yield start
        for service in services:
            if service.child.poll() is None:
                service.close()


def say(service: Service, samples: Pcm16) -> None:
    assert service.child.stdin is not None
    service.child.stdin.write(samples.tobytes())
    service.child.stdin.flush()


def reload(service: Service, what: str) -> str:
    """Hang up, and let time pass in silence until it is told; returns the details."""
    before = len(service.told(what))
    service.child.send_signal(signal.SIGHUP)
    deadline = time.monotonic() + 20
    while len(service.told(what)) == before:
        assert time.monotonic() < deadline, service.events
        say(service, tones.noise(0.1))
        time.sleep(0.02)
    return str(service.told(what)[-1]["detail"])


def test_the_configuration_is_read_again_and_a_broken_one_changes_nothing(
    start: Callable[[], Service], config: Path
) -> None:
    service, good = start(), config.read_text()
    say(service, joined(1.0, LOW, 1.0))
    service.wait_for_event("trigger")
    for broken, why in (("[trigger]\nmodle = 1\n", "line 2: trigger.modle is unknown"), ("[", "not TOML")):
        config.write_text(broken)
        assert why in reload(service, "reload-failed")
    config.write_text(good + 'words = ["high tone"]\n')
    reload(service, "reloaded")
    say(service, joined(1.0, LOW, 2.0, HIGH, 1.0))
    service.wait_for_event("trigger", 2)
    assert [event["name"] for event in service.told("trigger")] == ["low tone", "high tone"]
    assert service.told("overflow") == []
    assert service.noted("STATUS=reloaded")
    assert service.stop()[0] == 0


def test_a_configuration_that_came_by_a_pipe_is_not_waited_for(start: Callable[[], Service], config: Path) -> None:
    text = config.read_text()
    config.unlink()
    os.mkfifo(config)
    service = start()
    config.write_text(text)
    say(service, tones.noise(1.0))
    service.wait_for(lambda: bool(service.noted("READY=1")))
    detail = f"nothing was changed: {config} cannot be read again, as it is a pipe or a device: name a file"
    assert reload(service, "reload-failed") == detail


def test_a_bundle_that_is_damaged_meanwhile_is_not_taken(start: Callable[[], Service], config: Path) -> None:
    service = start()
    say(service, tones.noise(1.0))
    service.wait_for(lambda: bool(service.noted("READY=1")))
    (config.parent / "tones" / "model.tflite").write_bytes(b"half a fi")
    assert "is damaged or altered" in reload(service, "reload-failed")
    say(service, joined(1.0, HIGH, 1.0))
    assert service.wait_for_event("trigger")["name"] == "high tone"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_lets_what_was_being_said_out_in_less_than_2_s(
    number: signal.Signals, start: Callable[[], Service]
) -> None:
    service = start()
    say(service, joined(1.0, LOW, spoken("turn on the light"), 0.1))
    service.wait_for(lambda: "turn on the" in [event["text"] for event in service.told("partial")])
    code, took = service.stop(number)
    assert (code, took < 2) == (0, True)
    (transcript,) = service.told("transcript")
    assert transcript["text"].startswith("turn on the")
    assert service.noted("STOPPING=1")


def test_raw_samples_are_a_sign_of_life_at_any_pace(start: Callable[[], Service]) -> None:
    service = start()
    deadline = time.monotonic() + 20
    while len(service.noted("WATCHDOG=1")) < 2 and time.monotonic() < deadline:
        say(service, tones.noise(1.0))
        time.sleep(0.02)
    service.wait_for(lambda: len(service.noted("WATCHDOG=1")) >= 2)
    # What is still in the pipe may be heard late; at a pace of 1 s, nobody would be silent for so long.
    service.wait_for(lambda: time.monotonic() - service.notes[-1][0] > 2.5)
