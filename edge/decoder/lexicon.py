"""A vocabulary as a tree of letters, in flat arrays: words that begin alike share their beginning.

    root -- t -- h -- e -- space
                 |    `--- n -- space
                 `--- a -- n -- k -- space

A space ends a word. Nodes are numbered breadth first, so the children of each lie side by side, sorted, and the ends
of words come in the order of the vocabulary: by length, then by alphabet. The n-grams of a model are such a tree, too.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from edge.decoder.alphabet import LETTERS, SPACE

Integers: TypeAlias = npt.NDArray[np.unsignedinteger[Any]]

ROOT: Final = 0
"""The node that all others descend from, and so nobody's child."""

UNKNOWN: Final = 0
"""Id of all words that are not in the vocabulary."""
BEGIN: Final = 1
"""Id of what stands before the first word of a sentence."""
END: Final = 2
"""Id of what follows its last word."""
FIRST: Final = 3
"""Id of the first word of the vocabulary."""


class Tree:
    """Nodes with sorted keys, numbered breadth first.

    Args:
        keys: key of each node; the root's means nothing.
        children: number of children of each of the first nodes; those after them have none.
    """

    def __init__(self, keys: Integers, children: Integers) -> None:
        self.keys = keys.data
        self._first = np.cumsum(np.append(np.uint32(1), children), dtype=np.uint32).data

    def child(self, node: int, key: int) -> int:
        """The child with this key, or ROOT if there is none."""
        begin, end = self._first[node], self._first[node + 1]
        found = bisect_left(self.keys, key, begin, end)
        return found if found < end and self.keys[found] == key else ROOT

    def parent(self, node: int) -> int:
        """The node whose child it is."""
        return bisect_right(self._first, node) - 1

    def is_leaf(self, node: int) -> bool:
        """Whether it has no children."""
        return self._first[node] == self._first[node + 1]


class Lexicon:
    """The words of a language model, letter by letter.

    Args:
        tree: its keys are indices of `edge.decoder.alphabet`.
        best: of each node, the code of the most frequent word below it.
        log_probs: the log probability that a code stands for.
    """

    def __init__(self, tree: Tree, best: Integers, log_probs: Sequence[float]) -> None:
        self._tree = tree
        self._best = best.data
        self._log_probs = log_probs
        self.nodes = len(tree.keys)
        """Their number."""
        self._ends = (1 + np.flatnonzero(np.asarray(tree.keys)[1:] == SPACE).astype(np.uint32)).data
        self.child = tree.child
        """The node after one more letter, or ROOT if no word goes on like this; the tree itself, as every beam asks."""

    def __len__(self) -> int:
        return len(self._ends)

    def best(self, node: int) -> float:
        """The highest unigram log probability of the words below the node."""
        return self._log_probs[self._best[node]]

    def word(self, node: int) -> int:
        """Id of the word that is complete at the node; UNKNOWN if none is."""
        end = self._tree.child(node, SPACE)
        return FIRST + bisect_left(self._ends, end) if end else UNKNOWN

    def find(self, word: str) -> int:
        """Id of a word; UNKNOWN if it is not in the vocabulary."""
        node = ROOT
        for letter in word:
            node = self._tree.child(node, LETTERS.find(letter))
            if node == ROOT:
                return UNKNOWN
        return self.word(node)

    def spell(self, word: int) -> str:
        """The word of an id from FIRST on."""
        return self.prefix(self._tree.parent(self._ends[word - FIRST]))

    def prefix(self, node: int) -> str:
        """The letters from the root to the node."""
        letters = []
        while node != ROOT:
            letters.append(LETTERS[self._tree.keys[node]])
            node = self._tree.parent(node)
        return "".join(reversed(letters))


class EnlargedLexicon:
    """A lexicon with some words more, of which no language model knows how likely they are.

    Args:
        lexicon: whose words keep their ids and nodes.
        words: the others, in the letters of the alphabet; those that it has already add nothing.
        best: the log probability that each of them is promised.
    """

    def __init__(self, lexicon: Lexicon, words: Iterable[str], best: float) -> None:
        self._lexicon, self._best = lexicon, best
        self._nodes = lexicon.nodes
        self._children = dict[tuple[int, int], int]()
        self._prefixes = list[str]()
        """Of the nodes from `_nodes` on."""
        self._shared = {ROOT}
        """The lexicon's nodes that lead to words that were added."""
        self._added = {self._add(word) for word in words if lexicon.find(word) == UNKNOWN}

    def _add(self, word: str) -> int:
        """The node at which it is complete, which may be one of the lexicon's."""
        node = ROOT
        for length, letter in enumerate(map(LETTERS.index, word), 1):
            child = self.child(node, letter)
            if child == ROOT:
                child = self._children[node, letter] = self._nodes + len(self._prefixes)
                self._prefixes.append(word[:length])
            node = child
            if node < self._nodes:
                self._shared.add(node)
        return node

    def child(self, node: int, letter: int) -> int:
        """The node after one more letter, or ROOT if no word goes on like this."""
        known = self._lexicon.child(node, letter) if node < self._nodes else ROOT
        return known or self._children.get((node, letter), ROOT)

    def best(self, node: int) -> float:
        """The highest log probability that a word below the node is promised."""
        if node >= self._nodes:
            return self._best
        known = self._lexicon.best(node)
        return max(known, self._best) if node in self._shared else known

    def word(self, node: int) -> int:
        """Id of the word that is complete at the node; UNKNOWN if none is, or one that was added."""
        return self._lexicon.word(node) if node < self._nodes else UNKNOWN

    def is_added(self, node: int) -> bool:
        """Whether a word that was added is complete at the node."""
        return node in self._added

    def prefix(self, node: int) -> str:
        """The letters from the root to the node."""
        return self._lexicon.prefix(node) if node < self._nodes else self._prefixes[node - self._nodes]
