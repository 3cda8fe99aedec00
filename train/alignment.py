"""Where a word lies in a recording of that word alone, found by its energy above the room."""

import numpy as np
import numpy.typing as npt

from edge.audio import SAMPLE_RATE
from train.augment import Signal

FRAME = 160
BRIDGE = 30
"""Frames (0.3 s) of quiet inside a word: closures, and the pause between two words of a phrase."""
CLICK = 6
"""Frames (60 ms); what is shorter and stands alone is a click, not a sound of speech."""
DIGITAL_SILENCE = -90.0
"""Decibels below which no microphone goes."""
DYNAMIC_RANGE = 28.0
"""Decibels from the loudest to the quietest sound of a word: what lies lower is the room, however still that was."""
SHORTEST = 0.25
"""Seconds; anything shorter is no word."""
LONGEST = 1.3
"""Seconds; the longest takes of a two-word phrase. What stands out for longer is a word and a restless room."""


def word_bounds(signal: Signal) -> tuple[int, int]:
    """First sample of the word and the sample after its last; the whole recording if no word stands out.

    The threshold lies a third of the way, in decibels, from the room (tenth percentile of the frames) to the loudest
    frame, and no lower than DYNAMIC_RANGE under that; it rises until what stands out is no longer than a word. The
    stretch of speech with the most energy is the word; clicks apart from it are not.
    """
    decibels = frame_decibels(signal)
    # Padding with digital silence is no room: taken for one, all that a quiet room hums would count as speech.
    heard = decibels[decibels > DIGITAL_SILENCE]
    if len(heard) == 0:
        return 0, len(signal)
    room, top = np.percentile(heard, 10), heard.max()
    lowest = max(room + max(6.0, (top - room) / 3), top - DYNAMIC_RANGE)
    stretches = (_loudest_run(decibels, threshold) for threshold in np.arange(lowest, max(top - 6, lowest + 1), 2.0))
    found = [stretch for stretch in stretches if stretch is not None]
    if not found:
        return 0, len(signal)
    first, last = next((run for run in found if (run[1] - run[0]) * FRAME <= LONGEST * SAMPLE_RATE), found[0])
    return first * FRAME, min(len(signal), last * FRAME)


def frame_decibels(signal: Signal) -> npt.NDArray[np.float64]:
    """Level of each 10 ms, smoothed over 30 ms, in decibels below full scale."""
    frames = signal[: len(signal) // FRAME * FRAME].reshape(-1, FRAME).astype(np.float64)
    power = np.convolve(np.mean(frames**2, axis=1), np.ones(3) / 3, mode="same") if len(frames) else np.empty(0)
    return 10 * np.log10(power + 1e-10)


def is_plausible(bounds: tuple[int, int]) -> bool:
    """Whether the stretch is as long as a spoken word or short phrase: 0.25 to 2 s."""
    return SHORTEST * SAMPLE_RATE <= bounds[1] - bounds[0] <= 2 * SAMPLE_RATE


def _loudest_run(decibels: npt.NDArray[np.float64], threshold: float) -> tuple[int, int] | None:
    """(first, after the last) frame of the stretch above the threshold that has the most energy."""
    energy = 10 ** (decibels / 10)
    return max(_runs(decibels > threshold), key=lambda run: float(energy[run[0] : run[1]].sum()), default=None)


def _runs(active: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Stretches of activity as (first, after the last): clicks dropped, those closer than BRIDGE joined."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], active.astype(np.int8), [0]])))
    joined: list[tuple[int, int]] = []
    for begin, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        if end - begin < CLICK:
            continue
        if joined and begin - joined[-1][1] < BRIDGE:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((begin, end))
    return [run for run in joined if (run[1] - run[0]) * FRAME >= SHORTEST * SAMPLE_RATE]
