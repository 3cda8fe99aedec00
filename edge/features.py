"""Streaming log-mel features: the one feature code, for the device and for training alike.

    samples -- windows of 25 ms, every 10 ms --> |DFT|^2 -- triangular mel bands --> energies -- compress

Every operation works frame by frame (none mixes frames, but for the running mean or peak), so the frames are
bit-identical however the stream is cut into blocks. A frame is given out as soon as its last sample is in.
"""

import hashlib
import json
import math
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from itertools import accumulate
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from edge.audio import FULL_SCALE, SAMPLE_RATE, Pcm16

Frames: TypeAlias = npt.NDArray[np.float32]
"""Shape (frames, width): a number for each band, or two."""

_Floats: TypeAlias = npt.NDArray[np.float64]

DEPTH = 10.0
"""Natural logarithm of how far below the peak a band is told from silence (43 dB)."""
CHUNK_FRAMES = 4096
"""Most frames that are worked on at once: bounds the memory that a ten-minute block takes."""


@dataclass(frozen=True, slots=True)
class FeatureConfig:
    """Everything that decides what a frame holds; its hash goes into each model bundle."""

    bands: int = 40
    """Mel bands."""

    window: int = 400
    """Samples a window (25 ms)."""

    hop: int = 160
    """Samples from one window to the next (10 ms)."""

    fft: int = 512
    """Points of the Fourier transform; the window is zero-padded to it."""

    low_hz: float = 60.0
    """Lower edge of the lowest band."""

    high_hz: float = 7600.0
    """Upper edge of the highest band."""

    floor: float = 1e-7
    """Added to a band's energy before the logarithm (full-scale audio is 1.0): hides the noise of 16 bits."""

    normalise: Literal["none", "mean", "pcen", "peak", "pcen+peak"] = "mean"
    """`none`, subtraction of a slow mean, per-channel energy normalisation (Wang et al. 2017, arXiv 1607.05666), the
    level of each band beside the recent peak of all bands together, or the last two side by side.

    A mean for each band takes out a room's own sound; but from a silence all bands rise alike then, whatever is said,
    and the first sound of a word is lost. The peak is one number, and leaves the spectrum its shape."""

    time_constant: float = 1.0
    """Seconds over which the slow mean forgets; in which the peak falls to 1/e."""

    ceiling: float = 6.0
    """Highest value of `pcen` and `peak`: what breaks a deep silence would else take all of a number's 8 bits."""

    def __post_init__(self) -> None:
        if min(self.bands, self.window, self.hop, self.time_constant) <= 0:
            raise ValueError(f"bands, window, hop and time_constant are more than 0, not as in {self}")
        if self.fft < self.window:
            raise ValueError(f"fft is {self.fft}: give at least the {self.window} samples of the window")

    @property
    def first(self) -> "FeatureConfig":
        """What is left when each frame is cut to `bands` numbers: the first of several normalisations."""
        return replace(self, normalise=self.normalise.split("+")[0])  # type: ignore[arg-type]  # one of the names

    @property
    def has_pcen(self) -> bool:
        """Whether the first `bands` numbers of a frame are `pcen`."""
        return self.normalise.startswith("pcen")

    @property
    def width(self) -> int:
        """Numbers in a frame."""
        return self.bands * len(self.normalise.split("+"))

    def digest(self) -> str:
        """SHA-256 of the configuration, to match a model with its features."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()

    @property
    def seconds_per_frame(self) -> float:
        """Stream time from one frame to the next."""
        return self.hop / SAMPLE_RATE


class FeatureStream:
    """Log-mel frames from consecutive samples; owns the overlap of windows and the running mean."""

    def __init__(self, config: FeatureConfig | None = None) -> None:
        self.config = config or FeatureConfig()
        self._filters = MelFilters.of(self.config)
        self._normalise = Normaliser(self.config)
        self.reset()

    def reset(self) -> None:
        """Forget all samples: the next one is the first of a new stream."""
        self.rejoin()
        self._normalise.reset()

    def rejoin(self) -> None:
        """Drop the samples of unfinished windows after a gap, but keep the running mean."""
        self._pending: Pcm16 = np.empty(0, np.int16)

    def feed(self, samples: Pcm16) -> Frames:
        """All frames whose last sample is now in: shape (frames, width), frames >= 0.

        Frame t of a stream covers samples [t * hop, t * hop + window).
        """
        pending = np.concatenate([self._pending, samples])
        count = max(0, (len(pending) - self.config.window) // self.config.hop + 1)
        self._pending = pending[count * self.config.hop :]
        if count == 0:
            return np.empty((0, self.config.width), np.float32)
        windows = _windows(pending, count, self.config)
        chunks = (windows[i : i + CHUNK_FRAMES] for i in range(0, count, CHUNK_FRAMES))
        return np.concatenate([self._normalise.feed(self._filters.energies(chunk)) for chunk in chunks])


def _windows(samples: Pcm16, count: int, config: FeatureConfig) -> Pcm16:
    """Overlapping windows as a view, shape (count, window); numpy's own functions for it take ten times as long."""
    shape, strides = (count, config.window), (config.hop * samples.itemsize, samples.itemsize)
    return np.ndarray(shape, samples.dtype, samples, strides=strides)


