"""How many instructions a second of listening takes, counted by valgrind: a number that no load on the machine changes.

    python benchmarks/instructions.py [MODEL]          needs valgrind; takes a minute or two

Two children listen to different lengths of noise; the difference of their counts is free of start and end.
"""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
SHORT, LONG = 2, 12
"""Seconds of sound."""


def count(model: str, seconds: int) -> int:
    """Instructions of a process that listens to so much noise, as `hark bench` has it listen."""
    noise = np.random.default_rng(1).integers(-2000, 2000, seconds * 16_000).astype("<i2").tobytes()
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]
    command += [sys.executable, "-m", "edge.cli.probe", "--model", model]
    result = subprocess.run(command, input=noise, capture_output=True, cwd=ROOT, check=False)
    counted = re.search(rb"Collected : (\d+)", result.stderr)
    if result.returncode or counted is None:
        raise SystemExit(result.stderr.decode(errors="replace"))
    return int(counted[1])


def main() -> None:
    """Print the count of a second."""
    model = sys.argv[1] if len(sys.argv) > 1 else "trigger-en"
    each = (count(model, LONG) - count(model, SHORT)) / (LONG - SHORT)
    print(f"{each / 1e6:.1f} million instructions for each second of sound")


if __name__ == "__main__":
    main()
