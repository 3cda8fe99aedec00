"""Corpora: recordings with what is known of them, read from manifests or as their publishers laid them out."""
