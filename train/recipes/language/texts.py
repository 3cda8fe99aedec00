"""Texts as sequences of symbols, and which parts of them train, choose and test.

    unit     text                            symbols
    char     as it is                        every character of it
    letters  spoken sentences, one a line    the letters of the decoder, and <eos>
    word     spoken sentences, one a line    the most frequent words, <unk> and <eos>

A spoken sentence belongs to the part that its checksum says, a running text to the one in which it stands.
"""

import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from edge.decoder.alphabet import LETTERS
from edge.errors import DataError, reason
from edge.understanding.language import END, UNKNOWN
from train.corpora.text import UNREADABLE, open_text
from train.ngram.text import UNWRITABLE, read_texts

Ids: TypeAlias = npt.NDArray[np.int32]
Unit: TypeAlias = Literal["char", "letters", "word"]

HELD_BACK = 0.1
"""Share of a text, at its end, that validates and tests where there is no file for that."""
TESTS = ("test", "val", "holdout")
"""How the names of files begin that measure a model, the best first."""
FOLDS = 20
"""Of spoken sentences, one in so many validates and one tests."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What trains, what chooses, and what is only measured."""

    train: str
    validation: str
    test: str


def read_parts(paths: Sequence[Path], unit: Unit) -> Parts:
    """The parts of all texts together.

    Args:
        paths: files, or folders with `train*.txt*`, and perhaps `val*.txt*`, which is halved into validation and test
            of characters. Of a folder, what `read_test` would take for a test never trains.
        unit: characters keep the order and the spelling of a text; other units take its sentences as they are spoken.

    Raises:
        DataError: a file cannot be read, or there is none.
    """
    return _running(paths) if unit == "char" else _spoken(paths, unit)


class Measured(NamedTuple):
    """What a model is measured on."""

    text: str
    left_out: int
    """Sentences beside it that letters cannot write."""


def read_test(path: Path, unit: Unit) -> Measured:
    """All of a text: of a folder, its test file if there is one, else that for validation, else every one.

    Raises:
        DataError: a file cannot be read, there is none, it holds nothing, or letters cannot write any sentence.
    """
    files = next(filter(None, (_files(path, name) for name in (*TESTS, ""))), [])
    if not files:
        raise DataError(f"{path}: no text in there; give a .txt file, plain, .gz or .xz, or a folder of them")
    whole = "".join(_read(file, "char" if unit == "char" else "word") for file in files)
    text = "".join(f"{line}\n" for line in _sayable([whole], unit)) if unit == "letters" else whole
    left_out = whole.count("\n") - text.count("\n")
    if left_out and not text:
        problem = "every sentence has digits or letters of another alphabet, and is left out"
        raise DataError(f"{path}: {problem}; write numbers as they are said: seven thirty")
    if not text:
        raise DataError(f"{path}: there is nothing to foresee; give a longer text")
    return Measured(text, left_out)


def labels_of(text: str, unit: Unit, words: int = 8000) -> tuple[str, ...]:
    """The symbols of a text."""
    if unit == "letters":
        return (*LETTERS, END)
    if unit == "char":
        return (*sorted(set(text)), UNKNOWN)
    frequent = Counter(text.split()).most_common(words)
    return (END, UNKNOWN, *(word for word, _ in frequent if word != UNWRITABLE))


def unit_of(labels: Sequence[str]) -> Unit:
    """The unit of a model, by its symbols."""
    if END not in labels:
        return "char"
    return "word" if UNKNOWN in labels else "letters"


def encode(text: str, labels: Sequence[str]) -> Ids:
    """The indices of a text's symbols; those that are not in the labels are unknown."""
    index = {label: number for number, label in enumerate(labels)}
    unknown = index.get(UNKNOWN, index.get(" ", 0))
    return np.array([index.get(symbol, unknown) for symbol in _symbols(text, unit_of(labels))], np.int32)


def _symbols(text: str, unit: Unit) -> Iterable[str]:
    if unit == "char":
        return text
    lines = text.splitlines()
    return (symbol for line in lines for symbol in (*(line if unit == "letters" else line.split()), END))


def _running(paths: Sequence[Path]) -> Parts:
    train = validation = test = ""
    for path in paths:
        learnt = "".join(_read(file, "char") for file in _files(path, "train") or _files(path, ""))
        held = "".join(_read(file, "char") for file in _files(path, "val"))
        if not held:
            cut = int(len(learnt) * (1 - HELD_BACK))
            learnt, held = learnt[:cut], learnt[cut:]
        middle = len(held) // 2
        train, validation, test = train + learnt, validation + held[:middle], test + held[middle:]
    if not train:
        raise DataError(f"{', '.join(map(str, paths))}: no text in there; give a .txt file or a folder with train.txt")
    return Parts(train, validation, test)


def _spoken(paths: Sequence[Path], unit: Unit) -> Parts:
    """Sentences in random order, with none twice in different parts."""
    files = [file for path in paths for file in _files(path, "")]
    sentences = [line for file in files for line in _read(file, unit).splitlines()]
    if not sentences:
        raise DataError(f"{', '.join(map(str, paths))}: no sentence in there; give texts with words")
    np.random.default_rng(0).shuffle(sentences)
    folds = [zlib.crc32(sentence.encode()) % FOLDS for sentence in sentences]
    chosen = ((0, 1), (1, 2), (2, FOLDS))
    validation, test, train = (
        "".join(f"{line}\n" for line, fold in zip(sentences, folds, strict=True) if low <= fold < high)
        for low, high in chosen
    )
    if not train:
        raise DataError(f"{', '.join(map(str, paths))}: {len(sentences)} sentences are too few to keep some back")
    return Parts(train, validation, test)


def _files(path: Path, name: str) -> list[Path]:
    """The texts at a path whose names begin so; if no name is asked for, a file, or what a folder has to learn from."""
    if not path.is_dir():
        return [path] if not name else []
    texts = sorted(file for file in path.glob(f"{name}*") if {".txt", ".jsonl"} & set(file.suffixes))
    return texts if name else [file for file in texts if not file.name.startswith(TESTS)]


def _read(path: Path, unit: Unit) -> str:
    if unit != "char":
        return "".join(f"{line}\n" for line in _sayable(read_texts(path), unit))
    try:
        with open_text(path) as file:
            return file.read()
    except UNREADABLE as error:
        raise DataError(f"{path} cannot be read ({reason(error)}); name a text in UTF-8, plain, .gz or .xz") from error


def _sayable(texts: Iterable[str], unit: Unit) -> Iterator[str]:
    """The sentences; letters cannot write all of them."""
    for line in (line for text in texts for line in text.splitlines()):
        if unit == "word" or UNWRITABLE not in line:
            yield line
