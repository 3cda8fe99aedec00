"""The unit of sound that every stage shares: 16 kHz mono int16 with a sample clock."""

import math
import wave
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

SAMPLE_RATE = 16_000
"""Samples per second of everything after capture."""

FULL_SCALE = 32768.0
"""What a sample of 16 bits reaches at most."""

SILENT = -50.0
"""Peak in dB below full scale up to which a recording holds no speech."""

MOST_CLIPPED = 0.002
"""Share of samples at full scale beyond which a recording of speech is clipped: more than a knock on the table."""

SOUND_FILES = (".wav", ".flac", ".ogg", ".opus", ".mp3", ".aif", ".aiff")
"""Endings of what is taken for sound in a folder."""

Pcm16: TypeAlias = npt.NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class AudioBlock:
    """Consecutive samples and where they lie on the stream's clock."""

    samples: Pcm16
    """Shape (n,), n >= 0."""

    start: int
    """Index of the first sample, counted from the start of the stream; a jump is a gap of lost samples."""

    @property
    def end(self) -> int:
        """Index of the sample after the last one."""
        return self.start + len(self.samples)


def pcm16(signal: npt.NDArray[np.floating]) -> Pcm16:
    """Float samples of full scale at 1, rounded to 16 bits; what is louder is clipped."""
    quantised: Pcm16 = np.clip(np.rint(signal * FULL_SCALE), -FULL_SCALE, FULL_SCALE - 1).astype(np.int16)
    return quantised


def seconds(samples: int) -> float:
    """Stream time in seconds of a sample index."""
    return samples / SAMPLE_RATE


def level(samples: Pcm16) -> float:
    """Root mean square of one sample or more in dB below full scale, without the offset that cheap microphones have."""
    deviation = float(np.std(samples, dtype=np.float64)) / FULL_SCALE
    return 20 * math.log10(deviation) if deviation else -math.inf


def loudest(samples: Pcm16) -> int:
    """Largest magnitude of a sample, 0 to 32768; 0 where there is none."""
    return int(_magnitudes(samples).max(initial=0))


def peak(samples: Pcm16) -> float:
    """The same in dB below full scale."""
    magnitude = loudest(samples)
    return 20 * math.log10(magnitude / FULL_SCALE) if magnitude else -math.inf


def clipped(samples: Pcm16) -> float:
    """Share of the samples that lie at either end of the scale; 0 where there is none."""
    return float(np.mean(_magnitudes(samples) >= FULL_SCALE - 1)) if len(samples) else 0.0


def _magnitudes(samples: Pcm16) -> npt.NDArray[np.int32]:
    # In 16 bits -32768 has no counterpart, and would stay negative.
    return np.abs(samples.astype(np.int32))


def write_wav(path: Path, samples: Pcm16) -> None:
    """Write samples as a WAV file.

    Raises:
        OSError: it cannot be written.
    """
    with path.open("wb") as raw, wave.open(raw, "wb") as file:
        file.setparams((1, 2, SAMPLE_RATE, len(samples), "NONE", ""))
        file.writeframes(samples.astype("<i2").tobytes())
