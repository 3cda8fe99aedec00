"""The tree of letters, against the list of words that it was made from."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.decoder.alphabet import LETTERS, SPACE
from edge.decoder.lexicon import FIRST, ROOT, UNKNOWN, Lexicon, Tree
from train.ngram.file import best_below, letter_tree
from train.ngram.vocabulary import Vocabulary

pytestmark = pytest.mark.runtime

WORD_LISTS = st.sets(st.text(LETTERS[1:6], min_size=1, max_size=5), min_size=1, max_size=40).map(Vocabulary.of)


def lexicon_of(vocabulary: Vocabulary) -> Lexicon:
    """A lexicon whose n-th word has the code and the log probability n + 1."""
    letters, children = letter_tree(vocabulary)
    codes = np.arange(1, len(vocabulary.words) + 1, dtype=np.uint8)
    return Lexicon(Tree(letters, children), best_below(letters, children, codes), [float(code) for code in range(256)])


def walk(lexicon: Lexicon, letters: str) -> int:
    node = ROOT
    for letter in letters:
        node = lexicon.child(node, LETTERS.index(letter))
        if node == ROOT:
            break
    return node


def test_nodes_are_numbered_breadth_first() -> None:
    letters, children = letter_tree(Vocabulary.of(["the", "then", "a", "tan"]))
    #                                  root  a t  _ a h  n e  _ _ n  _
    assert "".join(LETTERS[letter] for letter in letters[1:]) == "at ahne  n "
    assert children.tolist() == [2, 1, 2, 0, 1, 1, 1, 2, 0, 0, 1, 0]
    tree = Tree(letters, children)
    assert [tree.parent(node) for node in range(1, len(letters))] == np.repeat(range(len(children)), children).tolist()


def test_words_come_in_the_order_of_the_vocabulary() -> None:
    lexicon = lexicon_of(Vocabulary.of(["the", "then", "a", "tan"]))
    assert len(lexicon) == 4
    assert [lexicon.spell(FIRST + place) for place in range(4)] == ["a", "tan", "the", "then"]


def test_a_prefix_is_no_word_and_a_word_may_go_on() -> None:
    lexicon = lexicon_of(Vocabulary.of(["the", "then"]))
    assert lexicon.word(walk(lexicon, "th")) == UNKNOWN
    assert lexicon.word(walk(lexicon, "the")) == FIRST
    assert lexicon.word(walk(lexicon, "then")) == FIRST + 1


@pytest.mark.parametrize("word", ["", "t", "thence", "the ", " the", "th e", "THE", "th\u00e9", "\u00df"])
def test_what_is_not_in_the_vocabulary_is_unknown(word: str) -> None:
    assert lexicon_of(Vocabulary.of(["the", "then"])).find(word) == UNKNOWN


@settings(deadline=None)
@given(WORD_LISTS)
def test_every_word_is_found_and_spelled(vocabulary: Vocabulary) -> None:
    lexicon = lexicon_of(vocabulary)
    for number, word in enumerate(vocabulary.words, FIRST):
        assert lexicon.find(word) == number
        assert lexicon.spell(number) == word
        assert lexicon.prefix(walk(lexicon, word)) == word


@settings(deadline=None)
@given(WORD_LISTS, st.text(LETTERS[1:6], max_size=5))
def test_a_node_tells_of_the_best_word_below_it(vocabulary: Vocabulary, prefix: str) -> None:
    lexicon = lexicon_of(vocabulary)
    below = [float(place) for place, word in enumerate(vocabulary.words, 1) if word.startswith(prefix)]
    node = walk(lexicon, prefix)
    assert (node != ROOT or not prefix) == bool(below)
    if below:
        assert lexicon.best(node) == max(below)
        follow = {letter for letter in range(1, len(LETTERS)) if lexicon.child(node, letter)}
        assert {LETTERS[letter] for letter in follow} == {
            word[len(prefix)] for word in vocabulary.words if word.startswith(prefix) and word != prefix
        }
        assert bool(lexicon.child(node, SPACE)) == (prefix in vocabulary.words)
