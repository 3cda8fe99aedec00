"""What rooms, distances, microphones and lines do to sound: pure functions on float samples in [-1, 1].

Each takes its randomness as a `numpy.random.Generator`, so a seed gives the same sound again.
"""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import soxr

from edge.audio import FULL_SCALE, SAMPLE_RATE, Pcm16

Signal: TypeAlias = npt.NDArray[np.float32]
"""Shape (n,), full scale at 1."""

_Floats: TypeAlias = npt.NDArray[np.floating]

PEAK_WINDOW = 512
"""Samples of the frames whose loudest one stands for a sound's level, as the wake-word benchmark's mixer does."""


def change_speed(signal: Signal, factor: float) -> Signal:
    """Plays the signal `factor` times faster; the pitch goes with it."""
    faster: Signal = soxr.resample(signal, SAMPLE_RATE * factor, SAMPLE_RATE, quality="LQ")
    return faster


def loudest(signal: Signal) -> float:
    """Root mean square of the loudest frame of 512 samples; 0 for silence or nothing."""
    whole = len(signal) // PEAK_WINDOW * PEAK_WINDOW
    if whole == 0:
        return float(np.sqrt(np.mean(signal**2))) if len(signal) else 0.0
    return float(np.sqrt(np.max(np.mean(signal[:whole].reshape(-1, PEAK_WINDOW) ** 2, axis=1))))


def scale_to(signal: Signal, level: float) -> Signal:
    """The signal with its loudest frame at `level` (root mean square); silence stays silence."""
    now = loudest(signal)
    return signal * np.float32(level / now) if now > 0 else signal


def quietest(signal: Signal, began: int, ended: int) -> int:
    """The middle of the quietest 20 ms in the middle half of a stretch: in a phrase, the gap between its words."""
    quarter, frame = (ended - began) // 4, SAMPLE_RATE // 50
    middle = signal[began + quarter : ended - quarter]
    if len(middle) < frame:
        return (began + ended) // 2
    power = np.convolve(middle**2, np.ones(frame), mode="valid")
    return began + quarter + int(power.argmin()) + frame // 2


def add_noise(speech: Signal, noise: Signal, snr_db: float) -> Signal:
    """Speech with noise under it, loudest frame against loudest frame; noise is at least as long."""
    level = loudest(speech) * 10 ** (-snr_db / 20)
    return speech + scale_to(noise[: len(speech)], level)


def room_response(rng: np.random.Generator) -> Signal:
    """A simulated room: the direct sound, a few early reflections and a decaying tail (Polack's model).

    The reverberation time is 0.1 to 0.8 s and the direct-to-reverberant ratio -3 to 15 dB.
    """
    decay = rng.uniform(0.1, 0.8)
    n = int(decay * SAMPLE_RATE)
    tail = rng.standard_normal(n) * 10 ** (-3 * np.arange(n) / n)
    tail[: int(rng.uniform(0.001, 0.01) * SAMPLE_RATE)] = 0
    early = rng.integers(16, 800, 6)
    tail[early[early < n]] *= rng.uniform(2, 6)
    ratio = 10 ** (rng.uniform(-3, 15) / 20)
    response: _Floats = tail / np.sqrt(np.sum(tail**2))
    response[0] = ratio
    return np.asarray(response / np.sqrt(1 + ratio**2), np.float32)


def reverberate(signal: Signal, response: Signal) -> Signal:
    """The signal in a room; the tail beyond its end is cut off."""
    n = 1 << (len(signal) + len(response) - 1).bit_length()
    spectrum = np.fft.rfft(signal, n) * np.fft.rfft(response, n)
    return np.fft.irfft(spectrum, n)[: len(signal)].astype(np.float32)


def faded(signal: Signal) -> Signal:
    """Ramps of 5 ms at both ends, so that cuts do not click."""
    ramp = np.minimum(1, np.arange(1, len(signal) + 1) / 80).astype(np.float32)
    return signal * ramp * ramp[::-1]


def telephone(signal: Signal) -> Signal:
    """Only what a telephone line carries: 300 to 3400 Hz."""
    return _shape(signal, lambda hertz: ((hertz > 300) & (hertz < 3400)).astype(np.float64))


def narrowband(signal: Signal) -> Signal:
    """Only what a sampling rate of 8 kHz carries."""
    return _shape(signal, lambda hertz: (hertz < 3900).astype(np.float64))


def colour(signal: Signal, rng: np.random.Generator) -> Signal:
    """A microphone's frequency response: a smooth random curve of up to 8 dB either way."""
    knots = rng.uniform(-8, 8, 6)
    octaves = np.linspace(np.log2(60), np.log2(8000), 6)
    return _shape(signal, lambda hertz: 10 ** (np.interp(np.log2(np.maximum(hertz, 1)), octaves, knots) / 20))


def clip(signal: Signal, overdrive: float) -> Signal:
    """Hard clipping at full scale after amplifying so that peaks reach `overdrive`."""
    peak = float(np.max(np.abs(signal), initial=1e-9))
    return (signal * np.float32(overdrive / peak)).clip(-1, 1)


def from_pcm16(samples: Pcm16) -> Signal:
    """Float samples, full scale at 1."""
    return samples.astype(np.float32) / np.float32(FULL_SCALE)


def coloured_noise(n: int, rng: np.random.Generator) -> Signal:
    """Noise whose spectrum falls by 0 to 2 powers of the frequency: white, pink, brown and between."""
    slope = rng.uniform(0, 1)
    return _shape(rng.standard_normal(n).astype(np.float32), lambda hertz: 1 / np.maximum(hertz, 20) ** slope)


def _shape(signal: Signal, response: Callable[[_Floats], _Floats]) -> Signal:
    n = 1 << (max(1, len(signal)) - 1).bit_length()
    hertz = np.fft.rfftfreq(n, 1 / SAMPLE_RATE)
    return np.fft.irfft(np.fft.rfft(signal, n) * response(hertz), n)[: len(signal)].astype(np.float32)
