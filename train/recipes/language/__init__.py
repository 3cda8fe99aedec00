"""Language models of characters and of words: recurrent networks that foresee the next symbol of a text."""
