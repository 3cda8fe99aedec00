"""Makes the pools that the speech network is trained on and judged by: one a part, no speaker in two."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache, partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from edge.audio import Pcm16, pcm16
from edge.errors import DataError
from edge.features import FeatureConfig
from train.arrays import read_arrays, write_arrays
from train.augment import Signal
from train.corpora.audio import load
from train.corpora.manifest import Clip, fingerprint
from train.corpora.splits import part_of_voices, voice
from train.evaluate.speech import as_said
from train.files import made
from train.fit import decide
from train.noises import MADE_UP, made_up_noises
from train.pool import MADE_OF, log_energies
from train.recipes.speech.strings import Spoken, word_strings
from train.surroundings import Recording, Surroundings
from train.utterances import Noisy, Utterance, make_utterances, read_utterances

SPOKEN = ("sentence", "command", "word", "digit")
"""Kinds of clips that are written down. Trigger words are not among them: as keywords they are to be heard untaught."""
SHARE_ALIKE = "CC BY-SA"
TAKES = {"train": 3, "validation": 1}
"""Copies of a real recording: as it is, and in other surroundings each. Of a synthetic one there is one."""
KITCHEN = "kitchen"
"""The label of what goes on in kitchens."""
NOISE = "noise.npz"
TRAIN = "train"
"""The part that trains."""
EVERYBODY = "everybody"
"""All three parts: of whom a network learns that ships, once one that had not heard them all has been judged."""
WHOLE, CUT = ("train", "synthetic"), "cut"
"""Folders of what trains, and of the same with its long utterances in pieces."""


def transcribed(clips: Sequence[Clip]) -> list[Clip]:
    """What trains shipped weights, and is written down in letters as it is said.

    How somebody said digits, or a word of another script, nobody knows. The card names what is under a share-alike
    licence.
    """
    said = [(clip, as_said(clip.transcript)) for clip in clips if clip.kind in SPOKEN and _admitted(clip)]
    return [replace(clip, transcript=words) for clip, words in said if words]


def _admitted(clip: Clip) -> bool:
    return clip.ship_weights or clip.licence.startswith(SHARE_ALIKE)


def noises_of(clips: Sequence[Clip], part: str) -> list[Clip]:
    """Noise of one part that may go under what ships; kitchens, under which peers were measured, are for the test."""
    noises = [clip for clip in clips if clip.ship_weights and clip.kind == "noise"]
    kitchens = [clip for clip in noises if clip.label == KITCHEN] if part == "test" else []
    return [clip for clip in of_part(noises, part) if clip.label != KITCHEN] + kitchens


def of_part(clips: Sequence[Clip], part: str) -> list[Clip]:
    """The clips of one part: `train`, `validation`, `test`, or of all three; whatever programs say trains."""
    if part == EVERYBODY:
        return list(clips)
    parts = part_of_voices([clip for clip in clips if not clip.is_synthetic])
    return [clip for clip in clips if parts.get(voice(clip), "train") == part]


def make_pools(clips: Sequence[Clip], out: Path, config: FeatureConfig, learners: str = TRAIN) -> None:
    """Writes out/train and out/validation, and out/synthetic; taken up where it was left.

    Args:
        clips: recordings of all parts.
        out: folder of the pools.
        config: the features.
        learners: the part that trains; of everybody, nobody is left for validation.

    Raises:
        UsageError: what is there was made of other recordings, or for other features.
        DataError: no recording of people may train.
    """
    record_recordings(clips, out, config)
    spoken = transcribed(clips)
    parts = {"train": learners} if learners == EVERYBODY else {"train": learners, "validation": "validation"}
    for name, part in parts.items():
        real = [clip for clip in of_part(spoken, part) if not clip.is_synthetic]
        if name == "train" and not real:
            wanted = "its manifest needs a transcript in letters, and `yes` as ship_weights"
            raise DataError(f"no recording of people may train: {wanted}; see train/README.md")
        noises = noises_of(clips, part)
        around = surroundings(noises, real)
        make_utterances(out / name, [*_written(real), *word_strings(real)], around, config, TAKES[name])
        if name == "train":
            _make_noise(noises, out, config)
            synthetic = _written([clip for clip in spoken if clip.is_synthetic])
            make_utterances(out / "synthetic", synthetic, around, config, takes=1)
        print(f"{name}: {len(real)} recordings of people", flush=True)


def record_recordings(clips: Sequence[Clip], out: Path, config: FeatureConfig) -> None:
    """Writes down of what the pools in a folder are made, or finds that it is the same.

    Raises:
        UsageError: it is not.
    """
    decide(out / MADE_OF, f"{fingerprint(clips)}, {config}")


def surroundings(noises: Sequence[Clip], speech: Sequence[Clip]) -> Noisy:
    """Puts a recording into random surroundings; babble is made of `speech`."""
    recordings = [Recording(sound) for sound in _sounds(noises)]
    load_once = cache(load)

    def around(samples: Pcm16, rng: np.random.Generator) -> Pcm16:
        def somebody() -> Signal:
            return Recording(load_once(speech[int(rng.integers(len(speech)))].path)).signal()

        return pcm16(Surroundings(recordings, somebody, rng).around(Recording(samples).signal()))

    return around


def _written(clips: Sequence[Clip]) -> list[Spoken]:
    return [(partial(load, clip.path), clip.transcript) for clip in clips]


def _make_noise(noises: Sequence[Clip], out: Path, config: FeatureConfig) -> None:
    write_arrays(out / NOISE, {"frames": np.concatenate([log_energies(sound, config) for sound in _sounds(noises)])})


def _sounds(noises: Sequence[Clip]) -> list[Pcm16]:
    """Of who has no recordings of noise, sounds that are made up."""
    return [load(clip.path) for clip in noises] or made_up_noises(MADE_UP, seed=1)


def lessons(pools: Path) -> list[Utterance]:
    """What trains: in pieces, if it has been cut.

    Raises:
        UsageError: the pools have not been made.
    """
    return read_utterances([pools / CUT] if (pools / CUT).exists() else [pools / name for name in WHOLE])


def read_noise(pools: Path) -> npt.NDArray[np.float16]:
    """Log energies of all noise that trains, (frames, bands).

    Raises:
        UsageError: the pools have not been made.
        DataError: the file cannot be read.
    """
    return read_arrays(made(pools / NOISE, "speech pools"), needed=("frames",))["frames"]
