"""`hark listen` that hears a word every second and a half, and raises an alert for each."""

import os
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.pipeline.tones import make_bundle, recording
from tests.service.child import Service

PERIOD = 1.5
"""Seconds of sound from one word to the next."""
BLOCK_BYTES = 2560
RULE = '[[alert]]\nname = "help"\ntriggers = ["low tone"]\nper_hour = 3600\n'


def outbox(path: Path) -> str:
    return f'[outbox]\npath = "{path}"\nretry_seconds = 0.2\nlongest_retry_seconds = 1.0\n'


def webhook(name: str, url: str) -> str:
    return f'[sink.{name}]\ntype = "webhook"\nurl = "{url}"\n'


class Speaker(threading.Thread):
    """Says the word again and again, some times as fast as anybody can speak."""

    def __init__(self, service: Service, words: int | None = None, speed: float = 1.0) -> None:
        super().__init__(daemon=True)
        self._service, self._words, self._speed = service, words, speed
        self._over = threading.Event()
        self.said = 0
        """Words so far."""

    def run(self) -> None:
        sound = recording((0.5, "low tone"), seconds=PERIOD).tobytes()
        blocks = [sound[at : at + BLOCK_BYTES] for at in range(0, len(sound), BLOCK_BYTES)]
        assert self._service.child.stdin is not None
        pipe, due = self._service.child.stdin.fileno(), time.monotonic()
        with suppress(BrokenPipeError):
            while not self._over.is_set() and self.said != self._words:
                for block in blocks:
                    due += len(block) / 32000 / self._speed
                    time.sleep(max(0.0, due - time.monotonic()))
                    os.write(pipe, block)
                self.said += 1

    def stop(self) -> None:
        self._over.set()
        self.join()


@contextmanager
def listening(
    folder: Path, config: str, *, words: int | None = None, speed: float = 1.0, environment: Mapping[str, str] = {}
) -> Iterator[tuple[Service, Speaker]]:
    """A listener with this configuration, and who speaks to it."""
    (folder / "hark.toml").write_text(config)
    model = make_bundle(folder / "tones")
    options = ("--config", folder / "hark.toml", "--model", model, "--input", "-", "--rate", "16000")
    service = Service(folder, *options, environment=os.environ | environment)
    speaker = Speaker(service, words, speed)
    speaker.start()
    try:
        yield service, speaker
    finally:
        speaker.stop()
        if service.child.poll() is None:
            service.close()


def ids(service: Service) -> list[str]:
    """Of all alerts that were told."""
    return [alert["id"] for alert in service.told("alert")]
