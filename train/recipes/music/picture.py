"""Piano rolls as a picture, one below the other: time to the right, pitch upwards."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from edge.music.roll import LOWEST, Roll

OCTAVE = 12
MARGIN = 3
"""Keys that are shown above the highest note, and below the lowest."""


def draw(rolls: Mapping[str, Roll], path: Path) -> None:
    """Draws each roll under its title."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 2.6 * len(rolls)), layout="constrained")
    panels = figure.subplots(len(rolls), 1, squeeze=False, sharex=True, sharey=True)[:, 0]
    sounding = np.flatnonzero(np.concatenate(list(rolls.values())).any(axis=0)) + LOWEST
    low, high = (sounding.min(), sounding.max()) if len(sounding) else (60, 72)
    for axes, (title, roll) in zip(panels, rolls.items(), strict=True):
        extent = (0, len(roll), LOWEST - 0.5, LOWEST + roll.shape[1] - 0.5)
        axes.imshow(roll.T, origin="lower", aspect="auto", interpolation="nearest", cmap="Blues", extent=extent)
        axes.set(title=title, ylabel="pitch", ylim=(low - MARGIN, high + MARGIN))
        axes.set_yticks([key for key in range(0, 128, OCTAVE) if low - MARGIN <= key <= high + MARGIN])
        axes.set_yticks([], minor=True)
        axes.yaxis.set_major_formatter(lambda key, _: f"C{int(key) // OCTAVE - 1}")
        axes.grid(axis="y", color="0.85", linewidth=0.8)
    panels[-1].set_xlabel("frame")
    figure.savefig(path, dpi=120)
