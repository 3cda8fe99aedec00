"""What trains and what is kept back: the sound bank of the mixtures, and the streams of the closing report."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias, TypeVar

import numpy as np

from edge.audio import SAMPLE_RATE, Pcm16
from train.alignment import FRAME, frame_decibels
from train.corpora.audio import load
from train.corpora.manifest import Clip, licensed, read_corpora, read_data
from train.corpora.said import says_any
from train.evaluate.streams import LongStream, Noise, other_streams, word_streams
from train.mixtures import SoundBank, Word, WordRecording
from train.noises import MADE_UP, made_up_noises
from train.recipes.phrase.recipe import PhraseRecipe
from train.recipes.phrase.recordings import Negatives, Recordings
from train.recipes.trigger import folds
from train.surroundings import Recording

SHARES = {"near": 0.18, "snippets": 0.14, "passages": 0.18, "real": 0.40, "given": 0.10}
"""How often each kind of other speech is drawn, of those that are there."""
COLLAGES = "synthetic_collages"
"""The corpus of takes that are joined from what people said."""
PHRASE_SHARES = {"recordings": 2.0, "programs": 3.0, "collages": 2.0}
"""How often the owner says the phrase, programs do, and people do who said other things, of those that are there."""
KEPT_BACK = 0
"""The fold of real speakers that the closing report listens to."""
DECAY = 35.0
"""Decibels below its loudest moment at which a synthetic voice, which has no room, begins and ends."""
FEWEST_REAL_HOURS = 0.25
"""Of real speech, from which on false accepts are counted in it alone."""
TAKES, OTHERS = 100, 400
"""Recordings of the phrase, and of what is not it, on which its spellings are tried."""
NOISY = 10.0
"""Signal-to-noise ratio of the noisy streams, in decibels."""


T = TypeVar("T")
Pools: TypeAlias = tuple[Sequence[float], Sequence[list[T]]]
"""How often each of some pools is drawn, which adds up to one, and the pools; none is empty."""


@dataclass(frozen=True, slots=True)
class Sources:
    """Everything that there is to hear."""

    synthetic: Path
    """Folder of the corpora that `speak_script` wrote."""
    real: Sequence[Clip] = ()
    recordings: Recordings = field(default_factory=Recordings)
    negatives: Negatives = field(default_factory=Negatives)


@dataclass(frozen=True, slots=True)
class Kept:
    """The streams of the closing report."""

    phrases: Mapping[str, Sequence[LongStream]]
    """By condition: the phrase, in voices that training did not hear."""
    near: Sequence[LongStream]
    """Near phrases in those voices."""
    others: Sequence[LongStream]
    """Speech and noise in which nobody says the phrase."""
    real: bool
    """Whether people speak in them."""

    def share(self, number: int, of: int) -> "Kept":
        """Every stream in so many, from this one on."""
        phrases = {condition: streams[number::of] for condition, streams in self.phrases.items()}
        return Kept(phrases, self.near[number::of], self.others[number::of], self.real)


def real_clips(audio: Path | None, phrase: str) -> list[Clip]:
    """The clips of a corpus, or of every corpus below a folder, but for those in which the phrase is said."""
    clips = licensed(read_data(audio)) if audio else []
    return [clip for clip in clips if not says_any(clip, [phrase])]


def quotable_clips(sources: Sources) -> list[Clip]:
    """Sentences of the people who train, of which words may be joined to the phrase."""
    return [clip for clip in _usable(sources) if clip.transcript and clip.kind in ("sentence", "command")]


def training_clips(sources: Sources, recipe: PhraseRecipe) -> list[Clip]:
    """The real clips that train: some hours of speech, and all noise, as far as their licences allow it."""
    usable = _usable(sources)
    speech = _some([clip for clip in usable if folds.negative_kind(clip)], recipe.real_hours, recipe.seed)
    return [*speech, *(clip for clip in usable if clip.kind == "noise")]


def heard(sources: Sources, recipe: PhraseRecipe) -> tuple[list[Pcm16], list[Pcm16]]:
    """Some of what trains: takes of the phrase, and speech that is none, of people where there is some."""
    spoken = [clip for clip in read_corpora(sources.synthetic) if "held" not in clip.corpus]
    people = [clip for clip in training_clips(sources, recipe) if clip.kind != "noise"]
    takes = [clip for clip in spoken if clip.kind == "wakeword"]
    others = people or [clip for clip in spoken if clip.corpus == "synthetic_passages"]
    rng = random.Random(recipe.seed)
    some = (rng.sample(clips, min(most, len(clips))) for clips, most in ((takes, TAKES), (others, OTHERS)))
    said, not_said = ([load(clip.path) for clip in clips] for clips in some)
    return [*said, *(recording.samples for recording, _ in sources.recordings.training)], not_said


def sound_bank(sources: Sources, recipe: PhraseRecipe) -> SoundBank:
    """What the mixtures are made of."""
    synthetic = {clip: load(clip.path) for clip in read_corpora(sources.synthetic) if "held" not in clip.corpus}
    real = training_clips(sources, recipe)
    word_shares, takes = _takes(synthetic, sources.recordings, recipe.phrase)
    other_shares, others = _others(synthetic, real, sources.negatives.training)
    noises = [load(clip.path) for clip in real if clip.kind == "noise"] + made_up_noises(MADE_UP, recipe.seed)
    return SoundBank(
        words={recipe.phrase: takes},
        others=others,
        noises=[Recording(noise) for noise in noises],
        word_shares=word_shares,
        other_shares=other_shares,
    )


def kept_back(sources: Sources, recipe: PhraseRecipe) -> Kept:
    """What the closing report listens to; noise is real where some is kept back."""
    clips = read_corpora(sources.synthetic)
    named = {name: [_named(c) for c in clips if c.corpus == f"synthetic_held_{name}"] for name in _HELD}
    real = [clip for clip in sources.real if folds.fold_of(clip) == KEPT_BACK]
    noises = [load(clip.path) for clip in real if clip.kind == "noise"] or made_up_noises(MADE_UP, -recipe.seed % 997)
    noise = Noise(noises, NOISY, recipe.seed)
    phrases: dict[str, tuple[Sequence[tuple[str, Pcm16]], Noise | None]] = {
        "kept-back voices": (named["phrase"], None),
        f"at {NOISY:.0f} dB": (named["phrase"], noise),
    }
    if sources.recordings.held:
        phrases["kept-back recordings"] = (sources.recordings.held, None)
    streams = {name: list(word_streams(some, recipe.phrase, under)) for name, (some, under) in phrases.items()}
    others = [*map(_named, _people(sources, recipe)), *sources.negatives.held, *named["passages"], *named["texts"]]
    both = [*other_streams(others, None), *other_streams(others, noise)]
    near = list(word_streams(named["near"], recipe.phrase, None))
    return Kept(streams, near, both, people_suffice(sources, recipe))


def people_suffice(sources: Sources, recipe: PhraseRecipe) -> bool:
    """Whether so much of people's speech is kept back that false accepts are counted in it alone."""
    seconds = sum(clip.seconds for clip in _people(sources, recipe))
    seconds += sum(len(samples) for _, samples in sources.negatives.held) / SAMPLE_RATE
    return seconds > FEWEST_REAL_HOURS * 3600


