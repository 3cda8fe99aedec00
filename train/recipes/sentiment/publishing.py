"""From the trained classifier to the bundle that ships."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from edge.model import StreamingModel
from edge.model.bundle import EMBEDDING
from edge.model.manifest import TrainingData
from edge.understanding.sentiment import LABELS, TASK, SentimentClassifier
from train.bundle import GOLDEN_STEPS, About, measured, write_bundle
from train.calibration import best_temperature
from train.corpora.opinions import Opinion
from train.export import export
from train.quantize import Frames, Precision
from train.recipes.sentiment.card import card
from train.recipes.sentiment.classifier import Classifier
from train.recipes.sentiment.recipe import SHIPPED
from train.recipes.sentiment.report import judge_of, report_of, validation
from train.recipes.sentiment.texts import LICENCES
from train.vectors import look_up

VERSION = "1.0.0"
CALIBRATION_SENTENCES = 300
"""From which export learns the ranges of activations."""


def publish(classifier: Classifier, opinions: Sequence[Opinion], precision: Precision, data: Path, out: Path) -> None:
    """Writes the bundle; its card tells how it fares on validation and on what was held back."""
    frames = calibration_frames(classifier, opinions)
    model, golden = export(classifier.network, frames, precision), np.concatenate(frames)[:GOLDEN_STEPS]
    extras = {EMBEDDING: classifier.vectors.embedding().to_bytes()}
    about = About(
        name=out.name,
        task=TASK,
        version=VERSION,
        precision=precision,
        stack=1,
        labels=LABELS,
        licence="Apache-2.0" if classifier.recipe.corpora == SHIPPED else "none: for comparison only",
        training_data=training_data(classifier.recipe.corpora),
    )
    trial = partial(write_bundle, model=model, card="", golden_frames=golden, extras=extras)
    chosen = measured(partial(trial, about=about), partial(temperature_of, opinions=validation(data)))
    about = replace(about, detector={"temperature": chosen})
    figures = measured(partial(trial, about=about), lambda bundle: report_of(judge_of(bundle), data))
    text = card(classifier.recipe, about.detector["temperature"], figures, about.licence, about.training_data)
    write_bundle(out, model, about, text, golden, extras)


def calibration_frames(classifier: Classifier, opinions: Sequence[Opinion]) -> list[Frames]:
    """What the network is given for some sentences, (steps, bands) each."""
    chosen = opinions[:: max(1, len(opinions) // CALIBRATION_SENTENCES)]
    vocabulary = classifier.vectors.vocabulary
    return [classifier.frames(look_up(vocabulary, [opinion.words])).numpy()[0] for opinion in chosen]


def temperature_of(bundle: Path, opinions: Sequence[Opinion]) -> float:
    """The temperature under which the stars that may be right are likeliest."""
    classifier = SentimentClassifier(StreamingModel.load(bundle))
    logits = np.array([classifier.logits(opinion.words) for opinion in opinions])
    allowed = np.array([[int(label) in opinion.stars for label in LABELS] for opinion in opinions])
    return best_temperature(logits, allowed)


def training_data(corpora: str) -> tuple[TrainingData, ...]:
    """The corpora that were learnt from."""
    licences = LICENCES if corpora == SHIPPED else {"Stanford Sentiment Treebank": "none"}
    return tuple(TrainingData(name, licence, 0.0) for name, licence in licences.items())
