"""The endpoint: a table of steps in, the step at which the utterance is over out."""

from typing import Literal

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.audio import SAMPLE_RATE
from edge.decoder.alphabet import BLANK, SPACE, SYMBOLS
from edge.endpoint import End, Endpoint, EndpointConfig, Loudness, is_speech
from edge.features import FeatureConfig, FeatureStream

pytestmark = pytest.mark.runtime

STEP = 0.1
CONFIG = EndpointConfig(
    nothing_seconds=1.0, silence_seconds=0.4, wordless_seconds=0.8, longest_seconds=2.0, drop_db=10.0
)

LEVELS = {"a": -20.0, "~": -25.0, ".": -50.0, "!": 0.0, "0": -np.inf}
"""A letter, loud or faint sound without letters, a bang, digital silence: how loud each step is."""


def steps_of(utterance: str) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.float32]]:
    levels = np.array([LEVELS[step] for step in utterance], np.float32)
    return np.array([step == "a" for step in utterance], bool), levels


def end_of(utterance: str, config: EndpointConfig = CONFIG, levels: bool = True) -> tuple[int, str] | None:
    speaking, level_db = steps_of(utterance)
    end = Endpoint(config, STEP).feed(speaking, level_db if levels else None)
    return (end.step, end.reason) if end else None


@pytest.mark.parametrize(
    ("utterance", "end"),
    [
        pytest.param("", None, id="not a step"),
        pytest.param("." * 9, None, id="nothing yet"),
        pytest.param("." * 10, (9, "nothing"), id="nothing"),
        pytest.param("~" * 30, (9, "nothing"), id="noise is nothing"),
        pytest.param("!" + "." * 30, (9, "nothing"), id="a bang is nothing"),
        pytest.param("." * 9 + "a...", None, id="said at the last moment"),
        pytest.param("." * 9 + "a....", (13, "silence"), id="then silence"),
        pytest.param("a....", (4, "silence"), id="silence after speech"),
        pytest.param("a...a...a...a....", (16, "silence"), id="pauses that are too short"),
        pytest.param("a0000", (4, "silence"), id="digital silence"),
        pytest.param("00a0000", (6, "silence"), id="digital silence before and after"),
        pytest.param("aa~~~....", (8, "silence"), id="a drawn-out sound is not silence"),
        pytest.param("aa" + "~" * 20, (9, "silence"), id="noise goes on after the last word"),
        pytest.param("aa" + "~.." * 9, (9, "silence"), id="as does one that comes and goes"),
        pytest.param("a!....", (5, "silence"), id="a bang counts once"),
        pytest.param("!a~~~~", (5, "silence"), id="beside a bang, all else is faint"),
        pytest.param("a..." * 9, (19, "longest"), id="no end"),
        pytest.param("a" * 30, (19, "longest"), id="nor a pause"),
    ],
)
def test_an_utterance_is_over_when_a_rule_says_so(utterance: str, end: tuple[int, str] | None) -> None:
    assert end_of(utterance) == end


def test_without_levels_letters_decide_alone() -> None:
    assert end_of("aa~~~~~~", levels=False) == (5, "silence")
    assert end_of("aa..a~~~", levels=False) is None


def test_silence_lasts_longer_while_the_sentence_is_not_complete() -> None:
    for utterance, end in (("a........", 8), ("aa" + "~" * 16, 17)):
        assert Endpoint(CONFIG, STEP).feed(*steps_of(utterance[:-1]), unfinished=True) is None
        assert Endpoint(CONFIG, STEP).feed(*steps_of(utterance), unfinished=True) == End(end, "silence")
    endpoint = Endpoint(CONFIG, STEP)
    assert endpoint.feed(*steps_of("a......"), unfinished=True) is None
    assert endpoint.feed(*steps_of("."), unfinished=False) == End(7, "silence")


@pytest.mark.parametrize(
    ("utterance", "end"),
    [
        pytest.param("a....", None, id="a stray letter is no speech after which silence counts"),
        pytest.param("a........", None, id="nothing is not decided before its time"),
        pytest.param("a.........", (9, "nothing"), id="then a stray letter was nothing"),
        pytest.param("........aa...", None, id="nor in the middle of a first word"),
        pytest.param("........aa....", (13, "nothing"), id="which comes to nothing after silence"),
        pytest.param("a." * 15, (19, "longest"), id="stray letters without end"),
    ],
)
def test_what_is_no_word_is_nothing(utterance: str, end: tuple[int, str] | None) -> None:
    found = Endpoint(CONFIG, STEP).feed(*steps_of(utterance), begun=False)
    assert found == (End(*end) if end else None)  # type: ignore[arg-type]


