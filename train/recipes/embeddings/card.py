"""CARD.md of the embeddings: what the vectors are, how good, how fair, and what they were learnt from."""

from typing import Final

from train.recipes.embeddings.vectors import WordVectors

CORPORA: Final = (
    ("78 books (classic-books-markdown)", "public domain"),
    ("US inaugural and State of the Union addresses", "public domain"),
    ("SLURP language-model sentences, without its test part", "CC BY 4.0"),
    ("Home Assistant intents, English", "CC BY 4.0"),
    ("Snips commands", "CC0-1.0"),
    ("Tatoeba sentences, English side (tatoeba.org, manythings.org)", "CC BY 2.0"),
)

LIMITS: Final = """\
- One bias was treated, that of gender as English pronouns show it, along one direction. Others (age, origin, faith,
  class) stand as the books have them, and most of the books are older than a century.
- Words that kept company because of a bias still do: the table above tells that words for men and women outside the
  pairs (sir, madam, ...) keep their associations, and how often a classifier finds the side of a formerly biased word
  from what is left (50 % is chance). Removing the direction hides a bias more than it removes it
  (Gonen & Goldberg 2019). Do not decide on people with these vectors.
- A definitional word that the classifier missed has lost its gender, and one that it took wrongly has kept its own.
- WordSim-353 and analogies of cities and countries suffer from the small text: many of their words hardly occur.
- Unknown words are at zero; words are in lower case."""


def card(vectors: WordVectors, tables: str, method: str, words_read: int) -> str:
    """The text of the card; `tables` tell what debiasing changed."""
    size, dimensions = vectors.matrix.shape
    data = "\n".join(f"| {name} | {licence} |" for name, licence in CORPORA)
    return f"""# Word embeddings: English, debiased

{size:,} words, {dimensions} dimensions, length one, as int8 rows with a scale each (`words.embedding`, which
`edge.understanding.words.Embedding` reads). Learnt by {method} from {words_read:,} words
(`python -m train embeddings`). The bundle is a table alone; there is no network in it. Licence: Apache-2.0.

## Figures, float, before and after debiasing

{tables}

Debiasing after Bolukbasi et al. 2016: the direction is the first principal component of ten pairs (she - he, ...);
words that are not definitional lose their part along it; pairs such as brother and sister are equalised. The word lists
are those of debiaswe (MIT). WEAT: Caliskan et al. 2017, 10 000 permutations, one-sided.

## Limits

{LIMITS}

## Training data

| text | licence |
|---|---|
{data}
"""
