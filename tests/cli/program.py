"""The program as a child process, and the shipped model if there is one."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TypedDict, cast

import pytest

from edge.cli.recording import demo_recording
from edge.errors import DataError
from edge.model import find_bundle

ROOT = Path(__file__).parents[2]
HARK = (sys.executable, "-m", "edge.cli")


class Said(TypedDict):
    """A word of the demo recording, in seconds."""

    name: str
    began: float
    ended: float


def hark(*arguments: str | Path, stdin: bytes = b"", **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the program to its end."""
    result = subprocess.run(
        [*HARK, *map(str, arguments)],
        input=stdin,
        capture_output=True,
        check=False,
        timeout=120,
        cwd=ROOT,
        env=os.environ | environment,
    )
    return subprocess.CompletedProcess(result.args, result.returncode, result.stdout.decode(), result.stderr.decode())


def events(*arguments: str | Path, stdin: bytes = b"") -> str:
    """What `hark listen --jsonl` prints."""
    result = hark("listen", "--jsonl", *arguments, stdin=stdin)
    assert result.returncode == 0, result.stderr
    return result.stdout


def shipped_demo() -> Path:
    """The shipped recording, if it and the model for it are there."""
    try:
        find_bundle("trigger-en")
        return demo_recording()
    except DataError as error:
        pytest.skip(f"not made yet: {error}")


def said_in_demo() -> list[Said]:
    """The words of the shipped recording."""
    expected = json.loads((shipped_demo().parent / "expected.json").read_text())
    return cast(list[Said], expected["words"])
