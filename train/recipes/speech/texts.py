"""Sentences for programs to speak: out of plain texts, lists of commands, and grammars."""

import json
import random
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from edge.errors import DataError, reason
from train.corpora.text import UNREADABLE, open_text
from train.synthesis import Utterance, random_utterances, voices_here, write_corpus

MOST_CHARACTERS = 20_000_000
"""Read of a text: enough for every sentence to be another one."""
SPEAKABLE = re.compile(r"[A-Za-z' ,.;:?!-]{8,110}")
"""What is spoken as it is written: no digits, no abbreviations, and 8 s at most."""
DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
TAKES = {"espeak-ng": 0.45, "flite": 0.35, "text2wave": 0.2}
"""Share of each program."""


def read_text(path: Path) -> str:
    """A text, plain or packed by gzip or xz; of JSON lines, the values of `text`.

    Raises:
        DataError: it cannot be read.
    """
    try:
        with open_text(path) as file:
            text = file.read(MOST_CHARACTERS)
    except UNREADABLE as error:
        raise DataError(f"{path} cannot be read as text ({reason(error)}); give plain text, .gz or .xz") from error
    return _of_json_lines(text, path) if ".jsonl" in path.suffixes else text


def _of_json_lines(text: str, path: Path) -> str:
    lines = text.split("\n")  # Some that end a line elsewhere may stand within a string of JSON.
    if len(text) == MOST_CHARACTERS:  # The last line is cut off.
        lines.pop()
    try:
        return "\n".join(str(json.loads(line)["text"]) for line in lines if line.strip())
    except (ValueError, TypeError, KeyError) as error:
        raise DataError(f"{path}: each line must be a JSON object with a text: {error!r}") from error


def sentences(text: str) -> list[str]:
    """The sentences, or lines, that can be spoken as they are written."""
    parts = (re.sub(r"\s+", " ", part).strip(' "') for part in re.split(r"\n\s*\n|(?<=[.!?;])\s+|\n(?=\S)", text))
    return [part for part in parts if SPEAKABLE.fullmatch(part) and " " in part]


def read_sentences(paths: Sequence[Path]) -> list[str]:
    """The sentences of some texts that can be spoken.

    Raises:
        DataError: one cannot be read, or there is no such sentence.
    """
    found = [sentence for path in paths for sentence in sentences(read_text(path))]
    if not found:
        raise DataError(f"{', '.join(map(str, paths))}: no sentence of 8 to 110 letters; give a text without digits")
    return found


def digit_strings(count: int, rng: random.Random) -> list[str]:
    """One to six digits, as codes and telephone numbers are said."""
    return [" ".join(rng.choices(DIGITS, k=rng.randint(1, 6))) for _ in range(count)]


def spoken(texts: list[str], count: int, rng: random.Random) -> Iterator[tuple[str, str, Utterance]]:
    """(kind, label, utterance) for `count` random texts, each by a random voice of a random program."""
    installed = list(voices_here())
    shares = [TAKES[program] for program in installed]
    for _ in range(count):
        (program,) = rng.choices(installed, shares)
        yield "sentence", "", next(random_utterances(rng.choice(texts), program, rng))


def synthesise(texts: dict[str, list[str]], count: int, out: Path, seed: int = 1) -> None:
    """Writes a corpus `synthetic_NAME` of `count` utterances for each list of texts; taken up where it was left."""
    for name, some in texts.items():
        write_corpus(out / f"synthetic_{name}", spoken(some, count, random.Random(seed)))
        print(f"{name}: {count} utterances", flush=True)
