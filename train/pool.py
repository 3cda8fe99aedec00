"""A pool of mixtures on disk, as log energies: made once, read by many trainings.

A pool is `part-NNN.npz` files with `frames` (mixtures, frames, bands; float16 log energies without normalisation)
and `words` (rows of mixture, label index, began, ended; samples). Each part belongs to one fold of speakers.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from edge.audio import SAMPLE_RATE, Pcm16
from edge.errors import UsageError
from edge.features import FeatureConfig, FeatureStream, Frames, Normaliser
from train.arrays import read_arrays, write_arrays
from train.mixtures import Mixer, SoundBank
from train.parallel import in_parallel

PART_MIXTURES = 500
MADE_OF = "made-of.txt"
"""What tells, in a folder of pools, what they were made of (see `train.fit.decide`)."""
MAKERS = {"part": "trigger", "letters": "speech"}
"""The recipe whose `pools` writes files of each kind."""


@dataclass(frozen=True, slots=True)
class MixturePool:
    """Mixtures in memory."""

    frames: npt.NDArray[np.float16]
    """Log energies, (mixtures, frames, bands)."""

    words: npt.NDArray[np.int64]
    """Rows of (mixture, label index, began, ended)."""


def make_part(
    path: Path, bank: SoundBank, labels: Sequence[str], config: FeatureConfig, seconds: float, seed: int
) -> None:
    """Writes one part of PART_MIXTURES mixtures of some seconds, unless it is there already."""
    if path.exists():
        return
    frames_per_mixture = int(seconds * SAMPLE_RATE) // config.hop
    length = (frames_per_mixture - 1) * config.hop + config.window
    mixer = Mixer(bank, np.random.default_rng(seed))
    frames, words = [], []
    for number in range(PART_MIXTURES):
        samples, said = mixer.mixture(length)
        frames.append(log_energies(samples, config))
        words += [(number, labels.index(word.label), word.began, word.ended) for word in said]
    write_arrays(path, {"frames": np.stack(frames), "words": np.array(words, np.int64).reshape(-1, 4)})


def log_energies(samples: Pcm16, config: FeatureConfig) -> npt.NDArray[np.float16]:
    """Log energies of a sound before any normalisation, (frames, bands)."""
    return FeatureStream(replace(config, normalise="none")).feed(samples).astype(np.float16)


def make_pool(
    folder: Path,
    bank: SoundBank,
    labels: Sequence[str],
    config: FeatureConfig,
    seconds: float,
    parts: int,
    seed: int,
) -> None:
    """Writes `parts` parts into a folder, on two processes; what is already there is kept."""
    folder.mkdir(parents=True, exist_ok=True)

    def make(part: int) -> None:
        make_part(folder / f"part-{part:03d}.npz", bank, labels, config, seconds, 1000 * seed + part)

    in_parallel(make, parts, folder)


def parts_of(folders: Sequence[Path], kind: str) -> list[Path]:
    """The files KIND-NNN.npz, of one of MAKERS, of several folders.

    Raises:
        UsageError: a folder has none.
    """
    # By length first: NNN has four digits from 1000 on.
    found = [sorted(folder.glob(f"{kind}-*.npz"), key=lambda path: (len(path.name), path)) for folder in folders]
    for folder, parts in zip(folders, found, strict=True):
        if not parts:
            mend = f"run `python -m train {MAKERS[kind]} pools` first, with the same options"
            raise UsageError(f"{folder} holds no {kind}-000.npz: {mend}")
    return [path for parts in found for path in parts]


def read_pool(folders: Sequence[Path]) -> MixturePool:
    """All parts of several folders as one pool.

    Raises:
        UsageError: a folder has none.
        DataError: one cannot be read.
    """
    frames, words, count = [], [], 0
    for path in parts_of(folders, "part"):
        part = read_arrays(path, needed=("frames", "words"))
        frames.append(part["frames"])
        words.append(part["words"] + np.array([count, 0, 0, 0]))
        count += len(frames[-1])
    return MixturePool(np.concatenate(frames), np.concatenate(words))


def normalised(log_energies: npt.NDArray[np.float32], config: FeatureConfig) -> Frames:
    """What the device's normalisation makes of each mixture, begun anew; (mixtures, frames, bands)."""
    side_by_side = log_energies.transpose(1, 0, 2)
    return Normaliser(config).feed(np.exp(side_by_side)).transpose(1, 0, 2)
