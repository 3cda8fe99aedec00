"""The screen says that nobody listens."""

import re

import numpy as np
import pytest

from edge.audio import AudioBlock
from edge.cli.view import Screen, describe
from edge.events import Level, Status

pytestmark = pytest.mark.runtime


def test_a_mute_is_shown_until_it_ends(capsys: pytest.CaptureFixture[str]) -> None:
    screen, nothing = Screen(("jarvis",), {"jarvis": 0.6}), np.zeros((0, 1), np.float32)

    def shown(what: str) -> bool:
        screen.show(AudioBlock(np.zeros(0, np.int16), 0), nothing, [Status(at=1.0, what=what)])
        return bool(re.search(r"^level .*\bmuted", capsys.readouterr().out, re.MULTILINE))

    assert [shown(what) for what in ("reloaded", "muted", "reloaded", "unmuted")] == [False, True, True, False]


def test_a_level_is_told_in_words() -> None:
    assert describe(Level(at=60.0, name="noise", seconds=60.0, dbfs=-30.0)).endswith("noise above -30 dBFS for 60 s")
