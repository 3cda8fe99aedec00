"""Folds by speaker, and the sound banks that trigger mixtures are made of."""

import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

import numpy as np

from edge.audio import Pcm16
from edge.errors import DataError
from train.corpora.manifest import Clip
from train.corpora.said import is_take, says_any
from train.corpora.splits import voice
from train.mixtures import SoundBank, WordRecording, recording_of_word
from train.noises import MADE_UP, made_up_noises
from train.surroundings import Recording

Loader: TypeAlias = Callable[[Path], Pcm16]

FOLDS = 5
"""Groups of speakers: four of them are more like the whole that ships than two of three would be."""

NEGATIVE_SHARES = {
    "sentences": 0.30,
    "commands": 0.10,
    "words": 0.12,
    "negatives_arabic": 0.12,
    "near_miss": 0.05,
    "hard_negatives": 0.03,
    "wakewords_community": 0.06,
    "synthetic_words": 0.10,
    "synthetic_snippets": 0.06,
    "synthetic_books": 0.10,
}
"""How often each kind of other speech is drawn; a kind is the beginning of its corpora's names."""

OTHER_NAMES = {"sentence": "sentences", "command": "commands", "word": "words", "negative": "hard_negatives"}
"""What people's speech is drawn as, by the kind of the clip, where its corpus has another name."""


def fold_of(clip: Clip) -> int:
    """The fold that a real voice belongs to, by a checksum of its name: none is in two folds."""
    return zlib.crc32(voice(clip).encode()) % FOLDS


def negative_kind(clip: Clip) -> str | None:
    """The key of NEGATIVE_SHARES that a clip belongs to as other speech, or None if it is none."""
    if clip.kind in ("noise", "digit") or (clip.is_synthetic and clip.kind == "wakeword"):
        return None
    otherwise = None if clip.is_synthetic else OTHER_NAMES.get(clip.kind)
    return next((kind for kind in NEGATIVE_SHARES if clip.corpus.startswith(kind)), otherwise)


def sound_bank(clips: Sequence[Clip], labels: Sequence[str], keep: Callable[[Clip], bool], load: Loader) -> SoundBank:
    """A bank of the clips that may train shipped weights: real speakers that `keep` admits, and all synthetic ones.

    What has a label in it and is no take of it, as "my computer is slow", is neither a word nor other speech. Noise is
    made up where none of it is kept.

    Raises:
        DataError: nobody says any of the labels, or anything else.
    """
    usable = [clip for clip in clips if clip.ship_weights and (clip.is_synthetic or keep(clip))]
    words = {label: [_words(usable, label, synthetic, load) for synthetic in (False, True)] for label in labels}
    rest = [clip for clip in usable if not says_any(clip, labels)]
    pools = {kind: _recordings((c for c in rest if negative_kind(c) == kind), load) for kind in NEGATIVE_SHARES}
    heard = _recordings((clip for clip in usable if clip.kind == "noise"), load)
    present = {kind: pool for kind, pool in pools.items() if pool}
    _check([real for real, _ in words.values()], f"says {', '.join(labels)}")
    _check(present.values(), "says anything else")
    total = sum(NEGATIVE_SHARES[kind] for kind in present)
    shares = [NEGATIVE_SHARES[kind] / total for kind in present]
    label_shares = _label_shares([clip for clip in clips if clip.ship_weights], labels, keep)
    noises = heard or [Recording(noise) for noise in made_up_noises(MADE_UP, seed=1)]
    bank = SoundBank(words, list(present.values()), noises, label_shares, other_shares=shares)
    spoken_by_programs = any(synthetic for _, synthetic in words.values())
    return bank if spoken_by_programs else replace(bank, word_shares=(1.0, 0.0))


def _check(pools: Iterable[Sequence[object]], what: str) -> None:
    if not any(pools):
        raise DataError(f"nobody of a fold {what} in the recordings that may train: give more with --audio")


def _label_shares(clips: Sequence[Clip], labels: Sequence[str], keep: Callable[[Clip], bool]) -> list[float] | None:
    """By the share of a word's recordings that a bank has: all folds together, each is drawn equally often."""
    real = {label: [c for c in clips if is_take(c, label) and not c.is_synthetic] for label in labels}
    shares = np.array([sum(map(keep, takes)) / max(1, len(takes)) for takes in real.values()])
    return (shares / shares.sum()).tolist() if shares.any() else None


def _words(clips: Iterable[Clip], label: str, synthetic: bool, load: Loader) -> list[WordRecording]:
    chosen = (clip for clip in clips if is_take(clip, label) and clip.is_synthetic == synthetic)
    found = (recording_of_word(load(clip.path), label) for clip in chosen)
    return [located for located in found if located]


def _recordings(clips: Iterable[Clip], load: Loader) -> list[Recording]:
    return [Recording(load(clip.path)) for clip in clips]
