"""Huffman's tree over a vocabulary: frequent words have short ways from the root (Huffman 1952)."""

import heapq
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from train.recipes.embeddings.corpus import Floats, Ids


class Tree(NamedTuple):
    """The ways from the root to the words, as long as the longest; there are as many inner nodes as words, less one."""

    nodes: Ids
    """The inner nodes that a word's way passes, (words, depth); the root is the last node, 0 stands beyond the end."""
    turns: Floats
    """+1 where it turns left, -1 where it turns right, 0 beyond its end, (words, depth)."""


def huffman(counts: npt.NDArray[np.integer[Any]]) -> Tree:
    """The tree of words with such counts, two or more."""
    words = len(counts)
    ways: list[list[tuple[int, int]]] = [[] for _ in range(2 * words - 1)]
    for node, children in reversed([*enumerate(_merged(counts))]):
        for child, turn in zip(children, (1, -1), strict=True):
            ways[child] = [*ways[words + node], (node, turn)]
    depth = max(map(len, ways[:words]))
    padded = np.array([way + [(0, 0)] * (depth - len(way)) for way in ways[:words]])
    return Tree(padded[..., 0].astype(np.int32), padded[..., 1].astype(np.float32))


def _merged(counts: npt.NDArray[np.integer[Any]]) -> list[tuple[int, int]]:
    """The two children of each inner node: words by their number, inner nodes by theirs after all words."""
    heap = [(int(count), word) for word, count in enumerate(counts)]
    heapq.heapify(heap)
    merged: list[tuple[int, int]] = []
    while len(heap) > 1:
        (one, left), (other, right) = heapq.heappop(heap), heapq.heappop(heap)
        heapq.heappush(heap, (one + other, len(counts) + len(merged)))
        merged.append((left, right))
    return merged
