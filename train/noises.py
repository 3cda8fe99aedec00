"""Sounds of a house, made up: who has no recordings of noise trains with hums, fans, knocks and tunes."""

from collections.abc import Callable

import numpy as np

from edge.audio import SAMPLE_RATE, Pcm16, pcm16
from train import augment
from train.augment import Signal

SECONDS = 6
MADE_UP = 48
"""As many as make the house of who has no recordings."""


def made_up_noises(count: int, seed: int) -> list[Pcm16]:
    """So many noises of 6 s, the kinds in turn."""
    rng = np.random.default_rng(seed)
    kinds: tuple[Callable[[np.random.Generator], Signal], ...] = (_hum, _fan, _knocks, _tune)
    sounds = (kinds[n % len(kinds)](rng) for n in range(count))
    return [pcm16(augment.scale_to(sound, 0.1).clip(-1, 1)) for sound in sounds]


def _time() -> np.ndarray:
    return np.arange(SECONDS * SAMPLE_RATE) / SAMPLE_RATE


def _hum(rng: np.random.Generator) -> Signal:
    """Mains and motors: a low note with overtones, and some hiss."""
    note = rng.choice([50, 60, 100, 120]) * rng.uniform(0.98, 1.02)
    overtones = range(1, int(rng.integers(3, 20)))
    signal = sum(rng.uniform(0.2, 1) / n * np.sin(2 * np.pi * n * note * _time()) for n in overtones)
    return np.asarray(signal, np.float32) + augment.coloured_noise(SECONDS * SAMPLE_RATE, rng) * np.float32(0.02)


def _fan(rng: np.random.Generator) -> Signal:
    """Rush that swells and ebbs."""
    swell = 1 + rng.uniform(0, 0.9) * np.sin(2 * np.pi * rng.uniform(0.1, 8) * _time() + rng.uniform(0, 6))
    return augment.coloured_noise(SECONDS * SAMPLE_RATE, rng) * swell.astype(np.float32)


def _knocks(rng: np.random.Generator) -> Signal:
    """Dishes, steps and doors: short sounds that ring."""
    signal = np.zeros(SECONDS * SAMPLE_RATE)
    for start in rng.integers(0, len(signal) - 1, rng.integers(3, 30)):
        ring = np.arange(min(SAMPLE_RATE // 4, len(signal) - start)) / SAMPLE_RATE
        colour = rng.standard_normal(len(ring)) * 0.5 + np.sin(2 * np.pi * rng.uniform(150, 5000) * ring)
        signal[start : start + len(ring)] += rng.uniform(0.1, 1) * colour * np.exp(-ring * rng.uniform(15, 120))
    return signal.astype(np.float32)


def _tune(rng: np.random.Generator) -> Signal:
    """A tune of notes with overtones, two voices."""
    length = int(rng.uniform(0.12, 0.5) * SAMPLE_RATE)
    notes = -(-SECONDS * SAMPLE_RATE // length)
    envelope = np.exp(-np.arange(length) / SAMPLE_RATE * rng.uniform(2, 8))
    parts = []
    for _ in range(notes):
        pitches = 110 * 2 ** (rng.integers(0, 36, 2) / 12)
        waves = (np.sin(2 * np.pi * k * p * np.arange(length) / SAMPLE_RATE) / k for p in pitches for k in (1, 2, 3, 4))
        parts.append(envelope * np.sum(list(waves), axis=0))
    return np.concatenate(parts)[: SECONDS * SAMPLE_RATE].astype(np.float32)
