"""Augmentation of log-mel frames: other voices, other tempi and other company, without going back to the sound.

Speed changes of the sound move tempo and formants together; here they move apart, which makes many speakers of a few.
Frames are log energies of shape (frames, bands) before normalisation.
"""

import numpy as np
import numpy.typing as npt

Energies = npt.NDArray[np.float32]
DECIBEL = np.log(10) / 10
"""One decibel of power as a difference of natural logarithms."""


def warp_bands(energies: Energies, factor: float) -> Energies:
    """Stretches the band axis, as a shorter vocal tract (factor above 1) does (Jaitly and Hinton 2013)."""
    bands = energies.shape[1]
    source = np.clip(np.arange(bands) / factor, 0, bands - 1)
    below = np.minimum(source.astype(np.intp), bands - 2)
    share: Energies = (source - below).astype(np.float32)
    return energies[:, below] * (1 - share) + energies[:, below + 1] * share


def warp_time(energies: Energies, factor: float) -> Energies:
    """Plays `factor` times faster at the same pitch; what is missing at the end repeats the last frame."""
    source = np.minimum(np.round(np.arange(len(energies)) * factor).astype(np.intp), len(energies) - 1)
    return energies[source]


def add_energies(energies: Energies, others: Energies, decibels: float) -> Energies:
    """Both sounds at once, the others' loudest moment `decibels` below that of the first; powers add up."""
    below = energies.max() - others.max() - decibels * DECIBEL
    both: Energies = np.logaddexp(energies, others + np.float32(below))
    return both


def hide(frames: Energies, rng: np.random.Generator) -> None:
    """Replaces a random stretch of bands and one of times by the mean, in place (SpecAugment, arXiv 1904.08779)."""
    mean = frames.mean()
    for axis, most in ((0, 12), (1, 8)):
        width = int(rng.integers(0, most + 1))
        first = int(rng.integers(0, frames.shape[axis] - width))
        stretch = [slice(None), slice(None)]
        stretch[axis] = slice(first, first + width)
        frames[tuple(stretch)] = mean
