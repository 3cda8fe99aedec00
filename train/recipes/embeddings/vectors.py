"""Word vectors, whatever made them, and the text file in which they are exchanged."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from edge.errors import DataError, OutputError, reason
from edge.files import replacing
from edge.understanding.words import Embedding, Vocabulary
from train.corpora.text import UNREADABLE, open_text
from train.recipes.embeddings.corpus import Floats


@dataclass(frozen=True, eq=False)
class WordVectors:
    """A vector for each word of a vocabulary."""

    words: tuple[str, ...]
    """By falling frequency."""
    matrix: Floats
    """(words, dimensions)."""

    @cached_property
    def unit(self) -> Floats:
        """The vectors at length one, (words, dimensions), so that products are cosines."""
        lengths: Floats = np.linalg.norm(self.matrix, axis=1, keepdims=True)
        unit: Floats = np.divide(self.matrix, np.maximum(lengths, 1e-9), dtype=np.float32)
        return unit

    @cached_property
    def index(self) -> dict[str, int]:
        """The row of each word."""
        return {word: row for row, word in enumerate(self.words)}

    def rows(self, words: Iterable[str]) -> list[int]:
        """The rows of those words that are known, in their order."""
        return [self.index[word] for word in words if word in self.index]

    def similarity(self, one: str, other: str) -> float:
        """The cosine between two known words."""
        return float(self.unit[self.index[one]] @ self.unit[self.index[other]])

    def nearest(self, word: str, count: int) -> list[str]:
        """The words of the largest cosines with a known one, the nearest first."""
        order = np.argsort(-(self.unit @ self.unit[self.index[word]]), kind="stable")
        return [self.words[row] for row in order if row != self.index[word]][:count]

    def table(self) -> Embedding:
        """The vectors at length one as int8 rows, a scale each; unknown words are at zero, and so is the one bucket."""
        rows = np.pad(self.unit, ((1, 1), (0, 0)))
        scales = np.maximum(np.abs(rows).max(1), 1e-9).astype(np.float32) / np.float32(127)
        return Embedding(Vocabulary(self.words, 1), np.rint(rows / scales[:, None]).astype(np.int8), scales)

    @classmethod
    def of_table(cls, table: Embedding) -> "WordVectors":
        """The known words of a device's table."""
        words = table.vocabulary.words
        return cls(words, table.rows[1 : len(words) + 1] * table.scales[1 : len(words) + 1, None])

    def write(self, path: Path) -> None:
        """Writes word2vec's text format: a line with the two sizes, then one a word.

        Raises:
            OutputError: the file cannot be written.
        """
        try:
            with replacing(path) as part, part.open("w", encoding="utf-8") as file:
                print(*self.matrix.shape, file=file)
                file.writelines(map(_line, self.words, self.matrix))
        except OSError as error:
            raise OutputError(f"{path}: {error.strerror}; choose a file that can be written") from error

    @classmethod
    def read(cls, path: Path) -> "WordVectors":
        """The vectors of a file in word2vec's text format, also packed as .gz or .xz.

        Raises:
            DataError: it cannot be read, or is not in the format.
        """
        try:
            with open_text(path) as file:
                size, dimensions = map(int, file.readline().split())
                lines = [line.rstrip("\n ").split(" ") for line in file]
            matrix = np.array([line[1:] for line in lines], np.float32).reshape(size, dimensions)
        except (*UNREADABLE, ValueError) as error:
            raise DataError(
                f"{path} cannot be read ({reason(error)}); name vectors in word2vec's text format"
            ) from error
        return cls(tuple(line[0] for line in lines), matrix)


def _line(word: str, vector: Sequence[float]) -> str:
    return f"{word} {' '.join(f'{value:.6g}' for value in vector)}\n"
