"""A campaign of faults, too long for every run of the tests.

    make faults          or: python -m tests.faults [KILLS] [LOSSES]

Prints a line for each part, and ends with 1 if anything was lost or late.
"""

import sys
import tempfile
from pathlib import Path

from tests.faults import alerts, microphone

KILLS, LOSSES = 200, 50


def main() -> int:
    """Run all parts."""
    given = [int(argument) for argument in sys.argv[1:]]
    kills, losses = given + [KILLS, LOSSES][len(given) :]
    parts = ((alerts.campaign, kills), (microphone.campaign, losses))
    results = []
    for campaign, times in parts:
        with tempfile.TemporaryDirectory(prefix="hark-") as folder:
            results.append(campaign(times, Path(folder)))
    return int(not all(results))


if __name__ == "__main__":
    sys.exit(main())
