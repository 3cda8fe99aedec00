"""Transcribed utterances on disk, as log energies: what CTC trains on.

A pool is `letters-NNN.npz` files with `frames` (of all utterances one after another; float16 log energies without
normalisation), `lengths` (frames of each), `letters` (indices of `edge.decoder.alphabet`, likewise) and
`letter_counts`.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from edge.audio import Pcm16
from edge.decoder.alphabet import encode
from edge.features import FeatureConfig, Frames
from train import spectral
from train.arrays import read_arrays, write_arrays
from train.parallel import in_parallel
from train.pool import log_energies, normalised, parts_of
from train.spectral import Energies

Noisy: TypeAlias = Callable[[Pcm16, np.random.Generator], Pcm16]
"""Puts a recording into random surroundings."""
Letters: TypeAlias = npt.NDArray[np.uint8]
"""Indices of `edge.decoder.alphabet`."""

PART = 250
"""Recordings in one part of a pool."""
SHORT = 300
"""Frames (3 s) of a short utterance."""
LONGEST = 1700
"""Frames (17 s); what is longer is left out."""


MOUTHS, HIDDEN, ROOMS, LINES, NARROW = 0.5, 0.6, 0.4, 0.5, 0.2
"""Shares of the utterances of a batch that another vocal tract says, that are hidden in part, that are said in a noisy
room, that another microphone hears, that come over a telephone."""
ROOM_DB = (0.0, 40.0)
"""Least and most by which a room's noise is below the speech."""
PAUSE = 70
"""Most frames (0.7 s) of a noisy room alone before and after the speech."""
BEFORE, AFTER = (0, 30), (15, 30)
"""Fewest and most frames that every utterance has before and after it. Who listens without end hears such pauses, and
has time to think about the last letter."""


@dataclass(frozen=True, slots=True, eq=False)
class Utterance:
    """What was said, as sound and as letters."""

    energies: npt.NDArray[np.float16]
    """Log energies, (frames, bands)."""

    letters: Letters


def utterance(samples: Pcm16, transcript: str, config: FeatureConfig) -> Utterance | None:
    """The utterance, or None where it is too long or nothing is said."""
    energies = log_energies(samples, config)
    letters = encode(transcript)
    if not letters or not 2 * len(letters) < len(energies) <= LONGEST:
        return None
    return Utterance(energies, np.array(letters, np.uint8))


