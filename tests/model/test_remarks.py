"""What a runtime says of itself stays out of standard error, and nothing else does."""

import os
from threading import Barrier, Thread
from time import sleep

import pytest

from edge.model.remarks import no_remarks

pytestmark = pytest.mark.runtime


def test_remarks_are_left_out_and_errors_are_not(capfd: pytest.CaptureFixture[str]) -> None:
    with no_remarks():
        os.write(2, b"INFO: Created TensorFlow Lite XNNPACK delegate for CPU.\nERROR: no such op\nhark: still here")
    os.write(2, b"\nafterwards\n")
    assert capfd.readouterr().err == "ERROR: no such op\nhark: still here\nafterwards\n"


@no_remarks()
def fail() -> None:
    os.write(2, b"ERROR: broken\n")
    raise ValueError("broken")


def test_an_error_passes_through(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="broken"):
        fail()
    assert capfd.readouterr().err == "ERROR: broken\n"


def test_without_standard_error_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(_: int) -> int:
        raise OSError

    monkeypatch.setattr(os, "dup", closed)
    entered = []
    with no_remarks():
        entered.append(True)
    assert entered


def test_threads_that_open_models_at_once_leave_it_as_it_was(capfd: pytest.CaptureFixture[str]) -> None:
    both = Barrier(2, timeout=5.0)

    def open_some() -> None:
        both.wait()
        for _ in range(50):
            with no_remarks():
                os.write(2, b"INFO: a remark\n")
                sleep(0.0002)

    threads = [Thread(target=open_some) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    os.write(2, b"afterwards\n")
    assert capfd.readouterr().err == "afterwards\n"
