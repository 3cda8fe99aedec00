"""From a few takes of a word to a voice, and what the takes say of it."""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from edge.audio import AudioBlock
from edge.events import Trigger
from edge.model import StreamingModel
from edge.pipeline import Pipeline
from edge.voices.ear import Vector
from edge.voices.gate import Collector
from edge.voices.speakers import Points, Speakers, unit
from edge.voices.voice import Voice

FEWEST: Final = 3
"""Takes."""
STRANGERS: Final = 0.1
"""Share of other people from whose likeness to the voice its threshold keeps away."""

Likenesses = npt.NDArray[np.float32]
"""Shape (takes,), -1 to 1."""


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A voice and its evidence."""

    voice: Voice
    own: Likenesses
    """Of each take to the others of the same voice."""
    others: Likenesses
    """Of other people's takes, those that ship with the network."""


def enrol(name: str, word: str, vectors: Sequence[Vector], speakers: Speakers) -> Enrolment:
    """The voice of some takes, FEWEST or more.

    Its threshold lies half way between the least likely of its own takes, each held against the others, and what a
    tenth of other people reach.
    """
    points = speakers.points(word, np.array(vectors))
    centre = unit(points.mean(axis=0))
    own, others = leave_one_out(points), speakers.others[word] @ centre
    needed = float(own.min() + np.quantile(others, 1 - STRANGERS)) / 2
    return Enrolment(Voice(name, word, centre, needed, speakers), own, others)


def leave_one_out(points: Points) -> Likenesses:
    """Likeness of each take to the voice of the others: (takes, dimensions) to (takes,)."""
    rest = unit(points.sum(axis=0) - points)
    likenesses: Likenesses = (points * rest).sum(axis=1)
    return likenesses


def takes(
    model: StreamingModel, thresholds: dict[str, float], blocks: Iterable[AudioBlock]
) -> list[tuple[Trigger, Vector]]:
    """Each time that a word is heard in a recording, and what it sounded like."""
    collector = Collector(model.bundle.manifest)
    deque(Pipeline(model, thresholds, judge=collector).run(blocks), maxlen=0)
    return collector.drain()
