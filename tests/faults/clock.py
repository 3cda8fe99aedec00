"""The clock of the system is set while alerts wait: a day back, a year back, a month on, and where it was."""

import time
from pathlib import Path

from tests.alerts.making import eventually
from tests.alerts.receiver import receiving
from tests.faults.listening import RULE, ids, listening, outbox, webhook

DAYS = (-1, -365, 30, 0)
WAITING = 5
"""Alerts that wait when it is set."""
SHIFTED = """
import datetime, time
real = time.time
time.time = lambda: real() + 86400 * float(open(%r).read())
class Shifted(datetime.datetime):
    @classmethod
    def now(cls, zone=None):
        return cls.fromtimestamp(time.time(), zone)
datetime.datetime = Shifted
"""
"""Python runs it before all else; libfaketime makes waits of a second return at once."""
MOST_TRIES = 3
"""A second, for an alert: it is retried after 0.1 to 1 s."""


def campaign(times: int, folder: Path) -> bool:
    """Whether all alerts arrived, each soon and once; says how many."""
    setting = folder / "days"
    setting.write_text("0")
    (folder / "sitecustomize.py").write_text(SHIFTED % str(setting))
    with receiving() as receiver:
        config = outbox(folder / "outbox.db") + RULE + webhook("a", receiver.url)
        with listening(folder, config, speed=4, environment={"PYTHONPATH": str(folder)}) as (service, speaker):
            begun = time.monotonic()
            for number in range(times):
                receiver.status = 503
                before = len(ids(service))
                service.wait_for(lambda least=before + WAITING: len(ids(service)) >= least)  # type: ignore[misc]
                _set(setting, DAYS[number % len(DAYS)])
                service.wait_for(lambda least=before + 2 * WAITING: len(ids(service)) >= least)  # type: ignore[misc]
                receiver.status = 204
                told = set(ids(service))
                service.wait_for(lambda wanted=told: set(receiver.taken) >= wanted)  # type: ignore[misc]
            speaker.stop()
            arrived = eventually(lambda: set(receiver.taken) >= set(ids(service)))
            tries, seconds = len(receiver.got) - len(receiver.taken), time.monotonic() - begun
            code, _ = service.stop()
    years = {alert["time"][:4] for alert in service.told("alert")}
    again = len(receiver.taken) - len(set(receiver.taken))
    lost = len(set(ids(service)) - set(receiver.taken))
    print(
        f"clock set {times} times, over {len(years)} years: {len(ids(service))} alerts told, {lost} lost, "
        f"{again} repeats, {tries / seconds:.1f} failed attempts a second; exit code {code}"
    )
    return arrived and not again and tries / seconds < MOST_TRIES and code == 0 and len(years) > 1


def _set(setting: Path, days: int) -> None:
    """Nobody may read half of it."""
    new = setting.with_suffix(".new")
    new.write_text(str(days))
    new.replace(setting)
