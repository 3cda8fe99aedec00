"""Augmentation of log-mel frames: other voices, other tempi and other company, without going back to the sound.

Speed changes of the sound move tempo and formants together; here they move apart, which makes many speakers of a few.
Frames are log energies of shape (frames, bands) before normalisation.
"""

import numpy as np
import numpy.typing as npt

Energies = npt.NDArray[np.float32]
Positions = npt.NDArray[np.float64]
DECIBEL = np.log(10) / 10
"""One decibel of power as a difference of natural logarithms."""
ROUNDING = (-70.0, -58.0)
"""Least and most that rounding to 16 bits leaves in a band, in decibels."""


def uneven(factors: npt.ArrayLike, n: int) -> Positions:
    """Where n equal steps lead at a speed that varies: (n,), the first at 0.

    Args:
        factors: the speed, or speeds at equal distances from the first step to the last, joined by straight lines.
        n: how many steps.
    """
    knots = np.atleast_1d(np.asarray(factors, np.float64))
    speeds = np.interp(np.linspace(0, 1, n), np.linspace(0, 1, len(knots)), knots)
    return np.cumsum(speeds) - speeds


def warp_bands(energies: Energies, factors: npt.ArrayLike) -> Energies:
    """Stretches the band axis, as a shorter vocal tract (factor above 1) does (Jaitly and Hinton 2013).

    Several factors stretch low, middle and high bands differently: mouths differ in more than their length.
    """
    bands = energies.shape[1]
    source = np.minimum(uneven(1 / np.asarray(factors), bands), bands - 1)
    below = np.minimum(source.astype(np.intp), bands - 2)
    share: Energies = (source - below).astype(np.float32)
    return energies[:, below] * (1 - share) + energies[:, below + 1] * share


def at(energies: Energies, positions: Positions) -> Energies:
    """The frames that lie nearest to some positions, in frames; the last one for all beyond it."""
    return energies[np.minimum(np.round(positions).astype(np.intp), len(energies) - 1)]


def add_energies(energies: Energies, others: Energies, decibels: float) -> Energies:
    """Both sounds at once, the others' loudest moment `decibels` below that of the first; powers add up."""
    below = energies.max() - others.max() - decibels * DECIBEL
    both: Energies = np.logaddexp(energies, others + np.float32(below))
    return both


def over(energies: Energies, noise: npt.NDArray[np.floating], decibels: float, rng: np.random.Generator) -> Energies:
    """The sound over a random stretch of noise, (frames, bands), that begins anew where it is too short."""
    first = int(rng.integers(max(1, len(noise) - len(energies))))
    under = np.resize(noise[first : first + len(energies)].astype(np.float32), energies.shape)
    return add_energies(energies, under, decibels)


def another_mouth(energies: Energies, rng: np.random.Generator) -> Energies:
    """The same words from another vocal tract."""
    return warp_bands(energies, rng.uniform(0.86, 1.16) * np.exp(rng.uniform(-0.08, 0.08, 4)))


def another_pace(frames: int, rng: np.random.Generator) -> Positions:
    """Positions in a sound that is `frames` long at which a slower or faster speaker is, who lingers on some syllables.

    There are as many as that speaker needs frames to come to the end.
    """
    knots = rng.uniform(0.87, 1.17) * np.exp(rng.uniform(-0.3, 0.3, 2 + frames // 25))
    positions = uneven(knots, 2 * frames)
    return positions[positions < frames]


def another_line(energies: Energies, rng: np.random.Generator) -> Energies:
    """The same sound through another microphone: a smooth random curve of up to 8 dB either way."""
    bands = energies.shape[1]
    knots = rng.uniform(-8, 8, 6) * DECIBEL
    curve: Energies = np.interp(np.linspace(0, 1, bands), np.linspace(0, 1, len(knots)), knots).astype(np.float32)
    return energies + curve


def narrowed(energies: Energies, rng: np.random.Generator) -> Energies:
    """The same sound at 8 kHz: the upper sixth to third of the bands hold nothing but the rounding of its samples.

    However faint a rest of the speech were, PCEN would put it beside its own mean, and it would be heard as before.
    """
    frames, bands = energies.shape
    first = int(rng.uniform(0.68, 0.83) * bands)
    low: Energies = energies.copy()
    low[:, first:] = (rng.uniform(*ROUNDING) + rng.normal(0, 1, (frames, bands - first))) * DECIBEL
    return low


def hide(frames: Energies, rng: np.random.Generator) -> None:
    """Replaces a random stretch of bands and one of times by the mean, in place (SpecAugment, arXiv 1904.08779)."""
    mean = frames.mean()
    for axis, most in ((0, 12), (1, 8)):
        width = int(rng.integers(0, most + 1))
        first = int(rng.integers(0, frames.shape[axis] - width + 1))
        stretch = [slice(None), slice(None)]
        stretch[axis] = slice(first, first + width)
        frames[tuple(stretch)] = mean
