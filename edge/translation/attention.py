"""Attention: which words of the source to look at for the next word (Bahdanau et al. 2015, arXiv 1409.0473).

e<t,t'>     = v . tanh(W s<t-1> + U a<t'>)      the alignment network: query W s, keys U a
alpha<t,t'> = softmax over t' of e<t,t'>
c<t>        = sum over t' of alpha<t,t'> a<t'>  the context
"""

import numpy as np

from edge.maths import log_softmax
from edge.model.quantization import Real


def align(queries: Real, keys: Real, v: Real) -> Real:
    """The weights alpha of one step.

    Args:
        queries: W s of each hypothesis, (hypotheses, width).
        keys: U a of each place of the source, (places, width).
        v: (width,).

    Returns:
        (hypotheses, places), each row above 0 and with the sum 1.
    """
    energies = np.tanh(queries[:, None] + keys) @ v
    return np.exp(log_softmax(energies))


def context(weights: Real, annotations: Real) -> Real:
    """c: (hypotheses, places) weights and (places, width) annotations to (hypotheses, width)."""
    return weights @ annotations
