"""The screen says that nobody listens."""

import re

import numpy as np
import pytest

from edge.audio import AudioBlock
from edge.cli.view import Screen, describe
from edge.events import Event, Level, Partial, Status

pytestmark = pytest.mark.runtime


def test_a_mute_is_shown_until_it_ends(capsys: pytest.CaptureFixture[str]) -> None:
    screen, nothing = Screen(("jarvis",), {"jarvis": 0.6}), np.zeros((0, 1), np.float32)

    def shown(what: str) -> bool:
        screen.show(AudioBlock(np.zeros(0, np.int16), 0), nothing, [Status(at=1.0, what=what)])
        return bool(re.search(r"^level .*\bmuted", capsys.readouterr().out, re.MULTILINE))

    assert [shown(what) for what in ("reloaded", "muted", "reloaded", "unmuted")] == [False, True, True, False]


@pytest.mark.parametrize("columns", [20, 40, 80, 200])
@pytest.mark.parametrize("colour", [False, True])
def test_no_line_is_wider_than_the_window(
    columns: int, colour: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # A line that wraps takes two rows, of which the next drawing would clear one.
    monkeypatch.setattr("edge.cli.view.window_size", lambda: (columns, 24))
    monkeypatch.setattr("edge.cli.output.is_colourful", lambda _: colour)
    screen = Screen(("smart mirror",), {"smart mirror": 0.6})
    said: list[Event] = [Partial(at=1.0, text="a long text " * 30), Status(at=1.0, what="overflow")]
    block = AudioBlock(np.zeros(160, np.int16), 16_000 * 40_000)
    screen.show(block, np.full((1, 1), 0.9, np.float32), said)
    _, _, meters = capsys.readouterr().out.partition("overflow")
    lines = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", meters).splitlines()[1:]
    assert len(lines) == 3
    assert max(map(len, lines)) < columns


def test_a_level_is_told_in_words() -> None:
    assert describe(Level(at=60.0, name="noise", seconds=60.0, dbfs=-30.0)).endswith("noise above -30 dBFS for 60 s")
