"""One network that judges several places in a step, by the weights of one that judges a single place.

    two places:   V = | v 0 |
                      | 0 v |     its rows overlap but for those of one base

A device spends most of a small step on beginning and ending it. Where in a step a place lies is all one, to the bit.
"""

from dataclasses import replace

import numpy as np

from edge.sensors.dna import LABELS, OUTPUT
from train.export import load_weights
from train.networks import Network


def spread(network: Network, places: int) -> Network:
    """The network over so many places behind one another.

    Args:
        network: without layers, of one place a step.
        places: 1 or more.
    """
    spec, kernel = network.spec, network.heads[OUTPUT].kernel.numpy()
    rows, columns = kernel.shape
    wide = np.zeros((rows + (places - 1) * spec.bands, places * columns), np.float32)
    for place in range(places):
        first = place * spec.bands
        wide[first : first + rows, place * columns : (place + 1) * columns] = kernel
    heads = ((OUTPUT, places * len(LABELS)),)
    several = Network(replace(spec, heads=heads, stack=places, window=len(wide) // spec.bands))
    bias = np.tile(network.heads[OUTPUT].bias.numpy(), places)
    load_weights(several, {f"{OUTPUT}/kernel": wide, f"{OUTPUT}/bias": bias})
    return several
