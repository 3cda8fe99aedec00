"""Word embeddings: texts -- corpus -- skip-gram, GloVe or a language model -- debiasing -- the table that ships."""
