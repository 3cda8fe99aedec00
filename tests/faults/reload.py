"""SIGHUP again and again with good and broken files, while words are said: they are heard as if nothing had been."""

import signal
from pathlib import Path

from tests.faults.listening import RULE, listening, outbox
from tests.service.child import Service

SPEED = 4.0
BROKEN = ("[trigger\n", "[trigger]\nwords = 3\n", '[[alert]]\nname = "x"\ntriggers = ["nobody says it"]\n', "\0")
SINK = '[sink.out]\ntype = "command"\nargv = ["true"]\n'
STEPS = 0.1
"""Seconds by which a word may be told earlier or later, as the steps of a new network lie elsewhere."""


def campaign(reloads: int, folder: Path) -> bool:
    """Whether each was said, and all was heard as by a listener that nobody disturbed; says how many words."""
    good = outbox(folder / "outbox.db") + RULE + SINK
    with listening(folder, good, speed=SPEED) as (service, speaker):
        service.wait_for_event("alert")
        for number in range(reloads):
            _reload(service, folder / "hark.toml", BROKEN[number // 2 % len(BROKEN)] if number % 2 else good)
        speaker.stop()
        words = speaker.said
        heard, code = _ended(service)
    (folder / "notify").unlink()
    with listening(folder, good, words=words, speed=SPEED) as (undisturbed, speaker):
        speaker.join()
        expected, _ = _ended(undisturbed)
    alerts, failed = len(service.told("alert")), len(service.told("reload-failed"))
    strange = len(heard) != len(expected) or any(abs(a - b) > STEPS for a, b in zip(heard, expected, strict=True))
    print(
        f"{reloads} reloads, every other one of a broken file: {failed} said to have failed; {words} words said, "
        f"{len(heard)} heard and {alerts} alerts told, {len(expected)} heard by one that was not disturbed, "
        f"{'NOT ' if strange else ''}at the same times; exit code {code}"
    )
    return not strange and failed == reloads // 2 and alerts == len(expected) and code == 0


def _reload(service: Service, file: Path, text: str) -> None:
    """Put another file in place, as an editor does, and wait until it was read."""
    new = file.with_suffix(".new")
    new.write_text(text)
    new.replace(file)
    before = _answers(service)
    service.child.send_signal(signal.SIGHUP)
    service.wait_for(lambda: _answers(service) > before)


def _answers(service: Service) -> int:
    return len(service.told("reloaded")) + len(service.told("reload-failed"))


def _ended(service: Service) -> tuple[list[float], int]:
    """The times of all words, and the exit code, once the sound is over."""
    assert service.child.stdin is not None
    service.child.stdin.close()
    code = service.child.wait(20)
    service.close()
    return [event["at"] for event in service.told("trigger")], code
