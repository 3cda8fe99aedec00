"""From the trained tagger to the bundle that ships."""

import io
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import tensorflow as tf

from edge.model.bundle import EMBEDDING, TRANSITIONS
from edge.model.manifest import TrainingData
from edge.understanding.entities import OUTPUT, OUTSIDE, TASK
from train.bidirectional import Bidirectional
from train.bundle import GOLDEN_STEPS, About, measured, write_bundle
from train.export import export
from train.quantize import Frames, Precision
from train.recipes.entities.card import card
from train.recipes.entities.fitting import Lesson
from train.recipes.entities.recipe import HELPERS, LICENCES, EntitiesRecipe
from train.recipes.entities.report import report_of
from train.recipes.entities.tagger import Tagger
from train.recipes.entities.transitions import transition_scores
from train.vectors import look_up

VERSION = "1.1.0"
CALIBRATION_SENTENCES = 300
"""From which export learns the ranges of activations."""


def publish(tagger: Tagger, taught: Sequence[Lesson], precision: Precision, data: Path, out: Path) -> None:
    """Writes the bundle; its card tells how it fares on validation and on what was held back."""
    make_eager(tagger)
    frames = calibration_frames(tagger, taught)
    model = export(tagger.network, frames, precision)
    golden = np.concatenate(frames)[:GOLDEN_STEPS]
    labels, data_of = tagger.recipe.labels, training_data(tagger.recipe)
    extras = {EMBEDDING: tagger.vectors.embedding().to_bytes(), TRANSITIONS: packed_transitions(tagger, taught)}
    about = About(
        name=out.name,
        task=TASK,
        version=VERSION,
        precision=precision,
        stack=1,
        labels=tagger.tags,
        licence="Apache-2.0",
        training_data=data_of,
    )
    trial = partial(write_bundle, model=model, about=about, card="", golden_frames=golden, extras=extras)
    figures = measured(trial, partial(report_of, labels=labels, data=data))
    write_bundle(out, model, about, card(tagger.recipe, tagger.tags, figures, data_of), golden, extras)


def calibration_frames(tagger: Tagger, taught: Sequence[Lesson]) -> list[Frames]:
    """What the network is given for some sentences, (steps, bands) each."""
    chosen = taught[:: max(1, len(taught) // CALIBRATION_SENTENCES)]
    vocabulary = tagger.vectors.vocabulary
    return [tagger.frames(look_up(vocabulary, [lesson.sentence.words])).numpy()[0] for lesson in chosen]


def packed_transitions(tagger: Tagger, taught: Sequence[Lesson]) -> bytes:
    """The file of `transition_scores`."""
    packed = io.BytesIO()
    sentences = [lesson.sentence for lesson in taught if set(lesson.sentence.tags) <= set(tagger.tags)]
    np.save(packed, transition_scores(sentences, tagger.tags, tagger.recipe.transitions))
    return packed.getvalue()


def make_eager(tagger: Tagger) -> None:
    """Takes the recipe's `eagerness` from the logits of OUTSIDE."""
    network = tagger.network
    head = (network.front if isinstance(network, Bidirectional) else network).heads[OUTPUT]
    head.bias.assign_sub(tagger.recipe.eagerness * tf.one_hot(tagger.tags.index(OUTSIDE), len(tagger.tags)))


def training_data(recipe: EntitiesRecipe) -> tuple[TrainingData, ...]:
    """What was learnt from."""
    licences = {name: LICENCES[name] for name in recipe.corpora} | (HELPERS if recipe.helped else {})
    return tuple(TrainingData(name, licence, 0.0) for name, licence in licences.items())
