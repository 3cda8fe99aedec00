"""CARD.md of an entity bundle: what it finds, how well, and what it was made of."""

from collections.abc import Sequence

from edge.model.manifest import TrainingData
from edge.understanding.entities import NEIGHBOURS
from train.recipes.entities.recipe import EntitiesRecipe

CREDITS = """\
Snips: A. Coucke et al. 2018, CC0. SLURP: E. Bastianelli et al. 2020, and NLU-Evaluation-Data: X. Liu et al. 2019, CC BY
4.0. WNUT 2017: L. Derczynski et al., CC BY 4.0. Broad Twitter Corpus: L. Derczynski et al. 2016, CC BY 4.0. Names:
M. Kantrowitz's corpus 1.3; places: NLTK's gazetteers (public domain).
"""

LIMITS = """\
- English commands and messages. It has seen few sentences of news, and none of conversations.
- Dates that depend on today ("tomorrow", "next week") are found, but have no value.
- What Snips calls a timeRange became a date or a time by its words, and numbers outside all entities were labelled by
  rule; that part of the figures says how well the rule was learnt.
- Its faults are simulated: letters taken for others, left out or doubled, words torn and joined. Where the decoder
  writes another word altogether, it does not know.
"""


BEGUN = """\
Rows began as the vectors of embeddings-en, beside which stand how often a word is written with a capital, how common it
is, and whether lists have it for a name or a place.
"""


def card(recipe: EntitiesRecipe, tags: Sequence[str], figures: str, data: Sequence[TrainingData]) -> str:
    """The text of the card; `figures` is the table of the report."""
    kinds = ", ".join(sorted({tag[2:] for tag in tags if tag != "O"}))
    ways = "forwards and backwards" if recipe.bidirectional else "forwards"
    begun = BEGUN if recipe.helped else ""
    sources = "\n".join(f"| {entry.corpus} | {entry.licence} |" for entry in data)
    return f"""# Entities in what was said

Finds {kinds}.

Words in lower case ({recipe.dims} dimensions, each word's own row and the mean of its character n-grams; int8 rows),
each with {NEIGHBOURS} neighbour on either side -> a GRU of {recipe.units} units, {ways}, twice over the sentence -> a
logit for each BIO tag -> Viterbi over the legal sequences, with {recipe.transitions:g} of the log ratio by which a tag
follows another more often than by chance. Int8 throughout, per-tensor weights, explicit states.
{begun}Trained without case and punctuation and with faults in up to two words of ten.
Licence of the weights: Apache-2.0.

## Figures

The shipped int8 file, as the device runs it. The held-back part is one sentence in twenty of the training part, by
checksum; nothing was chosen on it. Exact spans and types, micro-averaged.

{figures}

## Limits

{LIMITS}
## Training data

| corpus | licence |
|---|---|
{sources}

{CREDITS}"""
