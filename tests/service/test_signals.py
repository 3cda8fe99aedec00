"""Signals are wishes; work on a block is never cut in two, and waiting for one always is."""

import os
import signal
import threading
import time
from collections.abc import Iterator

import pytest

from edge.controls import Controls, Mute
from edge.service import Signals

pytestmark = pytest.mark.runtime


def send(number: signal.Signals) -> None:
    os.kill(os.getpid(), number)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_during_work_ends_the_loop_after_it(number: signal.Signals) -> None:
    done = []
    with Signals(reloads=False) as signals:
        for item in signals.until_stopped(range(10)):
            if item == 3:
                send(number)
            done.append(item)
        done.append(-1)
    assert done == [0, 1, 2, 3, -1]


def test_an_interrupt_that_is_ignored_stays_so() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with Signals(reloads=False) as signals:
            for _ in signals.until_stopped(range(3)):
                send(signal.SIGINT)
            assert not signals.is_stopping
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_stop_cuts_waiting_short() -> None:
    def source() -> Iterator[int]:
        yield 0
        threading.Timer(0.2, send, [signal.SIGTERM]).start()
        time.sleep(60)
        yield 1

    with Signals(reloads=False) as signals:
        begun = time.monotonic()
        assert list(signals.until_stopped(source())) == [0]
        assert time.monotonic() - begun < 30


def test_who_asks_twice_does_not_want_to_wait() -> None:
    with Signals(reloads=False) as signals:
        for _ in signals.until_stopped(range(10)):
            send(signal.SIGINT)
            with pytest.raises(KeyboardInterrupt):
                send(signal.SIGINT)


def test_the_last_work_is_not_cut_short() -> None:
    with Signals(reloads=False) as signals:
        assert list(signals.until_stopped(range(3))) == [0, 1, 2]
        send(signal.SIGTERM)


def test_a_reload_is_told_once_and_stops_nothing() -> None:
    wishes = []
    with Signals(reloads=True) as signals:
        for item in signals.until_stopped(range(5)):
            if item in (1, 3):
                send(signal.SIGHUP)
            wishes.append(signals.take_reload())
    assert wishes == [False, True, False, True, False]


def test_a_mute_is_a_wish_that_keeps_its_order_and_stops_nothing() -> None:
    controls = Controls()
    with Signals(reloads=False, controls=controls) as signals:
        for item in signals.until_stopped(range(3)):
            if item == 1:
                send(signal.SIGUSR1)
                send(signal.SIGUSR2)
                send(signal.SIGUSR1)
    assert controls.drain() == [Mute(True), Mute(False), Mute(True)]


def test_all_is_as_before_afterwards() -> None:
    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2)
    before = [signal.getsignal(number) for number in numbers]
    with Signals(reloads=False):
        assert signal.getsignal(signal.SIGHUP) is before[2]
    with Signals(reloads=True):
        assert signal.getsignal(signal.SIGHUP) is not before[2]
    assert [signal.getsignal(number) for number in numbers] == before
