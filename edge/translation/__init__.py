"""Sentences into another language: sub-words, an encoder and a decoder with attention, beam search."""

from typing import Final

BEAM: Final = 4
"""Hypotheses that a translator keeps, unless told otherwise."""
