"""CARD.md of a sentiment bundle: what it tells, how well, and what it was made of."""

from collections.abc import Sequence

from edge.model.manifest import TrainingData
from train.recipes.sentiment.recipe import SentimentRecipe

CREDITS = """\
Sentence polarity: B. Pang and L. Lee 2005, without what the Stanford Sentiment Treebank holds back. Sentiment labelled
sentences: D. Kotzias et al. 2015. Customer reviews and opinion lexicon: M. Hu and B. Liu 2004, X. Ding et al. 2008.
SLURP: E. Bastianelli et al. 2020. The word vectors start from embeddings-en. The frames that keep or turn a mood
("full of ...", "lacking in ...") are our own.
"""

LIMITS = """\
- English reviews of films, products and restaurants, and commands, which it takes for neutral. It has heard nobody
  speak: nothing of a voice is in it, only words.
- Two of three corpora tell only negative from positive. What separates four stars from five, and one from two, comes
  from product reviews alone (the sum of the strengths of what a sentence says of each aspect; from 3 on it is
  extreme), and is rough. Neutral is what product reviews say of no aspect, and commands.
- Commands that were not among SLURP's, single words and anger that is no review are often taken for a mood: "you are an
  idiot" for a good one, an order of coffee for a bad one. Alone it is no reason for an alert.
- Irony, and moods that only the world tells ("it broke on the second day"), are beyond it.
"""


def card(recipe: SentimentRecipe, temperature: float, figures: str, licence: str, data: Sequence[TrainingData]) -> str:
    """The text of the card; `figures` is the table of the report."""
    sources = "\n".join(f"| {entry.corpus} | {entry.licence} |" for entry in data)
    return f"""# The mood of what was said

One to five stars, and negative, neutral or positive with a probability.

Words in lower case ({recipe.dims} dimensions, each word's own row and the mean of its character n-grams; int8 rows) ->
{_stack(recipe)} of {recipe.units} units, forwards and backwards -> logits of one to five stars at each word -> their
mean over the sentence -> softmax, at a temperature of {temperature:.2f} that validation chose. Int8 throughout,
per-tensor weights, explicit states. Trained without case and punctuation, and with faults in up to two words of ten.
Licence of the weights: {licence}.

## Figures

The int8 file as the device runs it. Validation and what is held back are one sentence in twenty each, by checksum;
neither was learnt, but some of these figures, and what it says to commands, were looked at when one of four networks
was chosen. Negative against positive, given that it is one of them. Contrasts are sentences whose words mislead,
written by us: training knows some of their constructions, but none of them.

{figures}

## Limits

{LIMITS}
## Training data

| corpus | licence |
|---|---|
{sources}

{CREDITS}"""


def _stack(recipe: SentimentRecipe) -> str:
    return "a GRU" if recipe.layers == 1 else f"{recipe.layers} GRUs"
