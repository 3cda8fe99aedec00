"""Sentences into another language: sub-words, an encoder and a decoder with attention, beam search."""
