"""N-gram language models: from texts to the compact file that `edge.decoder.ngram` reads.

texts -- sentences as they are said -- counts -- Kneser-Ney, a model for each source -- mixture -- pruning -- 8 bits
"""
