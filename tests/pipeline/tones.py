"""A bundle whose words are tones, for tests that need a network that can be understood: see make_tones.py."""

from pathlib import Path

import numpy as np

from edge.audio import SAMPLE_RATE, Pcm16
from edge.model import OperatingPoints
from edge.model.manifest import EdgeTpu
from tests.pipeline.bundles import write_bundle

MODEL = Path(__file__).with_name("tones.tflite")
LABELS = ("low tone", "high tone")
HERTZ = (500, 3000)


def tone(hertz: int, seconds: float) -> Pcm16:
    """A tone at half of full scale."""
    times = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    samples: Pcm16 = np.rint(16_000 * np.sin(2 * np.pi * hertz * times)).astype(np.int16)
    return samples


def noise(seconds: float, seed: int = 7) -> Pcm16:
    """What a quiet room sounds like."""
    samples: Pcm16 = np.random.default_rng(seed).integers(-300, 300, round(seconds * SAMPLE_RATE)).astype(np.int16)
    return samples


def recording(*words: tuple[float, str], seconds: float = 5.0) -> Pcm16:
    """Quiet noise, with words of 0.3 s at the given times."""
    samples = noise(seconds)
    for start, word in words:
        first = round(start * SAMPLE_RATE)
        samples[first : first + 4800] = tone(HERTZ[LABELS.index(word)], 0.3)
    return samples


def make_bundle(folder: Path) -> Path:
    """Write the bundle."""
    return write_bundle(
        folder,
        MODEL,
        name="tones",
        task="trigger",
        labels=LABELS,
        detector={"smoothing_steps": 4, "leave_ratio": 0.5, "refractory_seconds": 1.0, "timing_seconds": 2.0},
        operating_points={
            label: OperatingPoints((0.3, 0.6, 0.9), (2.0, 0.5, 0.1), (1.0, 2.0, 9.0)) for label in LABELS
        },
        metrics={"miss_percent": {"low tone": 2.0, "high tone": 2.0}},
        edgetpu=EdgeTpu(ok=False, findings=("FULLY_CONNECTED has version 9, the compiler knows 4",)),
    )
