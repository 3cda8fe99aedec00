"""A campaign of faults, too long for every run of the tests.

    make faults          or: python -m tests.faults [PART [TIMES]]

Prints a line for each part, and ends with 1 if anything was lost or late.
"""

import sys
import tempfile
from pathlib import Path

from tests.faults import alerts, clock, disk, microphone, reload, sinks

PARTS = {
    "listener": (alerts.campaign, 200),
    "broker": (alerts.broker_campaign, 20),
    "disk": (disk.campaign, 20),
    "sinks": (sinks.campaign, 50),
    "reload": (reload.campaign, 100),
    "clock": (clock.campaign, 20),
    "microphone": (microphone.campaign, 50),
}
"""What is done to whom, and how often."""


def main() -> int:
    """Run all parts, or one."""
    results = []
    if not {*sys.argv[1:2]} <= PARTS.keys():
        sys.exit(f"usage: python -m tests.faults [{'|'.join(PARTS)}] [TIMES]")
    for name in sys.argv[1:2] or PARTS:
        campaign, usual = PARTS[name]
        times = int(sys.argv[2]) if len(sys.argv) > 2 else usual
        with tempfile.TemporaryDirectory(prefix="hark-") as folder:
            results.append(campaign(times, Path(folder)))
    return int(not all(results))


if __name__ == "__main__":
    sys.exit(main())
