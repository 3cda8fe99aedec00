"""Activities told against those that are there, by the share of a clip that has been seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from edge.errors import DataError
from edge.model import StreamingModel
from edge.model.quantization import Real
from edge.sensors.activity import LOOK_FRAMES, Look
from train.corpora.poses import Clip
from train.evaluate.intervals import wilson

SHARES: Final = tuple(share / 10 for share in range(1, 11))
"""Of a clip, from its beginning."""


@dataclass(frozen=True, slots=True)
class Score:
    """What a network made of clips."""

    labels: tuple[str, ...]
    """The activities that it tells apart."""
    there: npt.NDArray[np.int64]
    """(clips,), index of what each shows."""
    logits: Real
    """(clips, shares, labels), after each of SHARES of the clip."""

    @property
    def n(self) -> int:
        """Clips."""
        return len(self.there)

    @property
    def right(self) -> npt.NDArray[np.bool_]:
        """(clips, shares), whether the likeliest activity is the one that is there."""
        return np.asarray(self.logits.argmax(axis=2) == self.there[:, None])

    @property
    def accuracy(self) -> float:
        """Percent, of whole clips."""
        return 100 * float(self.right[:, -1].mean())

    @property
    def early(self) -> dict[float, float]:
        """The early-decision curve: percent by the share of the clip that was seen."""
        return {share: 100 * float(right) for share, right in zip(SHARES, self.right.mean(axis=0), strict=True)}

    @property
    def by_activity(self) -> dict[str, float]:
        """Percent of the whole clips of each activity that is there."""
        return {
            label: 100 * float(self.right[self.there == one, -1].mean())
            for one, label in enumerate(self.labels)
            if (self.there == one).any()
        }


def evaluate(model: StreamingModel, clips: Sequence[Clip]) -> Score:
    """What the device would say of each clip by itself.

    Raises:
        BundleError: the model is of another task.
        DataError: a clip shows what the model does not know, is too short for a step of it, or longer than a look.
    """
    labels, look = model.bundle.manifest.labels, Look(model)
    longest = max(len(clip.poses) for clip in clips)
    if longest > LOOK_FRAMES:
        raise DataError(f"a clip has {longest} frames, of which the device looks at {LOOK_FRAMES} at a time: cut it up")
    unknown = sorted({clip.label for clip in clips} - set(labels))
    if unknown:
        raise DataError(f"the clips show {unknown[0]!r}, which {model.bundle.folder} does not know: take others")
    there = np.array([labels.index(clip.label) for clip in clips])
    return Score(labels, there, np.array([_over_time(look, clip) for clip in clips]))


def draw(score: Score, path: Path, title: str) -> None:
    """Draws the early-decision curve with its 95 % intervals."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5.4, 3.8), layout="constrained")
    axes = figure.subplots()
    shares = 100 * np.array(SHARES)
    limits = 100 * np.array([wilson(int(right), score.n) for right in score.right.sum(axis=0)])
    axes.fill_between(shares, limits[:, 0], limits[:, 1], alpha=0.15, linewidth=0)
    axes.plot(shares, list(score.early.values()), marker="o")
    axes.set_xlabel("seen of the clip, %")
    axes.set_ylabel("accuracy, %")
    axes.set_ylim(0, 100)
    axes.grid(color="0.9")
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_title(f"{title}, {score.n} clips", fontsize="medium")
    figure.savefig(path, dpi=150)


def _over_time(look: Look, clip: Clip) -> Real:
    """The logits after each of SHARES, but after one step at least."""
    look.reset()
    steps = look.feed(clip.poses)
    if not len(steps):
        raise DataError(f"a clip of {len(clip.poses)} frames is too short; give at least {look.stack}")
    at = np.maximum(np.round(len(steps) * np.array(SHARES)).astype(int), 1) - 1
    return np.asarray(steps[at])
