"""Sentences of one length make a batch as soon as there are enough of them, and rare words are hidden oftener."""

import random
from collections import Counter
from collections.abc import Iterator

import pytest

from train.sentences import full_batches, hidden_words


def test_a_batch_is_full_and_of_one_length_and_nothing_is_drawn_ahead() -> None:
    drawn = []

    def examples() -> Iterator[str]:
        for word in ["aa", "b", "cc", "rare", "dd", "ee", "c", "d", "ff", "a"]:
            drawn.append(word)
            yield word

    groups = full_batches(examples(), len, 4)
    assert next(groups) == ["aa", "cc"]
    assert drawn == ["aa", "b", "cc"]
    assert list(groups) == [["rare"], ["dd", "ee"], ["b", "c", "d", "a"]]


def test_a_length_that_is_too_rare_waits() -> None:
    assert list(full_batches(["aa", "bbb"], len, 4)) == []


def test_a_word_is_hidden_the_oftener_the_rarer_it_is_and_in_all_of_a_batch() -> None:
    rng, counts = random.Random(1), Counter({"rare": 1, "usual": 99})
    found = Counter(
        word for _ in range(4000) for word in hidden_words([["rare", "new"], ["usual", "rare"]], counts, rng)
    )
    assert found["new"] == 4000
    assert found["rare"] / 4000 == pytest.approx(0.25 / 1.25, abs=0.02)
    assert 0 < found["usual"] < 40


def test_which_words_are_hidden_depends_on_their_order_alone() -> None:
    sentences, counts = [["one", "two", "one"], ["three", "two", "four"]], Counter(["one", "two", "three", "four"] * 2)
    rng, again = random.Random(5), random.Random(5)
    draws = {word: again.random() for word in ("one", "two", "three", "four")}
    assert hidden_words(sentences, counts, rng) == {word for word, draw in draws.items() if draw < 0.25 / 2.25}
    assert rng.random() == again.random()
