"""An outbox loses nothing by a clock that is set."""

import sqlite3
from pathlib import Path

import pytest

from edge.alerts.store import Store
from tests.alerts.making import alert, outbox
from tests.alerts.test_outbox import drained, ids

pytestmark = pytest.mark.runtime


@pytest.mark.parametrize("jump", [-1e9, -86_400.0, 50 * 365 * 86_400.0])
def test_nothing_gets_old_by_a_clock_that_is_set(tmp_path: Path, jump: float) -> None:
    wall = [1.5e9]
    box = outbox(tmp_path / "outbox.db", wall_clock=lambda: wall[0], days=1.0)
    box.add(alert(0), ["a"])
    wall[0] += jump
    box.add(alert(1), ["a"])
    box.tend()
    assert box._store is not None
    assert [parcel.queued for parcel in box._store.all()] == pytest.approx([wall[0]] * 2, abs=5)
    assert drained(box) == ids(0, 1)


def test_nothing_gets_old_while_the_file_cannot_follow_the_clock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*_: object) -> int:
        raise sqlite3.OperationalError("database is locked")

    wall = [0.0]
    box = outbox(tmp_path / "outbox.db", wall_clock=lambda: wall[0], days=1.0)
    box.add(alert(0), ["a"])
    wall[0] = 1.5e9
    with monkeypatch.context() as patch:
        patch.setattr(Store, "shift", locked)
        box.tend()
    box.tend()
    assert drained(box) == ids(0)


def test_what_a_right_clock_has_stamped_does_not_follow_a_wrong_one(tmp_path: Path) -> None:
    wall, day = [1.5e9], 86_400.0
    outbox(tmp_path / "outbox.db", wall_clock=lambda: wall[0]).add(alert(0), ["a"])
    wall[0] = 0.0
    box = outbox(tmp_path / "outbox.db", wall_clock=lambda: wall[0], days=2.0)
    box.add(alert(1), ["a"])
    wall[0] = 1.5e9 + day
    box.tend()
    assert box._store is not None
    assert [parcel.queued for parcel in box._store.all()] == pytest.approx([1.5e9, 1.5e9 + day], abs=5)
    box._clock = lambda: wall[0] - box._offset
    wall[0] += 1.5 * day
    box.tend()
    assert drained(box) == ids(1)