@dataclass(frozen=True, slots=True)
class MelFilters:
    """The tables of the transform: a Hann window and the triangular bands without their zeros."""

    config: FeatureConfig
    window: _Floats
    """Shape (window,), already divided by full scale."""
    bins: npt.NDArray[np.intp]
    """Spectrum bins under each band, band after band."""
    weights: _Floats
    """Height of the band's triangle at each of `bins`."""
    starts: npt.NDArray[np.intp]
    """Where each band begins in `bins`."""

    @classmethod
    @lru_cache(maxsize=8)
    def of(cls, config: FeatureConfig) -> "MelFilters":
        """Tables for a configuration.

        Raises:
            ValueError: a band is so narrow that no bin lies under it.
        """
        triangles = mel_triangles(config)
        band, bins = np.nonzero(triangles)
        starts = np.searchsorted(band, np.arange(config.bands))
        if np.any(np.bincount(band, minlength=config.bands) == 0):
            raise ValueError(
                f"{config.bands} mel bands are too many for {config.fft} points: use fewer, or a larger fft"
            )
        periodic_hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(config.window) / config.window)
        return cls(config, periodic_hann / FULL_SCALE, bins, triangles[band, bins], starts)

    def energies(self, windows: Pcm16) -> _Floats:
        """Energy of each band, above the floor; windows of shape (frames, window), result (frames, bands)."""
        spectrum = np.fft.rfft(windows * self.window, self.config.fft)
        power = spectrum.real**2 + spectrum.imag**2
        return np.add.reduceat(power.take(self.bins, axis=1) * self.weights, self.starts, axis=1) + self.config.floor


def mel_triangles(config: FeatureConfig) -> _Floats:
    """Triangles of height one, evenly spaced on the mel scale 2595 log10(1 + f / 700): shape (bands, fft / 2 + 1)."""
    low, high = 2595 * np.log10(1 + np.array([config.low_hz, config.high_hz]) / 700)
    edges = 700 * (10 ** (np.linspace(low, high, config.bands + 2) / 2595) - 1)
    hertz = np.fft.rfftfreq(config.fft, 1 / SAMPLE_RATE)
    left, centre, right = (edges[i : config.bands + i, None] for i in range(3))
    return np.maximum(0, np.minimum((hertz - left) / (centre - left), (right - hertz) / (right - centre)))


def _logarithms(energies: _Floats) -> _Floats:
    logs: _Floats = np.log(energies)
    return logs


def pcen_of(steps: Frames, config: FeatureConfig) -> Frames:
    """What per-channel energy normalisation made of some steps; all of them, where the frames hold nothing else.

    Args:
        steps: stacked frames, (steps, stack * width).
        config: what they hold.

    Returns:
        (steps, stack * bands)
    """
    count, stack = len(steps), steps.shape[1] // config.width
    return steps.reshape(count, stack, config.width)[..., : config.bands].reshape(count, stack * config.bands)


class Normaliser:
    """Compresses band energies, and takes the microphone's gain out of them; owns the running mean or peak."""

    def __init__(self, config: FeatureConfig) -> None:
        self._kinds = config.normalise.split("+")
        self._ceiling = config.ceiling
        self._forget = config.seconds_per_frame / config.time_constant
        self.reset()

    def reset(self) -> None:
        """Forget: the next frame becomes the mean, and the peak."""
        self._mean: _Floats | None = None
        self._peaks: list[float] = []

    def feed(self, energies: _Floats) -> Frames:
        """Normalised frames, (frames, ..., width), from energies above zero, (frames, ..., bands)."""
        kinds = {"none": _logarithms, "mean": self._less_mean, "pcen": self._pcen, "peak": self._beside_peak}
        return np.concatenate([kinds[kind](energies) for kind in self._kinds], axis=-1).astype(np.float32)

    def _less_mean(self, energies: _Floats) -> _Floats:
        logs = _logarithms(energies)
        return logs - self._running_mean(logs)

    def _running_mean(self, values: _Floats) -> _Floats:
        """m[t] = (1 - s) m[t-1] + s x[t], with m[0] = x[0]: frame by frame, so that blocks cannot matter."""
        means, mean = self._forget * values, values[0] if self._mean is None else self._mean
        for following in means:
            mean = np.add(following, (1 - self._forget) * mean, out=following)
        self._mean = mean.copy()
        return means

    def _pcen(self, energies: _Floats) -> _Floats:
        """(E / (eps + M)^alpha + delta)^(1/2) - delta^(1/2), with M the running mean of E."""
        epsilon, alpha, delta = 1e-6, 0.98, 2.0
        gained = energies / (epsilon + self._running_mean(energies)) ** alpha
        compressed: _Floats = np.sqrt(gained + delta) - np.sqrt(delta)
        return np.minimum(compressed, self._ceiling)

    def _beside_peak(self, energies: _Floats) -> _Floats:
        """Ceiling * max(0, 1 + log(E / P) / DEPTH), with P the running peak of the sum of E over all bands."""
        peaks = self._running_peak(np.log(energies.sum(axis=-1, keepdims=True)))
        return self._ceiling * np.maximum(0, 1 + (np.log(energies) - peaks) / DEPTH)

    def _running_peak(self, levels: _Floats) -> _Floats:
        """p[t] = max(x[t], p[t-1] - s), with p[0] = x[0]: frame by frame, as the mean.

        By plain numbers: there is one a frame, for which an array takes ten times as long.
        """
        columns = levels.reshape(len(levels), -1).T.tolist()
        before = self._peaks or [-math.inf] * len(columns)
        peaks = [[*accumulate(column, self._fall, initial=peak)] for column, peak in zip(columns, before, strict=True)]
        self._peaks = [column[-1] for column in peaks]
        return np.array(peaks).T[1:].reshape(levels.shape)

    def _fall(self, peak: float, level: float) -> float:
        return max(level, peak - self._forget)
