"""Training mixtures: seconds of a plausible room in which trigger words and everything else are said.

A mixture is a timeline of items (words, other speech, gaps), each with its own tempo and level, in one room with one
microphone and one noise (`train.surroundings`). Words that the end cuts off stay unlabelled: half a word must not fire.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

import numpy as np

from edge.audio import SAMPLE_RATE, Pcm16, pcm16
from train import augment
from train.alignment import is_plausible, word_bounds
from train.augment import Signal
from train.surroundings import Recording, Surroundings

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Word:
    """A labelled word in a signal; `began` and `ended` are sample indices."""

    label: str
    began: int
    ended: int


WordRecording: TypeAlias = tuple[Recording, Word]
"""A recording and the word in it."""


@dataclass(frozen=True, slots=True)
class SoundBank:
    """What mixtures are made of, by kind."""

    words: Mapping[str, Sequence[Sequence[WordRecording]]]
    """By label, one or more pools (real, synthetic): a pool is drawn by `word_shares`, then a recording of it."""

    others: Sequence[Sequence[Recording]]
    """Pools of speech without trigger words."""

    noises: Sequence[Recording]

    label_shares: Sequence[float] | None = None
    """How often each label is drawn; equally often if not said."""

    word_shares: Sequence[float] = (0.6, 0.4)
    other_shares: Sequence[float] | None = None


def recording_of_word(samples: Pcm16, label: str) -> WordRecording | None:
    """A recording with its word located, or None where no plausible word stands out."""
    recording = Recording(samples)
    bounds = word_bounds(recording.signal())
    return (recording, Word(label, *bounds)) if is_plausible(bounds) else None


class Mixer:
    """Composes mixtures from a bank, as `rng` will have it."""

    def __init__(self, bank: SoundBank, rng: np.random.Generator) -> None:
        self._bank = bank
        self._rng = rng
        self.surroundings = Surroundings(bank.noises, self._other, rng)

    def mixture(self, length: int) -> tuple[Pcm16, list[Word]]:
        """Samples of shape (length,) and the words that end within them, in order."""
        signal, words = self._timeline(length)
        signal = self.surroundings.around(signal)
        return pcm16(signal), words

    def _timeline(self, length: int) -> tuple[Signal, list[Word]]:
        signal, words = np.zeros(length, np.float32), []
        position = int(self._rng.uniform(0, 1.0) * SAMPLE_RATE) if self._chance(0.5) else 0
        with_words = self._chance(0.7)
        level = 10 ** (self._rng.uniform(-36, -6) / 20)
        while position < length:
            is_word = with_words and self._chance(0.5 if position else 0.3)
            item, word = self._word() if is_word else (self._other(), None)
            item = augment.scale_to(item, level * 10 ** (self._rng.uniform(-6, 6) / 20))[: length - position]
            signal[position : position + len(item)] += item
            if word and position + word.ended <= length:
                words.append(Word(word.label, position + word.began, position + word.ended))
            position += len(item) + self._gap()
        return signal, words

    def _word(self) -> tuple[Signal, Word]:
        pools = self._bank.words[str(self._rng.choice(list(self._bank.words), p=self._bank.label_shares))]
        recording, word = self._draw(pools[self._rng.choice(len(pools), p=self._bank.word_shares)])
        margins = self._rng.integers(0, SAMPLE_RATE // 4, 2) if self._chance(0.6) else (SAMPLE_RATE, SAMPLE_RATE)
        first = max(0, word.began - int(margins[0]))
        last = min(len(recording.samples), word.ended + int(margins[1]))
        speed = self._speed()
        signal = augment.faded(augment.change_speed(recording.signal()[first:last], speed))
        word = Word(word.label, int((word.began - first) / speed), int((word.ended - first) / speed))
        return self._hesitant(signal, word) if " " in word.label and self._chance(0.4) else (signal, word)

    def _hesitant(self, signal: Signal, phrase: Word) -> tuple[Signal, Word]:
        """The phrase with a longer pause (up to 0.3 s) at its quietest moment between the words."""
        pause = int(self._rng.uniform(0.03, 0.3) * SAMPLE_RATE)
        at = augment.quietest(signal, phrase.began, phrase.ended)
        longer = np.concatenate([augment.faded(signal[:at]), np.zeros(pause, np.float32), augment.faded(signal[at:])])
        return longer, Word(phrase.label, phrase.began, phrase.ended + pause)

    def _other(self) -> Signal:
        pool = self._bank.others[self._rng.choice(len(self._bank.others), p=self._bank.other_shares)]
        signal = self._draw(pool).signal()
        length = int(self._rng.uniform(0.4, 4.0) * SAMPLE_RATE)
        first = int(self._rng.integers(0, max(1, len(signal) - length)))
        return augment.faded(augment.change_speed(signal[first : first + length], self._speed()))

    def _gap(self) -> int:
        longest = 2.5 if self._chance(0.1) else 0.8
        return int(self._rng.uniform(0, longest) * SAMPLE_RATE) if self._chance(0.7) else 0

    def _speed(self) -> float:
        return float(self._rng.uniform(0.85, 1.18)) if self._chance(0.5) else 1.0

    def _draw(self, pool: Sequence[T]) -> T:
        return pool[int(self._rng.integers(len(pool)))]

    def _chance(self, probability: float) -> bool:
        return bool(self._rng.random() < probability)
