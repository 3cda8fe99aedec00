"""Trains, quantises and evaluates the models that `edge` runs."""
