r"""The ARPA format, in which language models are exchanged: lines of log probability, words, log back-off weight.

    \data\
    ngram 1=4
    ...
    \2-grams:
    -0.3010  the apple  -0.1249
    ...
    \end\

Logarithms are to the base of ten, and -99 or less is that of zero.
"""

import math
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from edge.decoder.alphabet import LETTERS
from edge.decoder.lexicon import BEGIN, END, UNKNOWN
from edge.errors import DataError, OutputError, reason
from edge.files import replacing
from train.ngram.backoff import BackoffModel, Level
from train.ngram.counts import Grams, check_order, context
from train.ngram.vocabulary import LETTER_VOCABULARY, Vocabulary

LOG_10: Final = math.log(10)
ZERO: Final = -99.0
ROUNDED: Final = 1e-4
"""What the logarithm of a certain word may come to."""
SPACE_NAME: Final = "<space>"
SPECIAL: Final = {"<unk>": UNKNOWN, "<s>": BEGIN, "</s>": END}

_SECTION = re.compile(r"^\\([0-9]+)-grams:[ \t]*$", re.MULTILINE)
_COUNT = re.compile(r"^ngram[ \t]+([0-9]+)[ \t]*=[ \t]*([0-9]+)[ \t]*$", re.MULTILINE)


class _Row(NamedTuple):
    words: tuple[str, ...]
    log_prob: float
    log_backoff: float


def write_arpa(model: BackoffModel, path: Path) -> None:
    """Writes a model, with all digits.

    Raises:
        OutputError: the file cannot be written.
    """
    try:
        with replacing(path) as part, part.open("w", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in _lines(model))
    except OSError as error:
        raise OutputError(f"{path}: {error.strerror}; choose a file that can be written") from error


def _lines(model: BackoffModel) -> Iterator[str]:
    names = _names(model.vocabulary)
    yield "\\data\\"
    for order, level in enumerate(model.levels, 1):
        yield f"ngram {order}={len(level.grams)}"
    for order, level in enumerate(model.levels, 1):
        yield f"\n\\{order}-grams:"
        logs = np.maximum(level.log_probs / LOG_10, ZERO), level.log_backoffs / LOG_10
        for words, log_prob, log_backoff in zip(_split(level.grams, order, model.vocabulary.bits), *logs, strict=True):
            backoff = f"\t{log_backoff:.9g}" if order < len(model.levels) else ""
            yield f"{log_prob:.9g}\t{' '.join(names[word] for word in words)}{backoff}"
    yield "\n\\end\\"


def _split(grams: Grams, order: int, bits: int) -> list[list[int]]:
    """The ids of each n-gram's words."""
    shifts = np.arange(order - 1, -1, -1, dtype=np.uint64) * np.uint64(bits)
    ids: list[list[int]] = (grams[:, None] >> shifts & np.uint64((1 << bits) - 1)).tolist()
    return ids


