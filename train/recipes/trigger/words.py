"""What the shipped trigger network listens for, and the synthetic speech that it trains on beside real voices."""

import random
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from edge.errors import DataError
from train.recipes.speech.texts import read_text
from train.synthesis import Utterance, random_utterances, voices_here, write_corpus

WORDS = ("alexa", "computer", "jarvis", "smart mirror", "snowboy", "view glass")

NEAR_MISSES = (
    *("alex", "alexis", "a lexus", "election", "elixir", "annexe", "relax a", "electra", "axe", "a letter", "alaska"),
    *("commuter", "compute", "computing", "come here", "compiler", "composer", "commute", "competitor", "pewter"),
    *("tutor", "harvest", "jar", "jarring", "service", "nervous", "charge us", "carve this", "travis", "jaws"),
    *("garments", "jervis", "smart", "mirror", "smart meter", "start mirror", "smart phone", "smarter", "nearer"),
    *("small mirror", "art mirror", "snow", "boy", "snowball", "cowboy", "snow day", "snowy", "no boy", "slow boy"),
    *("so boy", "enjoy", "tomboy", "view", "glass", "hourglass", "eyeglass", "few glasses", "new glass", "blue grass"),
    *("your class", "view class"),
    *("hey siri", "okay google", "hey mycroft", "hey atlas", "athena", "amelia", "hey chatterbox", "hey jenny"),
    *("lights on", "stop", "volume up", "what time is it", "turn it off", "play music", "next", "yes", "no", "help"),
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "twelve", "twenty"),
)
"""Spoken as negatives: what sounds like a word, a part of one, or another device's name or command."""

WORD_TAKES = {"espeak-ng": 640, "flite": 100, "text2wave": 50}
NEAR_MISS_TAKES = {"espeak-ng": 14, "flite": 4, "text2wave": 2}
SNIPPETS = {"espeak-ng": 3000, "flite": 600, "text2wave": 200}
BOOK_PASSAGES = {"espeak-ng": 1500, "flite": 600, "text2wave": 240}
"""Takes a word, takes a near miss, one to three words of a book, and passages of some 12 s in all, by program."""


def word_utterances(rng: random.Random) -> Iterator[tuple[str, str, Utterance]]:
    """(kind, label, utterance) for every trigger word and every near miss, in random voices."""
    for program in voices_here():
        for word in WORDS:
            for utterance in islice(random_utterances(word, program, rng), WORD_TAKES[program]):
                yield "wakeword", word, utterance
        for word in NEAR_MISSES:
            for utterance in islice(random_utterances(word, program, rng), NEAR_MISS_TAKES[program]):
                yield "negative", word, utterance


def snippet_utterances(passages: list[str], rng: random.Random) -> Iterator[tuple[str, str, Utterance]]:
    """(kind, label, utterance) for one to three words on their own: what a trigger is most easily taken in by."""
    for program in voices_here():
        for _ in range(SNIPPETS[program]):
            words = rng.choice(passages).split()
            first, length = rng.randrange(len(words)), rng.randint(1, 3)
            snippet = " ".join(words[first : first + length]).strip(".,;:!?\"'()-")
            if snippet:
                yield "negative", snippet, next(random_utterances(snippet, program, rng))


def book_utterances(passages: list[str], rng: random.Random) -> Iterator[tuple[str, str, Utterance]]:
    """(kind, label, utterance) for random passages of books."""
    for program in voices_here():
        for _ in range(BOOK_PASSAGES[program]):
            yield "sentence", "", next(random_utterances(rng.choice(passages), program, rng))


def book_passages(text: str) -> list[str]:
    """Passages of 120 to 240 characters that hold none of the trigger words."""
    sentences = re.split(r"(?<=[.!?;])\s+", re.sub(r"\s+", " ", text))
    words = re.compile("|".join(WORDS), re.IGNORECASE)
    return [s for s in sentences if 120 <= len(s) <= 240 and s.isascii() and not words.search(s)]


def synthesise(books: Path, out: Path, seed: int = 1) -> None:
    """Writes the corpora `synthetic_words`, `_snippets` and `_books` below `out`; taken up where it was left.

    Args:
        books: text of books, plain, .gz or .xz.
        out: folder for the FLAC files and their manifests.
        seed: decides voices, tempos and passages.

    Raises:
        DataError: the text cannot be read, or holds nothing to read aloud.
    """
    passages = book_passages(read_text(books))
    if not passages:
        raise DataError(f"{books} holds no sentence of 120 to 240 characters; give a text of books")
    write_corpus(out / "synthetic_words", word_utterances(random.Random(seed)))
    write_corpus(out / "synthetic_snippets", snippet_utterances(passages, random.Random(seed + 2)))
    write_corpus(out / "synthetic_books", book_utterances(passages, random.Random(seed + 1)))
