"""From the trained translator to its two bundles, encoder and decoder, in one folder."""

import io
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
import tensorflow as tf

from edge.model.bundle import ALIGNMENT, EMBEDDING
from edge.model.manifest import TrainingData
from edge.translation.subwords import Subwords
from edge.translation.translator import DECODER, ENCODER, TASK
from edge.understanding.words import Vocabulary
from train.bundle import GOLDEN_STEPS, About, check_place, measured, write_bundle
from train.corpora.pairs import Pair
from train.export import export
from train.networks import Network
from train.quantize import Frames, Precision
from train.recipes.translation.card import card
from train.recipes.translation.network import EncoderDecoder
from train.vectors import int8_rows

VERSION: Final = "1.2.0"
CALIBRATION_PAIRS: Final = 300
"""From which export learns the ranges of activations."""


Measure: TypeAlias = Callable[[Path], dict[str, Any]]


def publish(
    network: EncoderDecoder,
    pairs: Sequence[Pair],
    precision: Precision,
    data: Sequence[TrainingData],
    measure: Measure,
    out: Path,
) -> None:
    """Writes `encoder` and `decoder` into `out`; the decoder's card tells what `measure` finds of both."""
    for half in (ENCODER, DECODER):
        check_place(out / half)
    frames = calibration_frames(network, pairs)
    models = {half: export(made, frames[half], precision) for half, made in _halves(network).items()}

    def write(folder: Path, metrics: dict[str, Any]) -> None:
        for half, model in models.items():
            about = _about(f"{out.name}/{half}", precision, metrics if half == DECODER else {}, data)
            text, golden = card(network.recipe, half, about), np.concatenate(frames[half])[:GOLDEN_STEPS]
            write_bundle(folder / half, model, about, text, golden, _extras(network, half))

    write(out, measured(partial(write, metrics={}), measure))


def _halves(network: EncoderDecoder) -> dict[str, Network]:
    return {ENCODER: network.encoder, DECODER: network.decoder}


def _extras(network: EncoderDecoder, half: str) -> dict[str, bytes]:
    """The vectors of the pieces, and for attention the vector v."""
    at, table = (0, network.source) if half == ENCODER else (1, network.target)
    rows = int8_rows(Vocabulary(network.subwords[at].pieces, 0), table.numpy())
    attends = half == DECODER and network.recipe.attention
    return {EMBEDDING: rows.to_bytes()} | ({ALIGNMENT: _packed(network.v)} if attends else {})


def _about(name: str, precision: Precision, metrics: dict[str, Any], data: Sequence[TrainingData]) -> About:
    return About(
        name=name,
        task=TASK,
        version=VERSION,
        precision=precision,
        stack=1,
        labels=(),
        licence="Apache-2.0",
        metrics=metrics,
        training_data=tuple(data),
    )


def calibration_frames(network: EncoderDecoder, pairs: Sequence[Pair]) -> dict[str, list[Frames]]:
    """What each network is given for some pairs, (steps, bands) each."""
    found: dict[str, list[Frames]] = {ENCODER: [], DECODER: []}
    source, target = network.subwords
    for pair in pairs[:: max(1, len(pairs) // CALIBRATION_PAIRS)]:
        pieces = tf.constant([source.encode(pair.source)], tf.int32)
        written = tf.constant([[*target.encode(pair.targets[0]), target.end]])
        found[ENCODER].append(network.read(pieces).numpy()[0])
        found[DECODER].append(network.decoder_frames(pieces, written).numpy()[0])
    return found


def load_pieces(stored: Sequence[Sequence[str]]) -> tuple[Subwords, Subwords]:
    """The sub-words of the source and of the target, as `fit` has stored them."""
    source, target = stored
    return Subwords(source), Subwords(target)


def _packed(v: tf.Variable) -> bytes:
    file = io.BytesIO()
    np.savez(file, v=v.numpy())
    return file.getvalue()
