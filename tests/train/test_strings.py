"""Strings of single words: whose they are, what is said, and that it is heard in that order."""

import random
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import soundfile

pytest.importorskip("tensorflow", reason="training needs tensorflow: pip install -e '.[train]'")

from edge.audio import SAMPLE_RATE
from train.corpora.manifest import Clip
from train.recipes.speech.strings import PAUSES, ROUNDS, WORDS, word_strings
from train.recipes.speech.texts import DIGITS, digit_strings

LEVELS = {"one": 0.1, "two": 0.3, "three": 0.9}


@pytest.fixture
def clips(tmp_path: Path) -> list[Clip]:
    """Words of three voices, each word at a level of its own; of the third voice there is only one, and a sentence."""
    found = []
    for speaker, words in {"a": ("one", "two", "three"), "b": ("two", "two", "one"), "c": ("three",)}.items():
        for number, word in enumerate(words):
            path = tmp_path / f"{speaker}{number}.wav"
            soundfile.write(path, np.full(SAMPLE_RATE // 2, LEVELS[word]), SAMPLE_RATE)
            found.append(Clip(path, "digit", word, word, speaker, 0.5, "", True, "digits"))
    return [*found, Clip(tmp_path / "s.wav", "sentence", "", "one two", "c", 1.0, "", True, "sentences")]


def test_each_word_comes_up_in_some_strings_of_its_own_voice(clips: list[Clip]) -> None:
    strings = word_strings(clips)
    said = Counter(word for _, text in strings for word in text.split())
    assert all(WORDS[0] <= len(text.split()) <= WORDS[1] for _, text in strings)
    # A word that is left over by itself in a round is left out of it.
    assert ROUNDS < said["two"] <= 3 * ROUNDS
    assert said["three"] <= ROUNDS
    assert [text for _, text in word_strings(clips)] == [text for _, text in strings]


def test_the_words_are_heard_in_the_order_of_the_text_with_pauses_between(clips: list[Clip]) -> None:
    for sound, text in word_strings(clips):
        signal = np.abs(sound().astype(np.float64)) / 32768
        ends = np.flatnonzero(np.diff(np.pad(signal > 0.05, 1).astype(int)))
        levels = [float(np.median(signal[begin:end])) for begin, end in ends.reshape(-1, 2)]
        assert levels == pytest.approx([LEVELS[word] for word in text.split()], abs=1e-3)
        gaps = np.diff([0, *ends.tolist(), len(signal)])[::2] / SAMPLE_RATE
        assert np.all((gaps > 0.9 * PAUSES[0]) & (gaps <= PAUSES[1]))
        np.testing.assert_array_equal(sound(), sound())


def test_digits_are_spoken_in_strings() -> None:
    texts = digit_strings(200, random.Random(3))
    assert {len(text.split()) for text in texts} == {1, 2, 3, 4, 5, 6}
    assert {word for text in texts for word in text.split()} == set(DIGITS)
