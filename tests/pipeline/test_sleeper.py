"""What sleeps reads what it is asked for, and the seconds before; however the stream is cut."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from edge.decoder.keywords import Scores
from edge.features import Frames
from edge.sleeper import Flags, Highest, Past, Sleeper

STACK = 2
LEAD = 80


class Counter:
    """A reader whose score is the sum of all that it read since it began: what it was not given shows."""

    def __init__(self) -> None:
        self.begun = self.read = 0
        self.reset()

    def reset(self) -> None:
        self._sum = np.zeros(1, np.float32)
        self.begun += 1

    def feed(self, frames: Frames) -> Scores:
        self.read += len(frames) // STACK
        sums: Scores = self._sum + frames[::STACK].cumsum(axis=0, dtype=np.float32)
        self._sum = sums[-1]
        return sums


def frames_of(steps: int) -> Frames:
    """The first frame of step n holds n."""
    return np.repeat(np.arange(steps, dtype=np.float32), STACK)[:, None]


def asked_at(steps: int, *when: int) -> Flags:
    flags = np.zeros(steps, bool)
    flags[list(when)] = True
    return flags


def scores(asked: Flags, cuts: tuple[int, ...] = (), reader: Counter | None = None) -> Scores:
    past, sleeper, parts = Past(STACK, 1, LEAD), Sleeper(reader or Counter(), 1, LEAD), []
    frames = frames_of(len(asked))
    for part in np.split(np.arange(len(asked)), sorted(cuts)):
        past.hear(frames[part.min() * STACK : (part.max() + 1) * STACK] if len(part) else frames[:0])
        parts.append(sleeper.feed(past, asked[part]) if asked[part].any() else _asleep(sleeper, len(part)))
        past.forget(len(part))
    return np.concatenate(parts)


def _asleep(sleeper: Sleeper, steps: int) -> Scores:
    sleeper.sleep(steps)
    return np.zeros((steps, 1), np.float32)


def test_the_steps_before_are_read_first() -> None:
    reader = Counter()
    said = scores(asked_at(300, 250), reader=reader)
    assert said[250, 0] == sum(range(250 - LEAD + 1, 251))
    assert np.flatnonzero(said).tolist() == [250]
    assert reader.read == LEAD


def test_at_the_beginning_there_is_less_to_read() -> None:
    reader = Counter()
    assert scores(asked_at(300, 3), reader=reader)[3, 0] == 0 + 1 + 2 + 3
    assert reader.read == 4


def test_who_slept_a_little_goes_on_from_there() -> None:
    reader = Counter()
    said = scores(asked_at(300, 100, 100 + LEAD), reader=reader)
    assert said[100 + LEAD, 0] == sum(range(100 - LEAD + 1, 100 + LEAD + 1))
    assert reader.read == 2 * LEAD
    assert reader.begun == 2, "once when it was made, once when it woke"


def test_who_slept_long_begins_anew() -> None:
    said = scores(asked_at(300, 100, 101 + LEAD))
    assert said[101 + LEAD, 0] == sum(range(102, 102 + LEAD))


@given(asked=st.lists(st.tuples(st.booleans(), st.integers(1, 90)), max_size=8), cuts=st.lists(st.integers(0, 400)))
def test_cuts_do_not_matter(asked: list[tuple[bool, int]], cuts: list[int]) -> None:
    flags = np.concatenate([np.zeros(0, bool), *(np.full(steps, awake) for awake, steps in asked)])
    inside = tuple(cut for cut in cuts if cut < len(flags))
    assert np.array_equal(scores(flags, inside), scores(flags))


def test_a_gap_drops_the_unfinished_step() -> None:
    past = Past(STACK, 1, LEAD)
    past.hear(frames_of(5)[:9])
    past.forget(4)
    past.rejoin()
    past.hear(np.full((STACK, 1), 7, np.float32))
    assert past.between(-1, 1)[::STACK, 0].tolist() == [3, 7]


def test_the_highest_of_a_while_is_kept() -> None:
    values = np.array([0, 3, 1, 0, 0, 2, 0], np.float32)[:, None]
    highest = Highest(3, 1)
    parts = [highest.feed(part) for part in (values[:4], values[4:4], values[4:])]
    assert np.concatenate(parts)[:, 0].tolist() == [0, 3, 3, 3, 1, 2, 2]
    highest.reset()
    assert highest.feed(values[-1:])[0, 0] == 0
