"""Depth, width, stride, layer normalisation and word pieces: networks that spell speech, each trained alike.

All have about as many weights, see the same recordings in batches of the same size, and are judged by the best path on
speakers that they never heard. They train a small part of what the shipped network did: enough to tell which learns
faster, not what each would come to in the end.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
import tensorflow as tf

from edge.decoder import alphabet
from edge.decoder.ctc import collapse
from edge.features import FeatureConfig, Frames
from edge.translation.subwords import Subwords
from train.cells import GRU
from train.evaluate.speech import error_rates
from train.fit import FitConfig, fit_into
from train.networks import Layer, Network, NetworkSpec
from train.pool import normalised
from train.quantize import stack_frames
from train.recipes.speech.fitting import SILENT, Batch, batches, loss
from train.recipes.speech.pools import lessons
from train.recipes.speech.recipe import SpeechRecipe
from train.recipes.translation.merges import learn_pieces
from train.utterances import Utterance, read_utterances, short_ones

FIT: Final = FitConfig(steps=1600, quantised_steps=0, learning_rate=3e-3, warm_up=100, clip_norm=5.0, half=True)
FRAMES: Final = 8_000
"""Of speech in a batch."""
OUTPUT: Final = "letters"


@dataclass(frozen=True, slots=True)
class Ear:
    """A network that spells."""

    layers: int = 4
    units: int = 256
    stack: int = 3
    """Frames a step."""
    normalised: bool = False
    """Whether the input of each layer is normalised (Ba et al. 2016, arXiv 1607.06450)."""
    pieces: int = 0
    """Word pieces that it spells with; 0 for letters."""


EARS: Final[Mapping[str, Ear]] = {
    "4 x 256": Ear(),
    "1 x 608": Ear(1, 608),
    "2 x 376": Ear(2, 376),
    "6 x 208": Ear(6, 208),
    "20 ms": Ear(stack=2),
    "40 ms": Ear(stack=4),
    "layer norm": Ear(normalised=True),
    "300 word pieces": Ear(pieces=300),
}
"""By what sets them apart from the first."""


@dataclass(frozen=True, slots=True)
class Heard:
    """How one spells speakers that it never heard."""

    weights: int
    letters: float
    """Letter error rate, percent."""
    words: float
    """Word error rate, percent."""
    short: float
    """Letter error rate of what is said within 3 s: single words, digits, orders."""


class NormalisedGRU(GRU):
    """A GRU whose input has mean 0 and deviation 1 over its numbers, before a gain and a bias of each.

    In the state's own products it would cost a step another reduction for every gate.
    """

    def __init__(self, features: int, units: int, seed: int, name: str) -> None:
        super().__init__(features, units, seed, name)
        self.gain = tf.Variable(tf.ones(features), name="gain")
        self.shift = tf.Variable(tf.zeros(features), name="shift")

    def project(self, x: tf.Tensor) -> tf.Tensor:
        """See `Cell.project`."""
        mean, variance = tf.nn.moments(x, axes=[-1], keepdims=True)
        return super().project(tf.nn.batch_normalization(x, mean, variance, self.shift, self.gain, 1e-5))


class Spelling:
    """Letters, or word pieces, as what CTC spells.

    Args:
        texts: from which pieces are learnt.
        pieces: how many; 0 for letters.
    """

    def __init__(self, texts: Sequence[str], pieces: int) -> None:
        self.subwords = Subwords(learn_pieces(texts, pieces)) if pieces else None
        self.blank = len(self.subwords) if self.subwords else alphabet.BLANK

    def encode(self, text: str) -> list[int]:
        """The indices of what a text is spelled with."""
        return self.subwords.encode(text) if self.subwords else alphabet.encode(text)

    def text(self, path: Sequence[int]) -> str:
        """What a path of indices and blanks comes to, with single spaces."""
        spelled = collapse(path, self.blank)
        return self.subwords.decode(spelled) if self.subwords else " ".join(alphabet.decode(spelled).split())


def listen(ears: Mapping[str, Ear], pools: Path, work: Path, config: FitConfig = FIT) -> Iterator[tuple[str, Heard]]:
    """Trains each and tells how it hears; what a folder of its name in `work` holds already is not trained again.

    Args:
        ears: by name.
        pools: what `python -m train speech pools` made.
        work: for checkpoints.
        config: how all are fitted.

    Raises:
        UsageError: the pools have not been made.
    """
    texts = [alphabet.decode(one.letters) for one in lessons(pools)]
    strangers = read_utterances([pools / "validation"])
    for name, ear in ears.items():
        spelling = Spelling(texts, ear.pieces)
        network, recipe = built(ear, spelling.blank + 1), replace(SpeechRecipe(), stack=ear.stack, frames=FRAMES)
        ctc = partial(loss, dropout=0.0, silent=SILENT * SpeechRecipe().stack // ear.stack)
        fit_into(work / name, network, ctc, _lessons(pools, recipe, spelling), config)
        yield name, judged(network, spelling, strangers, recipe.features)


def built(ear: Ear, symbols: int) -> Network:
    """The network, untrained, which tells `symbols` apart."""
    layers, bands = (Layer(ear.units),) * ear.layers, SpeechRecipe().features.width
    network = Network(NetworkSpec(bands, layers, ((OUTPUT, symbols),), ear.stack), seed=1)
    if ear.normalised:
        widths = (network.spec.features, *(ear.units for _ in layers))
        network.cells = [
            NormalisedGRU(width, ear.units, 1 + 10 * depth, f"layer{depth}") for depth, width in enumerate(widths[:-1])
        ]
    return network


def judged(network: Network, spelling: Spelling, utterances: Sequence[Utterance], features: FeatureConfig) -> Heard:
    """How a network spells some utterances by its best path, each alone."""
    signature = tf.TensorSpec((1, None, network.spec.features), tf.float32)
    letters = tf.function(lambda frames: network.sequence(frames)[OUTPUT], input_signature=[signature])
    texts = {id(one): spelling.text(_best_path(letters, _stacked(one, network, features))) for one in utterances}

    def rates(some: Sequence[Utterance]) -> dict[str, float]:
        return error_rates([alphabet.decode(one.letters) for one in some], [texts[id(one)] for one in some])

    weights = sum(int(np.prod(variable.shape)) for variable in network.trainable_variables)
    whole = rates(utterances)
    return Heard(weights, whole["cer"], whole["wer"], rates(short_ones(utterances))["cer"])


def _stacked(utterance: Utterance, network: Network, features: FeatureConfig) -> Frames:
    return stack_frames(normalised(utterance.energies[None].astype(np.float32), features), network.spec.stack)


def _best_path(letters: Callable[[Frames], tf.Tensor], frames: Frames) -> list[int]:
    path: list[int] = letters(frames)[0].numpy().argmax(axis=1).tolist()
    return path


def _lessons(pools: Path, recipe: SpeechRecipe, spelling: Spelling) -> Callable[[int], Iterator[Batch]]:
    """The recipe's own batches, spelled in another way."""

    def spelled(taken: int) -> Iterator[Batch]:
        for inputs, steps, letters, counts in batches(pools, recipe, taken):
            texts = [alphabet.decode(row[:count]) for row, count in zip(letters, counts, strict=True)]
            rows = [spelling.encode(text) for text in texts]
            lengths = np.array([len(row) for row in rows], np.int32)
            padded = [row + [0] * (int(lengths.max()) - len(row)) for row in rows]
            yield inputs, steps, np.array(padded, np.int32), lengths

    return spelled
