"""The detection error trade-off (Martin et al. 1997): misses against false accepts, one line a word, as a picture."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from edge.errors import DataError
from train.evaluate.intervals import poisson, wilson
from train.evaluate.trigger import THRESHOLDS, Tally

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PERCENT = (0.2, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0)
"""Marks on the axis of misses, which is even in log-odds: there a normal law is nearly a straight line."""
RATES = (0.02, 0.1, 0.5, 2.0, 10.0, 50.0)
MARGIN = 0.15
"""Percent at which 0 and 100 are drawn, which have no place in log-odds."""

Curve = npt.NDArray[np.float64]
"""Shape (thresholds, 2, 3): rate an hour and misses in percent, each as lower end, value and upper end."""


def curve(tally: Tally, word: str, condition: str) -> Curve:
    """The trade-off of a word over THRESHOLDS."""
    rows, hours = [], tally.hours_without(word)
    for threshold in THRESHOLDS:
        accepts, (missed, clips) = tally.false_accepts(word, threshold), tally.miss(word, condition, threshold)
        fewest, most = poisson(accepts, hours)
        least, worst = wilson(missed, clips)
        rows.append([[fewest, accepts / hours, most], [100 * least, 100 * missed / clips, 100 * worst]])
    return np.array(rows)


def draw(tally: Tally, thresholds: Mapping[str, float], path: Path, title: str) -> None:
    """Draws a panel for each condition; a dot marks the device's threshold, a band both intervals (95 %).

    Raises:
        DataError: of no word that is said anything was heard in which there could be false accepts.
    """
    from matplotlib.figure import Figure

    drawn = [key for key in tally.best if tally.hours_without(key[0])]
    if not drawn:
        problem = "nothing was heard without the words that are said, so misses have nothing to be drawn against"
        raise DataError(f"{problem}; give --negatives, or leave --picture out")

    conditions = list(dict.fromkeys(condition for _, condition in drawn))
    figure = Figure(figsize=(4.6 * len(conditions) + 1.4, 5.0), layout="constrained")
    panels = figure.subplots(1, len(conditions), sharey=True, squeeze=False)[0]
    for axes, condition in zip(panels, conditions, strict=True):
        words = [word for word in thresholds if (word, condition) in drawn]
        for number, word in enumerate(words):
            _line(axes, curve(tally, word, condition), thresholds[word], f"C{number}", word)
        _frame(axes, condition, tally.hours)
    panels[0].set_ylabel("missed, %")
    panels[-1].legend(loc="upper right", frameon=False, title="dot: the device's threshold", title_fontsize="small")
    figure.suptitle(title)
    figure.savefig(path, dpi=150)


def _line(axes: "Axes", points: Curve, threshold: float, colour: str, word: str) -> None:
    rates, misses = np.maximum(points[:, 0], RATES[0] / 2), np.clip(points[:, 1], MARGIN, 100 - MARGIN)
    axes.plot(rates[:, 1], misses[:, 1], color=colour, linewidth=1.8, label=word, solid_joinstyle="round")
    # Where nothing is missed or nothing accepted, the bands of all words would cover the panel.
    some = (points[:, :, 1] > 0).all(axis=1)
    ends = [np.stack([rates[some, end], misses[some, end]], axis=1) for end in (0, 2)]
    axes.fill(*np.concatenate([ends[0], ends[1][::-1]]).T, color=colour, alpha=0.09, linewidth=0)
    at = min(int(np.searchsorted(THRESHOLDS, threshold)), len(points) - 1)
    axes.plot(rates[at, 1], misses[at, 1], "o", color=colour, markersize=7, markeredgecolor="white", clip_on=False)


def _frame(axes: "Axes", condition: str, hours: float) -> None:
    axes.set_xscale("log")
    axes.set_yscale("function", functions=(_log_odds, _percent))
    axes.set_xlim(RATES[0], RATES[-1])
    axes.set_ylim(MARGIN, 80)
    axes.set_xticks(RATES, [f"{rate:g}" for rate in RATES])
    axes.set_yticks(PERCENT, [f"{share:g}" for share in PERCENT])
    axes.minorticks_off()
    axes.grid(color="0.9", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_title(condition, fontsize="medium")
    axes.set_xlabel(f"false accepts an hour, of {hours:.1f} h")


def _log_odds(percent: npt.ArrayLike) -> npt.NDArray[np.float64]:
    share = np.clip(np.asarray(percent, float) / 100, 1e-6, 1 - 1e-6)
    log_odds: npt.NDArray[np.float64] = np.log(share / (1 - share))
    return log_odds


def _percent(log_odds: npt.ArrayLike) -> npt.NDArray[np.float64]:
    percent: npt.NDArray[np.float64] = 100 / (1 + np.exp(-np.asarray(log_odds, float)))
    return percent
