"""Writes a model as the device reads it: two trees in flat arrays, each logarithm in 8 bits."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from edge.decoder.alphabet import LETTERS, SPACE
from edge.decoder.lexicon import FIRST
from edge.decoder.ngram import CODES, FORM, Array, Header, layout
from edge.errors import OutputError
from edge.files import replacing
from train.ngram.backoff import BackoffModel, Floats
from train.ngram.counts import context
from train.ngram.vocabulary import Vocabulary

ROUNDS: Final = 20
"""Rounds of Lloyd's iteration, after which the error falls by less than a hundredth."""

HEADER_ROOM: Final = 512
"""Bytes that a header does not exceed."""

Codes: TypeAlias = npt.NDArray[np.uint8]


class Rounded(NamedTuple):
    """Numbers as codes of a table."""

    codes: Codes
    table: Floats
    """CODES values: the exact one, then others in ascending order."""
    rms_error: float
    """Of all that are not the exact value."""


def rounded(values: Floats, exact: float) -> Rounded:
    """Numbers in 8 bits: the code 0 for `exact`, the others for values with the least square error (Lloyd 1982)."""
    others = values != exact
    centres = _centres(values[others])
    codes, table = np.zeros(len(values), np.uint8), np.full(CODES, exact)
    codes[others] = 1 + _nearest(values[others], centres)
    table[1 : 1 + len(centres)] = centres
    errors = table[codes[others]] - values[others]
    return Rounded(codes, table, float(np.sqrt(np.mean(errors**2))) if len(errors) else 0.0)


def _centres(values: Floats) -> Floats:
    distinct = np.unique(values)
    if len(distinct) < CODES:
        return distinct
    centres = np.unique(np.quantile(values, (np.arange(CODES - 1) + 0.5) / (CODES - 1)))
    for _ in range(ROUNDS):
        nearest = _nearest(values, centres)
        number = np.bincount(nearest, minlength=len(centres))
        total = np.bincount(nearest, values, minlength=len(centres))
        centres = np.where(number > 0, total / np.maximum(number, 1), centres)
    return centres


def _nearest(values: Floats, centres: Floats) -> npt.NDArray[np.intp]:
    return np.searchsorted((centres[1:] + centres[:-1]) / 2, values)


def letter_tree(vocabulary: Vocabulary) -> tuple[Codes, Codes]:
    """Letters and numbers of children of the lexicon's nodes, as `edge.decoder.lexicon` has them; none of letters."""
    if vocabulary.is_letters:
        return np.empty(0, np.uint8), np.empty(0, np.uint8)
    spelled = [f"{word} " for word in vocabulary.words]
    letters, children, level = [0], [], [""]
    while level:
        length = len(level[0]) + 1
        longer = sorted({word[:length] for word in spelled if len(word) >= length})
        number = Counter(prefix[:-1] for prefix in longer)
        children += [number[prefix] for prefix in level]
        letters += [LETTERS.index(prefix[-1]) for prefix in longer]
        level = longer
    return np.array(letters, np.uint8), np.array(children, np.uint8)


def best_below(letters: Codes, children: Codes, words: Codes) -> Codes:
    """The highest code of the words below each node of the lexicon."""
    best = np.zeros(len(letters), np.uint8)
    best[1:][letters[1:] == SPACE] = words
    found, parents = best.tolist(), np.repeat(np.arange(len(children)), children).tolist()
    for node in range(len(found) - 1, 0, -1):
        parent = parents[node - 1]
        found[parent] = max(found[parent], found[node])
    return np.array(found, np.uint8)


def file_size(ngrams: Sequence[int], lexicon_nodes: int) -> int:
    """Bytes of a file with so many n-grams of each order, at most."""
    return HEADER_ROOM + sum(section.size for section in layout(Header(LETTERS, tuple(ngrams), lexicon_nodes, ())))


def prices(vocabulary: Vocabulary, order: int) -> list[int]:
    """Bytes that one more n-gram of each order from two on takes."""
    words, none = len(vocabulary), [0] * (order - 1)
    more = [[words, *none[:place], 1, *none[place + 1 :]] for place in range(order - 1)]
    return [file_size(ngrams, 0) - file_size([words, *none], 0) for ngrams in more]


def write_model(model: BackoffModel, path: Path) -> Header:
    """Writes the file in one move, so that it is whole or not there.

    Raises:
        OutputError: it cannot be written.
    """
    header, arrays = _contents(model)
    numbers = b"".join(arrays[section.name].astype(section.dtype).tobytes() for section in layout(header))
    contents = FORM.pack(json.dumps(asdict(header)).encode(), numbers)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as part:
            part.write_bytes(contents)
    except OSError as error:
        raise OutputError(f"{path}: {error.strerror}; choose a file that can be written") from error
    return header


def _contents(model: BackoffModel) -> tuple[Header, dict[str, Array]]:
    levels, bits = model.levels, model.vocabulary.bits
    log_probs = [rounded(level.log_probs, -np.inf) for level in levels]
    log_backoffs = [rounded(level.log_backoffs, 0.0) for level in levels]
    letters, children = letter_tree(model.vocabulary)
    last_word = np.uint64((1 << bits) - 1)
    numbers = [
        np.bincount(np.searchsorted(shorter.grams, context(longer.grams, bits)), minlength=len(shorter.grams))
        for shorter, longer in pairwise(levels)
    ]
    arrays = {
        "log_probs": np.concatenate([some.table for some in log_probs]),
        "log_backoffs": np.concatenate([some.table for some in log_backoffs]),
        "words": np.concatenate([np.zeros(1, np.uint64), *(level.grams & last_word for level in levels)]),
        "children": np.concatenate([[len(model.vocabulary)], *numbers]),
        "probabilities": np.concatenate([[0], *(some.codes for some in log_probs)]),
        "backoffs": np.concatenate([[0], *(some.codes for some in log_backoffs[:-1])]),
        "letters": letters,
        "letter_children": children,
        "best": best_below(letters, children, log_probs[0].codes[FIRST:]) if len(letters) else letters,
    }
    ngrams = tuple(len(level.grams) for level in levels)
    return Header(LETTERS, ngrams, len(letters), tuple(round(some.rms_error, 5) for some in log_probs)), arrays