def read_arpa(path: Path) -> BackoffModel:
    """The model of an ARPA file, of words or, if there is a word `<space>`, of letters.

    Raises:
        DataError: the file cannot be read or is not in the format, or a word is not written in the alphabet.
        UsageError: its order is too high for its vocabulary.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read ({reason(error)}); name a language model in the ARPA format") from error
    try:
        return _model(_sections(text))
    except ValueError as error:
        raise DataError(f"{path}: {error}; mend the file, or export it again") from error


def _sections(text: str) -> list[list[_Row]]:
    """The rows of each order.

    Raises:
        ValueError: the text is not in the format; the message says where.
    """
    text, end, _ = text.partition("\n\\end\\")
    preface, *parts = _SECTION.split(text)
    told = {int(order): int(number) for order, number in _COUNT.findall(preface)}
    if not end or "\\data\\" not in preface or list(told) != list(range(1, len(told) + 1)) or len(told) < 2:
        raise ValueError("no n-grams of orders 1, 2, ... between \\data\\ and \\end\\")
    rows = {int(order): [*_rows(body, int(order))] for order, body in zip(parts[::2], parts[1::2], strict=True)}
    if told != (found := {order: len(some) for order, some in rows.items()}):
        raise ValueError(f"\\data\\ tells of {told} n-grams by order, but there are {found}")
    return [rows[order] for order in told]


def _rows(body: str, order: int) -> Iterator[_Row]:
    for line in filter(None, map(str.strip, body.splitlines())):
        log_prob, *words = line.split()
        backoff = words.pop() if len(words) == order + 1 else "0"
        if len(words) != order:
            raise ValueError(f"{line!r} does not have {order} words")
        row = _Row(tuple(words), _logarithm(log_prob), _logarithm(backoff))
        if not (row.log_prob <= ROUNDED and abs(row.log_backoff) <= -ZERO):
            raise ValueError(f"{line!r} has no logarithm of a probability, 0 or less, or no such back-off weight")
        yield row


def _logarithm(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"{text!r} is no logarithm") from None


def _model(sections: list[list[_Row]]) -> BackoffModel:
    vocabulary = _vocabulary([name for (name,), _, _ in sections[0] if name.lower() not in SPECIAL])
    check_order(len(sections), len(vocabulary))
    if not any(words == ("</s>",) for words, _, _ in sections[0]):
        raise ValueError("the word </s> is no 1-gram, so no sentence could end")
    ids = dict(zip(_names(vocabulary), range(len(vocabulary)), strict=True)) | {"<UNK>": UNKNOWN}
    levels = [_all_words(sections[0], ids, len(vocabulary))]
    for order, rows in enumerate(sections[1:], 2):
        levels.append(_level(rows, ids, vocabulary.bits))
        if not np.isin(context(levels[-1].grams, vocabulary.bits), levels[-2].grams).all():
            raise ValueError(f"some {order}-grams go on from words that are no {order - 1}-gram")
    return BackoffModel(vocabulary, tuple(levels))


def _vocabulary(words: list[str]) -> Vocabulary:
    if SPACE_NAME in words and {*words} <= {*_names(LETTER_VOCABULARY)}:
        return LETTER_VOCABULARY
    foreign = [word for word in words if not {*word} <= {*LETTERS} - {" "}]
    if foreign:
        raise ValueError(f"the word {foreign[0]!r} is not written in the network's alphabet, {LETTERS!r}")
    return Vocabulary.of(words)


def _names(vocabulary: Vocabulary) -> list[str]:
    """Of all ids, in their order."""
    return [*SPECIAL, *(word.replace(" ", SPACE_NAME) for word in vocabulary.words)]


def _level(rows: list[_Row], ids: Mapping[str, int], bits: int) -> Level:
    unheard = {word for row in rows for word in row.words} - ids.keys()
    if unheard:
        raise ValueError(f"the word {min(unheard)!r} is no 1-gram")
    grams = np.zeros(len(rows), np.uint64)
    for place in zip(*(row.words for row in rows), strict=True):
        grams = grams << np.uint64(bits) | np.array([ids[word] for word in place], np.uint64)
    log_probs = np.array([row.log_prob for row in rows])
    log_backoffs = np.array([row.log_backoff for row in rows])
    grams, order = np.unique(grams, return_index=True)
    if len(grams) < len(rows):
        raise ValueError(f"some of the {len(rows[0].words)}-grams stand there twice")
    logs = np.where(log_probs > ZERO, log_probs * LOG_10, -np.inf)
    return Level(grams, logs[order], log_backoffs[order] * LOG_10, np.zeros(len(rows)))


def _all_words(rows: list[_Row], ids: Mapping[str, int], size: int) -> Level:
    """The single words; what the file lacks cannot be, and nor can BEGIN, to which some give a probability."""
    found = _level(rows, ids, 0)
    level = Level(np.arange(size, dtype=np.uint64), np.full(size, -np.inf), np.zeros(size), np.zeros(size))
    level.log_probs[found.grams] = found.log_probs
    level.log_backoffs[found.grams] = found.log_backoffs
    level.log_probs[BEGIN] = -np.inf
    return level
