"""Several networks as one: GRUs side by side are a wider GRU whose recurrent kernel is zero between them.

    W = [W1 W2]     U = | U1  0 |     V = | V1 / 2 |
                        |  0 U2 |         | V2 / 2 |

W and U for each gate. The logits are the mean of theirs, and the device knows of no ensemble.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from scipy.linalg import block_diag

from edge.sensors.dna import OUTPUT
from train.export import load_weights, weights_of
from train.networks import Layer, Network
from train.quantize import Frames


def merge(networks: Sequence[Network]) -> Network:
    """One network that gives the mean of the logits of networks of one GRU each, which are alike."""
    spec, gates = networks[0].spec, networks[0].cells[0].gates
    weights = [{name: variable.numpy() for name, variable in weights_of(network).items()} for network in networks]

    def joined(name: str, join: Callable[[Sequence[Frames]], Frames]) -> Frames:
        parts = [np.split(one[name], gates, axis=-1) for one in weights]
        return np.concatenate([join(gate) for gate in zip(*parts, strict=True)], axis=-1)

    merged = Network(replace(spec, layers=(Layer(sum(one.cells[0].units for one in networks)),)))
    load_weights(
        merged,
        {
            "layer0/kernel": joined("layer0/kernel", np.hstack),
            "layer0/recurrent_kernel": joined("layer0/recurrent_kernel", lambda parts: block_diag(*parts)),
            "layer0/bias": joined("layer0/bias", np.hstack),
            f"{OUTPUT}/kernel": np.vstack([one[f"{OUTPUT}/kernel"] / np.float32(len(weights)) for one in weights]),
            f"{OUTPUT}/bias": np.mean([one[f"{OUTPUT}/bias"] for one in weights], axis=0),
        },
    )
    return merged