def make_utterances(
    folder: Path,
    speech: Sequence[tuple[Callable[[], Pcm16], str]],
    around: Noisy,
    config: FeatureConfig,
    takes: int = 2,
) -> None:
    """Writes a pool of (sound, transcript); what is there already is kept.

    Each is there as it is, and in random surroundings so that it comes to `takes`.
    """
    folder.mkdir(parents=True, exist_ok=True)

    def make(part: int) -> None:
        path, rng = folder / f"letters-{part:03d}.npz", np.random.default_rng(part)
        if path.exists():
            return
        clean = [(sound(), text) for sound, text in speech[part * PART : (part + 1) * PART]]
        noisy = ((around(samples, rng), text) for samples, text in clean for _ in range(1, takes))
        found = [some for samples, text in (*clean, *noisy) if (some := utterance(samples, text, config))]
        if found:
            write_part(path, found)

    in_parallel(make, -(-len(speech) // PART), folder)


def write_part(path: Path, utterances: Sequence[Utterance]) -> None:
    """Writes some utterances as one part of a pool."""
    arrays = {
        "frames": np.concatenate([some.energies for some in utterances]),
        "lengths": np.array([len(some.energies) for some in utterances]),
        "letters": np.concatenate([some.letters for some in utterances]),
        "letter_counts": np.array([len(some.letters) for some in utterances]),
    }
    write_arrays(path, arrays)


def read_utterances(folders: Sequence[Path]) -> list[Utterance]:
    """All parts of several pools, shortest utterance first.

    Raises:
        UsageError: a folder has none.
        DataError: one cannot be read.
    """
    found = []
    for path in parts_of(folders, "letters"):
        part = read_arrays(path, needed=("frames", "lengths", "letters", "letter_counts"))
        energies = np.split(part["frames"], np.cumsum(part["lengths"])[:-1])
        letters = np.split(part["letters"], np.cumsum(part["letter_counts"])[:-1])
        found += [Utterance(*pair) for pair in zip(energies, letters, strict=True)]
    return sorted(found, key=lambda some: len(some.energies))


def short_ones(utterances: Sequence[Utterance]) -> list[Utterance]:
    """Those that spelling begins with: on long ones CTC says blank for thousands of batches."""
    return [some for some in utterances if len(some.energies) <= SHORT]


def batches_by_length(
    utterances: Sequence[Utterance], frames: int, rng: np.random.Generator
) -> Iterator[list[Utterance]]:
    """Endless random batches of utterances of like length; each holds at most `frames` frames with its padding."""
    while True:
        groups = _groups(utterances, frames, rng)
        for group in rng.permutation(len(groups)):
            yield groups[group]


def _groups(utterances: Sequence[Utterance], frames: int, rng: np.random.Generator) -> list[list[Utterance]]:
    # Jittered lengths put other neighbours together each time.
    order = np.argsort([len(some.energies) * rng.uniform(0.9, 1.1) for some in utterances])
    groups: list[list[Utterance]] = [[]]
    longest = 0
    for some in (utterances[index] for index in order):
        longest = max(longest, len(some.energies))
        if groups[-1] and longest * (len(groups[-1]) + 1) > frames:
            groups.append([])
            longest = len(some.energies)
        groups[-1].append(some)
    return groups


@dataclass(frozen=True, slots=True)
class SpeechBatch:
    """A batch for CTC."""

    inputs: Frames
    """Stacked frames, (utterances, steps, stack * bands)."""
    steps: npt.NDArray[np.int32]
    """Steps of each utterance."""
    letters: npt.NDArray[np.int32]
    """(utterances, letters), anything after the last."""
    counts: npt.NDArray[np.int32]
    """Letters of each utterance."""


def speech_batches(
    utterances: Sequence[Utterance],
    config: FeatureConfig,
    stack: int,
    frames: int,
    rng: np.random.Generator,
    noise: npt.NDArray[np.float16] | None = None,
) -> Iterator[SpeechBatch]:
    """Batches without end, at most `frames` frames each, every utterance with another voice and tempo each time.

    Some have `noise`, log energies of shape (frames, bands), under them. Whoever comes to speak too fast for CTC is
    left out.
    """
    for group in batches_by_length(utterances, frames, rng):
        heard = [(_augmented(some.energies.astype(np.float32), rng, noise), some.letters) for some in group]
        spellable = [(energies, letters) for energies, letters in heard if _fits(letters, len(energies) // stack)]
        # Rooms have made some longer.
        few = frames // max((len(energies) for energies, _ in spellable), default=1)
        if few and spellable:
            yield _batch(spellable[:few], config, stack, rng)


def _fits(letters: Letters, steps: int) -> bool:
    """Whether CTC has an alignment: a step for each letter, and for a blank between two that are alike."""
    return len(letters) + int(np.count_nonzero(letters[1:] == letters[:-1])) <= steps


def _batch(
    heard: Sequence[tuple[Energies, Letters]], config: FeatureConfig, stack: int, rng: np.random.Generator
) -> SpeechBatch:
    energies, spelt = zip(*heard, strict=True)
    lengths = np.array([len(one) // stack for one in energies], np.int32)
    inputs = normalised(_side_by_side(energies, stack * int(lengths.max())), config)
    for one in inputs:
        if rng.random() < HIDDEN:
            spectral.hide(one, rng)
    counts = np.array([len(one) for one in spelt], np.int32)
    letters = np.zeros((len(spelt), int(counts.max())), np.int32)
    for row, one in zip(letters, spelt, strict=True):
        row[: len(one)] = one
    return SpeechBatch(inputs.reshape(len(spelt), int(lengths.max()), -1), lengths, letters, counts)


def _augmented(energies: Energies, rng: np.random.Generator, noise: npt.NDArray[np.float16] | None) -> Energies:
    if rng.random() < MOUTHS:
        energies = spectral.another_mouth(energies, rng)
    energies = spectral.at(energies, spectral.another_pace(len(energies), rng))
    energies = _between_pauses(energies, rng)
    if noise is not None and rng.random() < ROOMS:
        energies = _in_a_room(energies, rng, noise)
    if rng.random() < LINES:
        energies = spectral.another_line(energies, rng)
    if rng.random() < NARROW:
        energies = spectral.narrowed(energies, rng)
    return energies + np.float32(rng.uniform(-10, 10) * spectral.DECIBEL)


def _between_pauses(energies: Energies, rng: np.random.Generator) -> Energies:
    """The sound between pauses that are made of its own quietest frames."""
    quiet = energies[np.argsort(energies.mean(axis=1))[: 1 + len(energies) // 10]]
    lengths = [rng.integers(*most, endpoint=True) for most in (BEFORE, AFTER)]
    before, after = (quiet[rng.integers(len(quiet), size=length)] for length in lengths)
    return np.concatenate([before, energies, after])


def _in_a_room(energies: Energies, rng: np.random.Generator, noise: npt.NDArray[np.float16]) -> Energies:
    """The sound with a stretch of noise under it that begins earlier and ends later."""
    silence = np.full((PAUSE, energies.shape[1]), energies.min(), np.float32)
    before, after = rng.integers(0, PAUSE + 1, 2)
    longer = np.concatenate([silence[:before], energies, silence[:after]])
    return spectral.over(longer, noise, rng.uniform(*ROOM_DB), rng)


def _side_by_side(energies: Sequence[Energies], length: int) -> Energies:
    """(utterances, length, bands): each followed by its last frame again, or cut."""
    return np.stack([one[np.minimum(np.arange(length), len(one) - 1)] for one in energies])