def test_a_word_that_has_begun_is_waited_for_as_before() -> None:
    endpoint = Endpoint(CONFIG, STEP)
    assert endpoint.feed(*steps_of("a..."), begun=False) is None
    assert endpoint.feed(*steps_of("aa..."), begun=True) is None
    assert endpoint.feed(*steps_of("."), begun=True) == End(9, "silence")


def test_seconds_are_counted_in_steps_of_any_length() -> None:
    config = EndpointConfig(silence_seconds=0.8)
    for step_seconds, steps in ((0.01, 80), (0.03, 27), (0.04, 20), (0.8, 1)):
        endpoint = Endpoint(config, step_seconds)
        assert endpoint.feed(np.array([True] + [False] * 200)) == End(steps, "silence")


@given(
    utterance=st.text("aaa~..", max_size=40),
    cuts=st.lists(st.integers(0, 40), max_size=6),
)
def test_the_end_does_not_depend_on_how_the_steps_are_cut(utterance: str, cuts: list[int]) -> None:
    speaking, levels = steps_of(utterance)
    endpoint = Endpoint(CONFIG, STEP)
    pieces = zip(np.split(speaking, sorted(cuts)), np.split(levels, sorted(cuts)), strict=True)
    ends = [end for piece in pieces if (end := endpoint.feed(*piece))]
    whole = Endpoint(CONFIG, STEP).feed(speaking, levels)
    assert ends == ([whole] if whole else [])


def test_an_utterance_ends_once_and_another_begins_with_a_reset() -> None:
    endpoint = Endpoint(CONFIG, STEP)
    speaking, levels = steps_of("!a.....a....")
    assert endpoint.feed(speaking, levels) == End(5, "silence")
    assert endpoint.feed(speaking, levels) is None
    endpoint.reset()
    assert endpoint.feed(*steps_of("a~....")) == End(5, "silence")


NOISE = np.random.default_rng(0).standard_normal(6 * SAMPLE_RATE)
TALK = np.concatenate([np.zeros(2 * SAMPLE_RATE), np.random.default_rng(1).standard_normal(SAMPLE_RATE)])


@pytest.mark.parametrize("normalise", ["pcen", "pcen+peak", "mean", "none"])
def test_what_begins_over_steady_noise_is_loud_and_the_noise_is_not(
    normalise: Literal["none", "mean", "pcen", "pcen+peak"],
) -> None:
    config = FeatureConfig(normalise=normalise)
    sound = 100 * NOISE
    sound[: len(TALK)] += 2000 * TALK
    levels = Loudness(config, 3).feed(FeatureStream(config).feed(sound.astype(np.int16)))
    before, during, after = levels[30:64], levels[68:97], levels[140:]
    assert during[0] - before.max() > EndpointConfig().drop_db
    assert during.max() - after.max() > EndpointConfig().drop_db


@given(cuts=st.lists(st.integers(0, 50), max_size=6))
def test_loudness_does_not_depend_on_how_the_frames_are_cut(cuts: list[int]) -> None:
    frames = np.random.default_rng(2).uniform(0, 2, (50, 40)).astype(np.float32)
    loudness = Loudness(FeatureConfig(normalise="pcen"), 3)
    pieces = [loudness.feed(piece) for piece in np.split(frames, sorted(cuts))]
    whole = Loudness(FeatureConfig(normalise="pcen"), 3).feed(frames)
    np.testing.assert_array_equal(np.concatenate(pieces), whole)
    assert len(whole) == 16


def test_a_step_speaks_unless_the_blank_is_its_best_symbol() -> None:
    log_probs = np.full((3, SYMBOLS), -9, np.float32)
    log_probs[[0, 1, 2], [5, BLANK, SPACE]] = -0.1
    assert is_speech(log_probs).tolist() == [True, False, True]
    assert is_speech(log_probs[:0]).shape == (0,)
