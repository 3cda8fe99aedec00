"""Recordings and corpora made on the spot."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

Record = Callable[..., Path]


@pytest.fixture
def record() -> Record:
    """Writes a recording of a tone and gives its path."""

    def write(path: Path, seconds: float = 0.1, rate: int = 16_000, subtype: str | None = None) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        tone = 0.5 * np.sin(2 * np.pi * 440 * np.arange(int(seconds * rate)) / rate)
        soundfile.write(path, tone, rate, subtype=subtype)
        return path

    return write
