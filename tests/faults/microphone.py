"""The sound server is killed again and again under a listener: how soon it hears words again after its return."""

import random
import tempfile
import time
from pathlib import Path

from rich.progress import track

from tests.pipeline.tones import make_bundle
from tests.service.child import Service
from tests.service.test_microphone_service import hear_a_word, start_again
from tests.virtual_microphone import VirtualMicrophone

LONGEST_ABSENCE = 3.0
PATIENCE = 3.0
"""Seconds after its return in which a word has to be heard."""


def campaign(times: int, folder: Path) -> bool:
    """Whether words were heard again in time, every time; says how soon."""
    chance = random.Random(1)
    # A socket's path may be no longer than 107 bytes.
    with tempfile.TemporaryDirectory(prefix="hark-") as sound:
        microphone = VirtualMicrophone(Path(sound))
        model = make_bundle(folder / "tones")
        service = Service(folder, "--model", model, "--input", "mic", environment=microphone.environment)
        service.wait_for(lambda: bool(service.noted("READY=1")))
        open_before = _open_files(service)
        waits = [
            _lose_and_return(service, microphone, number, chance.uniform(0, LONGEST_ABSENCE))
            for number in track(range(1, times + 1), "killing the sound server")
        ]
        leaked = _open_files(service) - open_before
        code, _ = service.stop()
        microphone.kill()
    late = sum(wait > PATIENCE for wait in waits)
    print(
        f"sound server away {times} times: heard again after {min(waits):.2f} to {max(waits):.2f} s, {late} times late;"
        f" {leaked} files left open, exit code {code}"
    )
    return not late and code == 0


def _lose_and_return(service: Service, microphone: VirtualMicrophone, number: int, absence: float) -> float:
    """Seconds from the return of the sound server to the next word that is heard."""
    microphone.kill()
    service.wait_for_event("device-lost", number)
    time.sleep(absence)
    there = start_again(microphone)
    service.wait_for_event("device-back", number)
    hear_a_word(service, microphone)
    return next(at for at, event in service.events if event["type"] == "trigger" and at > there) - there


def _open_files(service: Service) -> int:
    return len(list(Path(f"/proc/{service.child.pid}/fd").iterdir()))