def _people(sources: Sources, recipe: PhraseRecipe) -> list[Clip]:
    """The speakers that are kept back."""
    speech = [clip for clip in sources.real if folds.fold_of(clip) == KEPT_BACK and clip.kind != "noise"]
    return _some(speech, recipe.real_hours / 2, recipe.seed)


_HELD = ("phrase", "near", "passages", "texts")


def _usable(sources: Sources) -> list[Clip]:
    return [clip for clip in sources.real if clip.ship_weights and folds.fold_of(clip) != KEPT_BACK]


def _takes(synthetic: Mapping[Clip, Pcm16], recordings: Recordings, phrase: str) -> Pools[WordRecording]:
    """Takes of the phrase."""
    said = {"programs": [], "collages": [], "recordings": list(recordings.training)}
    for clip, samples in synthetic.items():
        if clip.kind == "wakeword":
            said["collages" if clip.corpus == COLLAGES else "programs"].append(_spoken(samples, phrase))
    return _present([(PHRASE_SHARES[name], pool) for name, pool in said.items()])


def _others(synthetic: Mapping[Clip, Pcm16], real: Sequence[Clip], given: Sequence[Pcm16]) -> Pools[Recording]:
    """Speech without the phrase."""
    pools: list[tuple[float, list[Recording]]] = []
    for name in ("near", "snippets", "passages"):
        spoken = [Recording(samples) for clip, samples in synthetic.items() if clip.corpus == f"synthetic_{name}"]
        pools.append((SHARES[name], spoken))
    for kind, share in folds.NEGATIVE_SHARES.items():
        people = [Recording(load(clip.path)) for clip in real if folds.negative_kind(clip) == kind]
        pools.append((SHARES["real"] * share, people))
    pools.append((SHARES["given"], [Recording(samples) for samples in given]))
    return _present(pools)


def _present(pools: Sequence[tuple[float, list[T]]]) -> Pools[T]:
    present = [(share, pool) for share, pool in pools if pool]
    total = sum(share for share, _ in present)
    return [share / total for share, _ in present], [pool for _, pool in present]


def _spoken(samples: Pcm16, phrase: str) -> WordRecording:
    """A synthetic take, and where the phrase lies in it."""
    recording = Recording(samples)
    decibels = frame_decibels(recording.signal())
    loud = np.flatnonzero(decibels > decibels.max() - DECAY)
    return recording, Word(phrase, int(loud[0]) * FRAME, (int(loud[-1]) + 1) * FRAME)


def _some(clips: Sequence[Clip], hours: float, seed: int) -> list[Clip]:
    """Random ones of the clips that together last so long, in their order."""
    order = random.Random(seed).sample(range(len(clips)), len(clips))
    ends = np.cumsum([clips[n].seconds / 3600 for n in order])
    return [clips[n] for n in sorted(order[: int(np.searchsorted(ends, hours))])]


def _named(clip: Clip) -> tuple[str, Pcm16]:
    return f"{clip.corpus}/{clip.path.name}", load(clip.path)
