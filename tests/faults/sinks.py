"""Sinks that hang: a server that takes connections and never answers, a program that never ends."""

import socket
import time
from pathlib import Path

from tests.alerts.receiver import receiving
from tests.faults.listening import RULE, ids, listening, outbox, webhook

COMMAND = '[sink.sleeper]\ntype = "command"\nargv = ["sleep", "60"]\nlimit_seconds = 60\n'
LATEST = 1.0
"""Seconds within which another sink has each alert."""
LONGEST_STOP = 2.0


def campaign(alerts: int, folder: Path) -> bool:
    """Whether the well sink had all alerts in time, and the listener ended in time; says how soon."""
    with socket.create_server(("127.0.0.1", 0)) as mute, receiving() as well:
        never = webhook("mute", f"http://127.0.0.1:{mute.getsockname()[1]}/") + "limit_seconds = 300\n"
        config = outbox(folder / "outbox.db") + RULE + never + COMMAND + webhook("well", well.url)
        with listening(folder, config, speed=4) as (service, _):
            waits = []
            for number in range(1, alerts + 1):
                service.wait_for_event("alert", number)
                told, identity = service.events[-1][0], ids(service)[number - 1]
                service.wait_for(lambda wanted=identity: wanted in well.taken)  # type: ignore[misc]
                waits.append(time.monotonic() - told)
            lost = service.told("overflow")
            code, took = service.stop()
    late = sum(wait > LATEST for wait in waits)
    print(
        f"two sinks hang, {alerts} alerts: a third had each after at most {max(waits):.2f} s, {late} late; "
        f"{len(lost)} gaps in the sound; exit code {code} after {took:.2f} s"
    )
    return not late and not lost and code == 0 and took < LONGEST_STOP
