"""Quiet: a table of steps in, which of them begin from nothing out; and what that does to all that listens for days."""

from dataclasses import replace
from functools import cache
from itertools import pairwise
from typing import Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.audio import SAMPLE_RATE, AudioBlock, Pcm16
from edge.events import Event, Status
from edge.features import FeatureConfig, FeatureStream, Frames
from edge.pipeline import Pipeline, thresholds_for
from edge.quiet import FAINTEST, LEVEL, SECONDS, Quiet
from edge.spotter import Spotter
from edge.transcriber import Transcriber
from tests.shipped import model, recording

pytestmark = pytest.mark.runtime

PCEN = FeatureConfig(normalise="pcen")
STACK = 3
WIDTH = STACK * PCEN.bands
STEP = STACK * PCEN.hop
NEEDED = round(SECONDS * SAMPLE_RATE / STEP)
"""Steps."""
BLOCK = 1280


def table(*stretches: tuple[int, float]) -> Frames:
    """Steps at some levels, each for so many."""
    return np.concatenate([np.full((steps, WIDTH), level, np.float32) for steps, level in stretches])


def fresh_of(steps: Frames, features: FeatureConfig = PCEN) -> list[int]:
    """Indices of those that begin from nothing."""
    return [step for step, is_fresh in enumerate(Quiet(features, STACK).feed(steps)) if is_fresh]


