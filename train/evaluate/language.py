"""How well a language model foresees a text, read as one stream from its beginning."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import tensorflow as tf

from edge.errors import DataError
from edge.maths import log_softmax
from edge.model.quantization import Real
from edge.model.stream import ModelStream
from edge.understanding.language import END, OUTPUT, UNKNOWN, one_hot
from train.networks import Network
from train.recipes.language.texts import Ids, encode

Reader: TypeAlias = Callable[[Ids], Real]
"""The logits after each of some symbols, (symbols, labels), going on from those of the last call."""

BLOCK = 1000
"""Symbols that are read at once."""


@dataclass(frozen=True, slots=True)
class Foresight:
    """The loss of a text."""

    nats: float
    """Of all its symbols but the first, which nothing foretells."""
    symbols: int
    """Those that count, ends of sentences among them."""
    characters: int
    """The same stretch in characters; the end of a sentence is one."""
    sentences: int
    """Ends of sentences among the symbols."""
    unknown: int
    """Of the symbols, those that the labels lack."""

    @property
    def nats_per_char(self) -> float:
        """Mean loss of a character; no measure of words, of which an unknown one costs the same at any length."""
        return self.nats / self.characters

    @property
    def perplexity(self) -> float:
        """Exponential of the mean loss of a symbol; an unknown one is charged the probability of all such together."""
        return math.exp(self.nats / self.symbols)

    @property
    def unknown_percent(self) -> float:
        """Of all symbols but the ends of sentences."""
        return 100 * self.unknown / max(1, self.symbols - self.sentences)


def foresee(read: Reader, text: str, labels: tuple[str, ...]) -> Foresight:
    """The loss of a text.

    Raises:
        DataError: it has fewer than two symbols.
    """
    ids = encode(text, labels)
    if END in labels:
        ids = np.append(np.int32(labels.index(END)), ids)
    if len(ids) < 2:
        raise DataError("there is nothing to foresee: give a longer text")
    nats = 0.0
    for start in range(0, len(ids) - 1, BLOCK):
        following = ids[start + 1 : start + 1 + BLOCK]
        log_probs = log_softmax(read(ids[start : start + len(following)]))
        nats -= float(log_probs[np.arange(len(following)), following].sum(dtype=np.float64))
    sentences, unknown = (int((ids[1:] == labels.index(one)).sum()) if one in labels else 0 for one in (END, UNKNOWN))
    return Foresight(nats, len(ids) - 1, len(text) if END in labels else len(text) - 1, sentences, unknown)


def streamed(stream: ModelStream) -> Reader:
    """What a model says, a step at a time, as the device computes it."""
    stream.reset()
    return lambda ids: stream.feed(one_hot(ids, stream.bands))[OUTPUT]


def computed(network: Network) -> Reader:
    """What a network says in floating point, as it was trained."""
    states, run = network.initial_states(1), tf.function(network.run, reduce_retracing=True)

    def read(ids: Ids) -> Real:
        nonlocal states
        outputs, states = run(tf.constant(ids[None]), states)
        logits: Real = outputs[OUTPUT][0].numpy()
        return logits

    return read
