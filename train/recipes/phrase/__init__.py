"""A trigger of one's own: a text -> voices -> mixtures -> the shipped network taught the phrase -> a bundle."""
