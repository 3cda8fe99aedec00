"""Figures that tell what a model is worth, on data that it has never seen."""
