"""What frames tell of the beginning of a word: spoken digits after a second of room, classified by their first 0.27 s.

    python benchmarks/onsets.py AUDIO          AUDIO: a folder of corpora, each with a manifest.csv

A support vector machine learns from all speakers but one and is asked about that one. No network is in it: it shows
what a normalisation leaves to be learnt.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sklearn.svm import SVC

from edge.audio import SAMPLE_RATE, pcm16
from edge.features import FeatureConfig, Normaliser
from train import augment, spectral
from train.corpora.audio import load
from train.corpora.manifest import Clip, read_corpora
from train.pool import log_energies
from train.recipes.speech.pools import noises_of

BEFORE, AFTER = 1.0, 0.6
"""Seconds of faint room before and after each digit."""
ROOM_DB = -62.0
"""Level of that room beside the digit's loudest frame."""
FIRST, LAST, AVERAGED = -3, 27, 3
"""Frames that are looked at, counted from the digit's first, in means of some."""
CONFIGS = {
    "none": FeatureConfig(normalise="none"),
    "mean, 1 s": FeatureConfig(normalise="mean"),
    "pcen, 0.5 s": FeatureConfig(normalise="pcen", time_constant=0.5),
    "pcen, 2 s": FeatureConfig(normalise="pcen", time_constant=2.0, ceiling=12.0),
    "peak, 0.5 s": FeatureConfig(normalise="peak", time_constant=0.5),
    "peak, 5 s": FeatureConfig(normalise="peak", time_constant=5.0),
    "pcen+peak, 0.5 s": FeatureConfig(normalise="pcen+peak", time_constant=0.5),
}


def sounds(clips: Sequence[Clip], rng: np.random.Generator) -> list[spectral.Energies]:
    """Log energies of each digit in its room, each at another level."""
    return [_in_a_room(clip, rng) + np.float32(rng.uniform(-10, 10) * spectral.DECIBEL) for clip in clips]


def _in_a_room(clip: Clip, rng: np.random.Generator) -> spectral.Energies:
    samples = load(clip.path).astype(np.float32) / 32768
    before, after = (np.zeros(round(seconds * SAMPLE_RATE), np.float32) for seconds in (BEFORE, AFTER))
    sound = np.concatenate([before, samples, after])
    room = rng.standard_normal(len(sound)).astype(np.float32)
    return log_energies(pcm16(augment.add_noise(sound, room, -ROOM_DB)), CONFIGS["none"]).astype(np.float32)


def beginnings(heard: Sequence[spectral.Energies], config: FeatureConfig) -> npt.NDArray[np.float64]:
    """The first of each digit as a device would get it, (digits, numbers), every number of the same spread."""
    start = round(BEFORE * SAMPLE_RATE) // config.hop
    frames = [Normaliser(config).feed(np.exp(one.astype(np.float64)))[start + FIRST : start + LAST] for one in heard]
    means = np.stack(frames).reshape(len(frames), -1, AVERAGED, config.width).mean(axis=2).reshape(len(frames), -1)
    spread: npt.NDArray[np.float64] = (means - means.mean(axis=0)) / (means.std(axis=0) + 1e-6)
    return spread


def right(numbers: npt.NDArray[np.float64], clips: Sequence[Clip]) -> float:
    """Share of the digits that are recognised, each speaker by what the others said."""
    words, speakers = (
        np.array(some) for some in zip(*((clip.transcript, clip.speaker) for clip in clips), strict=True)
    )
    found = [
        SVC(C=3, gamma=1 / numbers.shape[1]).fit(numbers[speakers != one], words[speakers != one]).predict(numbers)
        for one in np.unique(speakers)
    ]
    return float(
        np.mean([(some == words)[speakers == one] for some, one in zip(found, np.unique(speakers), strict=True)])
    )


def main(audio: Path) -> None:
    """Prints a table: normalisations, in quiet and in noise."""
    clips, rng = read_corpora(audio), np.random.default_rng(0)
    digits = [clip for clip in clips if clip.kind == "digit"]
    noises = noises_of(clips, "train")
    noise = np.concatenate([log_energies(load(clip.path), CONFIGS["none"]) for clip in noises]).astype(np.float32)
    clean = sounds(digits, rng)
    conditions = {"clean": clean, "10 dB": [spectral.over(sound, noise, 10.0, rng) for sound in clean]}
    print(f"| digits right of {len(digits)} | {' | '.join(conditions)} |\n|---|{'---|' * len(conditions)}")
    for name, config in CONFIGS.items():
        shares = [right(beginnings(heard, config), digits) for heard in conditions.values()]
        print(f"| {name} | {' | '.join(f'{share:.1%}' for share in shares)} |", flush=True)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