def quiet_of(samples: Pcm16, features: FeatureConfig = PCEN) -> list[int]:
    frames = FeatureStream(features).feed(samples)
    return fresh_of(frames[: len(frames) // STACK * STACK].reshape(-1, STACK * features.width), features)


def hiss(seconds: float, level: float, seed: int = 1) -> Pcm16:
    samples = level * np.random.default_rng(seed).standard_normal(round(seconds * SAMPLE_RATE))
    return np.clip(samples, -32768, 32767).astype(np.int16)


class TestQuiet:
    def test_it_comes_after_its_time_at_the_quietest_step(self) -> None:
        steps = table((NEEDED - 1, 0.3), (1, 0.2), (2 * NEEDED, 0.25))
        # The last minimum is out of sight from step 2 * NEEDED - 1 on; from there all are as quiet as each other.
        assert fresh_of(steps) == [NEEDED - 1, *range(2 * NEEDED - 1, 3 * NEEDED)]

    def test_a_single_loud_step_ends_it_and_its_time_begins_anew(self) -> None:
        steps = table((NEEDED, 0.3), (1, LEVEL + 0.01), (NEEDED, 0.3))
        assert fresh_of(steps) == [NEEDED - 1, 2 * NEEDED]

    def test_one_that_was_interrupted_by_a_reset_does_not_count(self) -> None:
        quiet = Quiet(PCEN, STACK)
        quiet.feed(table((NEEDED - 1, 0.0)))
        quiet.reset()
        assert quiet.feed(table((NEEDED - 1, 0.0))) == [False] * (NEEDED - 1)

    def test_no_step_of_what_rises_above_the_room_is_fresh_however_faint(self) -> None:
        word = np.array([0.25, 0.3, 0.28, 0.35, 0.26, 0.3], np.float32)
        room = 0.2 + 0.04 * np.random.default_rng(1).random(3 * NEEDED)
        levels = np.concatenate([room, word, room])
        found = fresh_of(np.repeat(levels[:, None], WIDTH, axis=1).astype(np.float32))
        assert found
        assert not {*found} & {*range(len(room), len(room) + len(word))}

    @given(
        levels=st.lists(
            st.tuples(st.integers(1, 2 * NEEDED), st.sampled_from([0.0, 0.01, 0.2, 0.3, 1.0])), min_size=1, max_size=8
        ),
        cuts=st.lists(st.integers(0, 300), max_size=8),
    )
    def test_it_depends_on_nothing_but_the_last_steps(self, levels: list[tuple[int, float]], cuts: list[int]) -> None:
        steps = table(*levels)
        quiet = Quiet(PCEN, STACK)
        found = [one for part in np.split(steps, sorted(cuts)) for one in quiet.feed(part)]
        heard = np.maximum(steps[:, 0], FAINTEST)
        recent = [heard[max(0, step + 1 - NEEDED) : step + 1] for step in range(len(steps))]
        assert found == [len(some) == NEEDED and some.max() < LEVEL and some[-1] == some.min() for some in recent]

    @pytest.mark.parametrize("level", [0.0, 1.0, 50.0, 3000.0])
    def test_steady_noise_is_quiet_however_loud(self, level: float) -> None:
        found = quiet_of(hiss(30.0, level))
        assert max(b - a for a, b in pairwise([0, *found, 1000])) < 5 * NEEDED

    def test_silence_after_noise_is_quiet_all_the_time(self) -> None:
        noise = hiss(10.0, 3000.0)
        found = quiet_of(np.concatenate([noise, np.zeros(60 * SAMPLE_RATE, np.int16)]))
        first = len(noise) // STEP + NEEDED + 1
        assert [step for step in found if step >= first] == list(range(first, found[-1] + 1))

    def test_what_else_a_frame_holds_does_not_matter(self) -> None:
        sound = np.concatenate([hiss(4.0, 30.0), hiss(0.5, 3000.0), hiss(8.0, 30.0)])
        found = quiet_of(sound, replace(PCEN, normalise="pcen+peak"))
        assert found
        assert found == quiet_of(sound)

    def test_noise_that_comes_and_goes_is_not(self) -> None:
        rattle = np.concatenate([hiss(0.2, level) for level in [3000.0, 30.0] * 25])
        assert not quiet_of(rattle)

    @pytest.mark.parametrize("normalise", ["none", "mean", "peak"])
    def test_nothing_is_where_levels_are_not_known(self, normalise: Literal["none", "mean", "peak"]) -> None:
        assert not quiet_of(np.zeros(5 * SAMPLE_RATE, np.int16), FeatureConfig(normalise=normalise))


@cache
def evening() -> Pcm16:
    """Minutes of talk and rattling in rooms of several sounds, with pauses between."""
    said, rattle = recording(), np.concatenate([hiss(0.2, level) for level in [2000.0, 20.0] * 25])
    scenes = [(rattle, 20.0, 3.0), (said, 5.0, 2.5), (rattle, 0.0, 1.0), (said, 100.0, 4.0), (said, 30.0, 2.5)]
    parts = [np.concatenate([sound, hiss(pause, level)]) for sound, level, pause in scenes]
    return np.concatenate([*parts, hiss(3.0, 10.0)])


LATE = (600 * STEP, 900 * STEP)
"""Where fresh listeners begin (18 and 27 s): on the same grid of steps, in speech and in rattling."""
CONVERGED = 27 * SAMPLE_RATE
"""By then the slow mean of the features has forgotten where it began, as far as 8 bits tell."""


def first_quiet(late: int) -> int:
    """The sample at which the first step begins, in a quiet that both listeners hear alike, that is fresh."""
    return next(step * STEP for step in quiet_of(evening()) if step * STEP >= late + CONVERGED)


def listener() -> Pipeline:
    trigger, letters = model("trigger-en"), model("speech-en")
    thresholds = thresholds_for(trigger, trigger.bundle.manifest.labels, 2.0)
    return Pipeline(trigger, thresholds, Transcriber(letters), Spotter(letters, {"the": 0.1, "please": 0.1}))


def hear(start: int = 0, *cuts: int) -> list[Event]:
    """What a listener hears of the evening from a sample on, in the time of the evening."""
    pipeline, sound = listener(), evening()
    edges = sorted({start, *(cuts or range(start, len(sound), BLOCK)), len(sound)})
    found = [pipeline.feed(AudioBlock(sound[first:end], first)) for first, end in pairwise(edges)]
    # The samples before the start are told as lost.
    return [event for some in found for event in some if not isinstance(event, Status)]


@cache
def long_run() -> list[Event]:
    return hear()


class TestFreshRun:
    """A listener that begins late hears what one hears that has listened all along."""

    @pytest.mark.parametrize("late", LATE)
    def test_all_that_is_heard_after_a_quiet_is_the_same_to_the_digit(self, late: int) -> None:
        begin = first_quiet(late)
        later = [event for event in long_run() if event.at * SAMPLE_RATE >= begin]
        assert {"trigger", "partial", "transcript", "keyword"} == {event.type for event in later}
        assert [event for event in hear(late) if event.at * SAMPLE_RATE >= begin] == later

    @pytest.mark.parametrize("late", LATE)
    def test_both_forget_at_the_same_steps(self, late: int) -> None:
        first = (late + CONVERGED) // STEP
        ours = [step for step in quiet_of(evening()) if step >= first]
        theirs = [late // STEP + step for step in quiet_of(evening()[late:])]
        assert ours == [step for step in theirs if step >= first]

    @pytest.mark.parametrize("name", ["trigger-en", "speech-en"])
    def test_the_outputs_are_equal_bit_by_bit_only_where_it_was_quiet(self, name: str) -> None:
        late = LATE[0]
        features = model(name).bundle.manifest.features
        frames, fewer = (FeatureStream(features).feed(evening()[start:]) for start in (0, late))
        before, after = (late + CONVERGED) // STEP, first_quiet(late) // STEP
        apart = []
        for endless in (True, False):
            one, other = (model(name).stream(endless=endless) for _ in range(2))
            output = next(iter(model(name).bundle.manifest.tensors.outputs))
            ours, theirs = one.feed(frames)[output], other.feed(fewer)[output]
            assert not np.array_equal(ours[late // STEP : before], theirs[: before - late // STEP])
            apart.append(not np.array_equal(ours[after:], theirs[after - late // STEP :]))
        assert apart == [False, True]

    @settings(max_examples=3, deadline=None)
    @given(cuts=st.lists(st.integers(1, 10**6), min_size=1, max_size=40))
    def test_cuts_do_not_matter(self, cuts: list[int]) -> None:
        assert hear(0, *(cut for cut in cuts if cut < len(evening()))) == long_run()
