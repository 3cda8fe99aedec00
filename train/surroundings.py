"""What lies between a voice and a device: a room, other sounds in it, and a microphone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from edge.audio import Pcm16
from train import augment
from train.augment import Signal


@dataclass(frozen=True, slots=True)
class Recording:
    """Sound as it was recorded."""

    samples: Pcm16

    def signal(self) -> Signal:
        """Float samples, full scale at 1."""
        return augment.from_pcm16(self.samples)


class Surroundings:
    """Random surroundings.

    Args:
        noises: recordings of anything but speech.
        speech: draws a stretch of somebody's speech, for babble.
        rng: decides.
    """

    def __init__(self, noises: Sequence[Recording], speech: Callable[[], Signal], rng: np.random.Generator) -> None:
        self._noises, self._speech, self._rng = noises, speech, rng

    def around(self, signal: Signal) -> Signal:
        """The signal as a device in a random place would hear it, of the same length."""
        if self._chance(0.4):
            signal = augment.reverberate(signal, augment.room_response(self._rng))
        company = self._rng.random()
        if company < 0.68:
            signal = augment.add_noise(signal, self._noise(len(signal)), self._rng.uniform(0, 25))
        elif company < 0.85:  # The rest stays in digital silence, as gated microphones leave it.
            hiss = augment.coloured_noise(len(signal), self._rng)
            signal = signal + augment.scale_to(hiss, 10 ** (self._rng.uniform(-85, -50) / 20))
        if self._chance(0.3):
            signal = augment.colour(signal, self._rng)
        if self._chance(0.1):
            signal = augment.narrowband(signal) if self._chance(0.5) else augment.telephone(signal)
        return augment.clip(signal, self._rng.uniform(1, 4)) if self._chance(0.07) else signal

    def _noise(self, length: int) -> Signal:
        kind = self._rng.random()
        if kind < 0.15:
            return augment.coloured_noise(length, self._rng)
        if kind < 0.35:
            voices = (looped(self._speech(), length, self._rng) for _ in range(self._rng.integers(2, 6)))
            babble: Signal = np.sum([augment.scale_to(voice, 0.1) for voice in voices], axis=0, dtype=np.float32)
            return babble
        noise = self._noises[int(self._rng.integers(len(self._noises)))].signal()
        return looped(noise, length, self._rng) + np.float32(1e-5) * augment.coloured_noise(length, self._rng)

    def _chance(self, probability: float) -> bool:
        return bool(self._rng.random() < probability)


def looped(signal: Signal, length: int, rng: np.random.Generator) -> Signal:
    """A random stretch of a signal, of `length` samples; one that is shorter from its beginning, over and over."""
    first = int(rng.integers(0, max(1, len(signal) - length)))
    return np.resize(signal[first:], length)
