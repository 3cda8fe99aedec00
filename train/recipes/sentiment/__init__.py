"""The mood of a sentence as a recogniser writes it: lower case, no punctuation, and some words wrong."""
