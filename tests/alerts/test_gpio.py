"""The GPIO sink without GPIO: what is missing is said; the pulse itself goes to a chip of this test's making."""

import sys
from enum import Enum
from types import TracebackType
from typing import Any

import pytest

from edge.alerts.sink import SinkError
from edge.alerts.sinks.gpio import GpioSink
from edge.config import GpioConfig
from tests.alerts.making import parcel

pytestmark = pytest.mark.runtime


def test_without_the_package_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gpiod", None)
    with pytest.raises(SinkError, match=r"pip install '\.\[gpio\]'"):
        GpioSink(GpioConfig(4)).deliver(parcel())


@pytest.mark.parametrize(("chip", "reason"), [("/dev/gpiochip99", "No such file"), ("/dev/null", "cannot be had")])
def test_a_chip_that_is_none_is_said(chip: str, reason: str) -> None:
    pytest.importorskip("gpiod", reason="gpiod is not installed")
    with pytest.raises(SinkError, match=reason) as caught:
        GpioSink(GpioConfig(4, chip)).deliver(parcel())
    assert f"line 4 of {chip}" in str(caught.value)


class Lines:
    """The lines of a chip, as gpiod 2 hands them out; no hardware is on any machine that runs these tests."""

    def __init__(self, refusal: OSError | None = None) -> None:
        self.values: list[str] = []
        self.asked: dict[str, Any] = {}
        self._refusal = refusal

    def request(self, chip: str, **wishes: object) -> "Lines":
        if self._refusal:
            raise self._refusal
        self.asked = {"chip": chip} | wishes
        return self

    def set_value(self, line: int, value: Enum) -> None:
        self.values.append(f"{line} {value.name}")

    def __enter__(self) -> "Lines":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.values.append("released")


@pytest.mark.parametrize("active_low", [False, True])
def test_a_pulse_begins_and_ends_at_rest(monkeypatch: pytest.MonkeyPatch, *, active_low: bool) -> None:
    gpiod = pytest.importorskip("gpiod", reason="gpiod is not installed")
    lines = Lines()
    monkeypatch.setattr(gpiod, "request_lines", lines.request)
    GpioSink(GpioConfig(4, seconds=0.01, active_low=active_low)).deliver(parcel())
    assert lines.values == ["4 ACTIVE", "4 INACTIVE", "released"]
    settings = lines.asked["config"][4]
    assert (settings.direction.name, settings.output_value.name) == ("OUTPUT", "INACTIVE")
    assert settings.active_low == active_low


def test_a_line_that_is_held_by_another_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    gpiod = pytest.importorskip("gpiod", reason="gpiod is not installed")
    monkeypatch.setattr(gpiod, "request_lines", Lines(OSError(16, "Device or resource busy")).request)
    with pytest.raises(SinkError, match=r"line 4 of /dev/gpiochip0 cannot be had \(Device or resource busy\)"):
        GpioSink(GpioConfig(4)).deliver(parcel())
