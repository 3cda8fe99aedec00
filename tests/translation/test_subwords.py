"""Sub-words: any text becomes pieces, and pieces become the text again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.errors import DataError
from edge.translation.subwords import END, LONGEST_WORD, UNKNOWN, Subwords, normalise, words_of

pytestmark = pytest.mark.runtime

LETTERS = [" ", *"abcdefghijklmnopqrstuvwxyz'?!.,-é0123456789"]
PIECES = (END, *LETTERS, "er", "ch", " ch", "an", " chan", "ter", " chanter", "vo", "us")


@pytest.fixture
def subwords() -> Subwords:
    return Subwords(PIECES)


def test_letters_are_joined_in_the_order_of_the_pieces(subwords: Subwords) -> None:
    assert subwords.spell(subwords.encode("chanter vous")) == [" chanter", " ", "vo", "us"]
    # "an" was joined before "ch" + "an" could be: the order decides, not the longest match.
    assert Subwords((END, " ", "a", "b", "c", "bc", "ab")).encode("abc") == [2, 3, 6]


@given(st.text(st.sampled_from("".join(LETTERS)), max_size=60))
def test_what_the_letters_can_spell_comes_back(text: str) -> None:
    subwords = Subwords(PIECES)
    assert subwords.decode(subwords.encode(text)) == normalise(text)


@given(st.text(max_size=60))
def test_any_text_has_pieces_and_none_is_the_end(text: str) -> None:
    subwords = Subwords(PIECES)
    found = subwords.encode(text)
    assert all(0 <= index < len(subwords) and index != subwords.end for index in found)


def test_what_was_never_seen_is_unknown_and_says_nothing(subwords: Subwords) -> None:
    assert subwords.encode("日") == [subwords.encode("a")[0], UNKNOWN]
    assert subwords.decode(subwords.encode("a 日 b")) == "a  b"
    assert subwords.encode("\x00\x1b") == []


def test_signs_and_digits_stand_alone_and_an_apostrophe_ends_a_word() -> None:
    assert list(words_of("n\u2019est-ce  pas ? 12")) == [" n'", "est", "-", "ce", " pas", " ?", " 1", "2"]


def test_a_table_of_something_else_is_refused() -> None:
    with pytest.raises(DataError, match="export the bundle again"):
        Subwords(("a", "b"))


def test_a_word_without_end_is_cut_and_comes_back_whole(subwords: Subwords) -> None:
    assert max(map(len, words_of("a" * 20_000))) <= LONGEST_WORD + 1
    text = "ab" * LONGEST_WORD
    assert subwords.decode(subwords.encode(text)) == text
