"""What a trigger word sounded like: the mean of its frames, from its beginning to the trigger.

The network says when the word was said; its frames tell the voice. Its states tell it less well, for they have learnt
that the voice does not matter: the equal error rate was 10 %, not 5 %.
"""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from edge.audio import SAMPLE_RATE
from edge.events import Trigger
from edge.model import Manifest
from edge.model.quantization import Real
from edge.trigger import Clock

Vector: TypeAlias = npt.NDArray[np.float32]
"""Shape (bands,)."""

LONGEST_SECONDS = 2.0
"""Of a word; what lies further back is not kept."""


class Ear:
    """Owns the frames of the last steps of one stream.

    Args:
        manifest: of the trigger network; its stream must tell its frames.
    """

    def __init__(self, manifest: Manifest) -> None:
        (self._name,) = manifest.tensors.inputs
        self._bands = manifest.frames.width
        self._recent: Real = np.empty((0, manifest.stack * self._bands), np.float32)

    def reset(self) -> None:
        """Forget the frames: what comes next does not follow them."""
        self._recent = self._recent[:0]

    def feed(self, outputs: Mapping[str, Real], triggers: Sequence[Trigger], first: int, clock: Clock) -> list[Vector]:
        """The vector of each trigger that these steps brought.

        Args:
            outputs: of the network, (steps, width) each, with the frames.
            triggers: what the detector heard in them.
            first: index of the first step on the clock.
            clock: where steps lie in the stream.
        """
        steps = np.concatenate([self._recent, outputs[self._name]])
        behind = first - len(self._recent)
        self._recent = steps[-round(LONGEST_SECONDS * SAMPLE_RATE / clock.step) :]
        return [self._vector(steps, trigger, behind, clock) for trigger in triggers]

    def _vector(self, steps: Real, trigger: Trigger, behind: int, clock: Clock) -> Vector:
        end = clock.ending_at(round(trigger.at * SAMPLE_RATE)) - behind + 1
        # By the network's own clock, which a gap in the stream does not move on.
        length = max(1, round((trigger.at - trigger.began) * SAMPLE_RATE / clock.step))
        mean: Vector = steps[max(0, end - length) : end].reshape(-1, self._bands).mean(axis=0)
        return mean
