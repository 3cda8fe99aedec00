"""Which words of an unfinished text are told."""

import pytest

from edge.wyoming.ears import Agreement

pytestmark = pytest.mark.runtime


def told(texts: list[str], final: str, looks: int = 2) -> list[str]:
    agreement = Agreement(looks)
    return [*map(agreement.settled, texts), agreement.rest(final)]


def test_words_are_told_once_the_looks_agree() -> None:
    assert told(["a", "a b", "a b c", "a b c d"], "a b c d") == ["", "a", " b", " c", " d"]


def test_words_that_change_wait() -> None:
    assert told(["the cat", "a cat", "a cat sat"], "a cat sat") == ["", "", "a cat", " sat"]


def test_a_word_that_still_grows_waits() -> None:
    assert told(["a li", "a light", "a lights on"], "a lights on") == ["", "a", "", " lights on"]


def test_more_looks_wait_longer() -> None:
    assert told(["a", "a b", "a b c"], "a b c", looks=3) == ["", "", "a", " b c"]


def test_what_was_told_is_not_taken_back() -> None:
    assert told(["a b", "a b", "c"], "c d e") == ["", "a b", "", " e"]


def test_nothing_is_told_of_nothing() -> None:
    assert told(["", ""], "") == ["", "", ""]
