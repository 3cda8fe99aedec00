"""CARD.md of the two halves of a translator."""

import textwrap

from edge.translation.translator import ENCODER
from train.bundle import About
from train.recipes.translation.recipe import TranslationRecipe

WIDTH = 118
"""Of a line."""

LIMITS = """\
Short everyday sentences; what it was never told it makes up, fluently. It knows no names and few numbers but those of
its training. {orders} Text in another language than the source's is taken for the source's language: the answer means
nothing. Longer texts go sentence by sentence, with nothing carried from one to the next."""

SMALL_TALK = "It tells an order to switch on from one to switch off no better than by chance: do not act on it."
AT_HOME = """\
It learnt orders of a home, times and lengths of time from frames beside its corpus: of orders in other words it turns
some round all the same, on into off, so they are for reading; do not act on them."""


def card(recipe: TranslationRecipe, half: str, about: About) -> str:
    """The text of the card of one half."""
    sources = "\n".join(f"| {entry.corpus} | {entry.licence} |" for entry in about.training_data)
    figures = "\n".join(f"| {name} | {value} |" for name, value in about.metrics.items())
    told = f"\n## Figures\n\n| figure | value |\n|---|---|\n{figures}\n" if figures else ""
    return f"""# {about.name}

{_encoder(recipe) if half == ENCODER else _decoder(recipe)}
Precision: {about.precision}; weights per tensor, states explicit. `edge.translation` runs both halves and searches
between them. Licence of the weights: {about.licence}.
{told}
## Limits

{textwrap.fill(LIMITS.format(orders=AT_HOME if recipe.household else SMALL_TALK), WIDTH)}

## Training data

| corpus | licence |
|---|---|
{sources}
"""


def _encoder(recipe: TranslationRecipe) -> str:
    return f"""The half of a translator that reads: sub-words ({recipe.dims} dimensions, int8 rows) -> a GRU of
{recipe.encoder_units} units, forwards and backwards -> of each place an annotation ({recipe.annotation}) and a key
({recipe.alignment})."""


def _decoder(recipe: TranslationRecipe) -> str:
    heard = "the context of attention" if recipe.attention else "the source's summary"
    return f"""The half of a translator that writes: the last sub-word ({recipe.dims} dimensions, int8 rows) and
{heard} -> a GRU of {recipe.decoder_units} units -> a query ({recipe.alignment}) and a readout, which is compared
with the vectors of all sub-words."""
