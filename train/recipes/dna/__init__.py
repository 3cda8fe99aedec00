"""Junctions in a stream of bases, and promoters: what a GRU learns from a few thousand windows of DNA."""
