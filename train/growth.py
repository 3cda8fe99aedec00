"""Grows the weights of a network into a wider or deeper one that says nearly the same, and goes on learning from there.

    inputs   frames with more numbers, the new ones last: nothing is made of those at first
    wider    some units are there twice; whoever reads them takes half of each; a little noise lets them part
    deeper   a layer on top that passes on what it gets: its update gate is open, its candidate is tanh of its input

Net2Net (Chen et al. 2016, arXiv 1511.05641), for GRUs: what was learnt in hours is not learnt again.
"""

import math
from collections.abc import Mapping
from dataclasses import replace
from itertools import count, takewhile
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from edge.errors import DataError
from edge.features import Frames
from train.export import load_weights, reframed
from train.networks import Layer, Network

NOISE = 0.05
"""Of the weights of doubled units, as a share of the standard deviation of all in their matrix."""
PASS, OPEN = 1.2, 2.0
"""What a new layer multiplies its input by, and the bias of its update gate."""
FAINT = 0.1
"""Of a new layer's other weights, as a share of what keeps a signal's size."""
GATES = 3

Weights: TypeAlias = Mapping[str, Frames]
Sources: TypeAlias = npt.NDArray[np.intp]
"""Of each unit of a layer that has grown, which it was before."""


def grown(weights: Weights, network: Network, seed: int = 0) -> dict[str, Frames]:
    """The weights of a smaller network of GRUs, by the names of `weights_of`, made to fit `network`.

    Those of a network of the same size come back as they are.

    Raises:
        DataError: they are not those of such a network, or it is narrower or shallower than they are, or over twice as
            wide, or a new layer is not as wide as the one below.
    """
    rng, units = np.random.default_rng(seed), [layer.units for layer in network.spec.layers]
    widths = _widths(weights)
    _check(widths, units)
    weights = reframed(weights, network.spec)
    layers = tuple(Layer(width) for width in widths)
    load_weights(Network(replace(network.spec, layers=layers)), weights)
    wide, sources = dict(weights), np.arange(len(weights["layer0/kernel"]))
    for layer, (old, new) in enumerate(zip(widths, units, strict=False)):
        below, sources = sources, np.concatenate([np.arange(old), rng.permutation(old)[: new - old]])
        wide |= _wider(f"layer{layer}", weights, below, sources, rng)
    heads = (f"{head}/kernel" for head, _ in network.spec.heads)
    wide |= {head: _rows(weights[head], sources) for head in heads}
    for layer in range(len(widths), len(units)):
        wide |= {f"layer{layer}/{name}": value for name, value in _passing(units[layer], rng).items()}
    return wide


def _widths(weights: Weights) -> list[int]:
    names = (f"layer{layer}/recurrent_kernel" for layer in count())
    return [max((0, *weights[name].shape[:1])) for name in takewhile(weights.__contains__, names)]


def _check(widths: list[int], units: list[int]) -> None:
    pairs = list(zip(widths, units, strict=False))
    if not all(widths) or not widths:
        raise DataError(
            "no layer of a recurrent network is in there; give the weights of a smaller network of this kind"
        )
    if len(units) < len(widths) or any(not old <= new <= 2 * old for old, new in pairs):
        raise DataError(f"layers of {widths} units cannot grow into {units}: give as many or up to twice as many")
    if len(set(units[len(widths) - 1 :])) > 1:
        raise DataError(f"layers of {widths} units cannot grow into {units}: a new one is as wide as the one below")


def _wider(
    name: str, weights: Weights, below: Sources, sources: Sources, rng: np.random.Generator
) -> dict[str, Frames]:
    """A layer with its units at `sources`, over one with its own at `below`."""
    grown = {
        f"{name}/{matrix}": _parted(_columns(_rows(weights[f"{name}/{matrix}"], read), sources), sources, rng)
        for matrix, read in (("kernel", below), ("recurrent_kernel", sources))
    }
    return grown | {f"{name}/bias": _columns(weights[f"{name}/bias"], sources)}


def _rows(weight: Frames, sources: Sources) -> Frames:
    """What reads units: of those that are there several times, a share of each."""
    return np.asarray(weight[sources] / _copies(sources)[:, None], np.float32)


def _columns(weight: Frames, sources: Sources) -> Frames:
    """What makes units, gate by gate."""
    return np.concatenate([gate[..., sources] for gate in np.split(weight, GATES, axis=-1)], axis=-1)


def _copies(sources: Sources) -> Sources:
    """How often each unit is there."""
    return np.bincount(sources)[sources]


def _parted(weight: Frames, sources: Sources, rng: np.random.Generator) -> Frames:
    """What makes units, with a little noise for those that are there twice."""
    noise = _random(weight.shape, NOISE * float(weight.std()), rng)
    return np.where(np.tile(_copies(sources) > 1, GATES), weight + noise, weight)


def _random(shape: tuple[int, ...], deviation: float, rng: np.random.Generator) -> Frames:
    return rng.normal(0, deviation, shape).astype(np.float32)


def _passing(units: int, rng: np.random.Generator) -> dict[str, Frames]:
    shape, faint = (units, GATES * units), FAINT / math.sqrt(units)
    kernel = _random(shape, faint, rng)
    kernel[:, 2 * units :] += PASS * np.eye(units, dtype=np.float32)
    bias = np.repeat(np.array([OPEN, 0, 0], np.float32), units)
    return {"kernel": kernel, "recurrent_kernel": _random(shape, faint, rng), "bias": bias}
