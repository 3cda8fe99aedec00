"""The sentences of the recipe: what trains, what validates, and what is kept for a test of our own."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from train.corpora.opinions import NEUTRAL, Opinion, part_of, read_opinions
from train.recipes.entities.texts import read_parts
from train.recipes.sentiment.negations import negations
from train.recipes.sentiment.recipe import SHIPPED

FILES: Final[Mapping[str, str]] = {
    "mr": "sentiment_mr/rt_polarity_minus_sst_devtest.tsv.gz",
    "uci": "sentiment_uci/train.tsv.gz",
    "products": "sentiment_products/train.jsonl.gz",
}
"""What may train weights that ship, inside the folder of all texts."""

LEXICON: Final = ("sentiment_products/positive-words.txt.gz", "sentiment_products/negative-words.txt.gz")
COMMANDS: Final = "ner_slurp"
"""Their mood is taken for neutral."""

PHRASES: Final = "sentiment_sst/sst_train_phrases.tsv.gz"
SENTENCES: Final = "sentiment_sst/sst5_train.tsv.gz"
"""What the benchmark learns from."""

REPEATED: Final = 4
"""How often whole sentences are shown for once that their phrases are, which are many and short."""

LICENCES: Final[Mapping[str, str]] = {
    "rt-polarity": "CC BY 4.0",
    "UCI sentiment labelled sentences": "CC BY 4.0",
    "customer reviews, opinion lexicon": "CC BY 4.0",
    "slurp": "CC BY 4.0",
}


def opinions_of(corpus: str, data: Path, part: str) -> list[Opinion]:
    """One part of a corpus that ships."""
    return [opinion for opinion in read_opinions(data / FILES[corpus]) if part_of(opinion) == part]


def lessons(corpora: str, data: Path) -> list[Opinion]:
    """What a network learns from."""
    words = [opinion for file in LEXICON for opinion in read_opinions(data / file)]
    if corpora != SHIPPED:
        return read_opinions(data / PHRASES) + REPEATED * read_opinions(data / SENTENCES) + words
    reviews = [opinion for corpus in FILES for opinion in opinions_of(corpus, data, "train")]
    return reviews + words + negations(words) + commands(data)


def commands(data: Path) -> list[Opinion]:
    """What people say to a device without a mood."""
    return [Opinion(command.words, NEUTRAL) for command in read_parts(data / COMMANDS).train]
