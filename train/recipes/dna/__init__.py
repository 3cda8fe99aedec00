"""Junctions in a stream of bases, and promoters: what small networks learn from windows of DNA."""
