"""A level or a score that is stuck is said once."""

import numpy as np
import pytest

from edge.audio import SAMPLE_RATE, AudioBlock
from edge.service import StuckLevel, StuckScores

pytestmark = pytest.mark.runtime

BLOCK = 1280


def said(*parts: tuple[float, int]) -> list[float]:
    """When it is said, of parts that last some seconds and go up and down by a level."""
    levels = np.concatenate([np.full(round(seconds * SAMPLE_RATE), level) for seconds, level in parts])
    samples = (levels * np.resize([1, -1], len(levels))).astype(np.int16)
    stuck = StuckLevel()
    blocks = [AudioBlock(samples[start : start + BLOCK], start) for start in range(0, len(samples), BLOCK)]
    return [event.at for block in blocks for event in stuck.feed(block)]


def test_thirty_seconds_of_nothing_are_said_once() -> None:
    assert said((29.9, 0)) == []
    assert said((200.0, 0)) == [30.0]


def test_it_is_said_again_after_there_was_sound() -> None:
    assert said((60, 0), (1, 5), (60, 0)) == pytest.approx([30.0, 91.0], abs=0.1)


def test_the_quietest_noise_is_sound() -> None:
    assert said((100, 1)) == []


def test_a_level_that_is_stuck_elsewhere_is_stuck_too() -> None:
    stuck = StuckLevel()
    blocks = (AudioBlock(np.full(SAMPLE_RATE, -77, np.int16), second * SAMPLE_RATE) for second in range(31))
    (event,) = [event for block in blocks for event in stuck.feed(block)]
    assert (event.what, event.at) == ("silent", 30.0)


def test_blocks_without_samples_say_nothing() -> None:
    stuck = StuckLevel()
    assert [stuck.feed(AudioBlock(np.empty(0, np.int16), 0)) for _ in range(1000)] == [[]] * 1000


def model_said(*parts: tuple[float, float]) -> list[float]:
    """When it is said, of parts that last some seconds and give one of two words a score."""
    stuck, end, said = StuckScores(), 0, []
    for length, score in parts:
        for _ in range(round(length * SAMPLE_RATE / BLOCK)):
            block = AudioBlock(np.zeros(BLOCK, np.int16), end)
            said += stuck.feed(block, np.array([[score, 0.1]] * 2, np.float32))
            end = block.end
    assert {event.what for event in said} <= {"model-stuck"}
    return [round(event.at, 2) for event in said]


def test_a_score_that_is_no_number_is_said_once() -> None:
    assert model_said((1, 0.1), (60, np.nan)) == [1.04]
    assert model_said((1, 0.1), (1, np.inf), (1, 0.1), (1, np.nan)) == [1.04, 2.96]


def test_a_score_that_is_high_without_end_is_said_once() -> None:
    assert model_said((9.9, 0.99), (1, 0.1), (9.9, 0.99)) == []
    assert model_said((60, 0.99)) == [10.0]
    assert model_said((20, 0.99), (1, 0.1), (20, 0.99)) == [10.0, 30.96]


def test_it_is_not_said_again_while_one_illness_turns_into_the_other() -> None:
    assert model_said((20, 0.99), (1, np.nan), (20, 0.99)) == [10.0]


def test_no_scores_say_nothing() -> None:
    nothing = np.empty((0, 2), np.float32)
    assert StuckScores().feed(AudioBlock(np.empty(0, np.int16), 0), nothing) == []
