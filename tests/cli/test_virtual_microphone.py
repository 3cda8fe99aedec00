"""The whole program in real time: a recording is played into a microphone, and the events arrive as it plays."""

import json
import subprocess
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge.audio import SAMPLE_RATE, Pcm16
from edge.capture import open_source
from tests.cli.conftest import WORDS
from tests.cli.program import HARK, ROOT, said_in_demo, shipped_demo
from tests.virtual_microphone import VirtualMicrophone, virtual_microphone

__all__ = ["virtual_microphone"]

pytestmark = pytest.mark.realtime

LATEST_SECONDS = 0.5
"""After the end of a word, usually."""

STALL_SECONDS = 1.5
"""The same, where the machine had other work in that moment."""


class Listening:
    """`hark listen` as a child, whose lines are read as they arrive."""

    def __init__(self, microphone: VirtualMicrophone, *arguments: str | Path) -> None:
        command = [*HARK, "listen", "--jsonl", "--input", "mic", *map(str, arguments)]
        self._child = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT, env=microphone.environment
        )
        self.arrivals: list[tuple[float, dict[str, Any]]] = []
        self._wait_until_open()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def stop(self) -> int:
        """End the child as a service manager does; returns its exit code."""
        self._child.terminate()
        self._reader.join()
        with self._child:
            return self._child.wait()

    def _wait_until_open(self) -> None:
        assert self._child.stderr is not None
        lines = iter(self._child.stderr.readline, b"")
        assert any(line.startswith(b"hark: listening") for line in lines), "the program ended"

    def _read(self) -> None:
        assert self._child.stdout is not None
        for line in self._child.stdout:
            self.arrivals.append((time.monotonic(), json.loads(line)))


def read(file: Path) -> Pcm16:
    with open_source(str(file)) as source:
        return np.concatenate([block.samples for block in source])


def check(listening: Listening, microphone: VirtualMicrophone, sound: Pcm16, said: Sequence[tuple[str, float]]) -> None:
    """Play the sound; `said` are its words and when they end."""
    started = time.monotonic()
    microphone.play(sound)
    # What is played last is heard a little later.
    time.sleep(1)
    assert listening.stop() == 0
    assert [event for _, event in listening.arrivals if event["type"] == "status"] == []
    assert [event["name"] for _, event in listening.arrivals] == [name for name, _ in said]
    late = [arrival - (started + end) for (arrival, _), (_, end) in zip(listening.arrivals, said, strict=True)]
    assert np.median(late) <= LATEST_SECONDS, late
    assert max(late) <= STALL_SECONDS, late


def test_words_arrive_as_they_are_said(virtual_microphone: VirtualMicrophone, tones: Path, wav: Path) -> None:
    listening = Listening(virtual_microphone, "--model", tones)
    check(listening, virtual_microphone, read(wav), [(name, start + 0.3) for start, name in WORDS])


def test_the_shipped_model_hears_the_demo_for_a_minute_without_losing_a_sample(
    virtual_microphone: VirtualMicrophone,
) -> None:
    said, demo = said_in_demo(), read(shipped_demo())
    times = -(-60 * SAMPLE_RATE // len(demo))
    words = [(word["name"], index * len(demo) / SAMPLE_RATE + word["ended"]) for index in range(times) for word in said]
    listening = Listening(virtual_microphone)
    check(listening, virtual_microphone, np.tile(demo, times), words)
    # A lost or a doubled block would move the stream's clock between the first round and the last; a single word may
    # come a step sooner or later, for the network remembers what was before it.
    at = [event["at"] for _, event in listening.arrivals]
    lengths = np.subtract(at[-len(said) :], at[: len(said)])
    assert np.median(lengths) == pytest.approx((times - 1) * len(demo) / SAMPLE_RATE, abs=0.04)


def test_what_is_said_arrives_while_it_is_said_and_right_after_its_end(virtual_microphone: VirtualMicrophone) -> None:
    listening = Listening(virtual_microphone, "--transcribe")
    virtual_microphone.play(read(shipped_demo()))
    # The last utterance ends with silence, which has to be heard too.
    time.sleep(2)
    assert listening.stop() == 0
    # The event that comes soonest after its stream time tells when the stream began.
    began = min(arrival - event["at"] for arrival, event in listening.arrivals)
    late = {
        kind: [arrival - event["at"] - began for arrival, event in listening.arrivals if event["type"] == kind]
        for kind in ("partial", "transcript")
    }
    assert np.median(late["partial"]) <= 0.15, late
    assert np.median(late["transcript"]) <= 0.15, late
    assert max(late["partial"] + late["transcript"]) <= STALL_SECONDS, late
