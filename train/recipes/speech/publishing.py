"""From the trained network and what validation chose to the bundle that ships."""

from collections.abc import Sequence
from pathlib import Path

from edge.decoder.alphabet import LETTERS
from edge.features import FeatureStream, Frames
from edge.model.bundle import LANGUAGE
from edge.model.manifest import TrainingData
from edge.model.runtime import find_runtime
from edge.model.stream import ModelStream
from edge.transcriber import OUTPUT
from train.bundle import About, write_bundle
from train.corpora.audio import load
from train.corpora.manifest import Clip
from train.evaluate.speech import Logits, streaming_logits
from train.networks import Network
from train.quantize import stack_frames, state_names
from train.recipes.speech.card import card
from train.recipes.speech.pools import EVERYBODY
from train.recipes.speech.recipe import SpeechRecipe
from train.recipes.speech.workshop import Workshop

VERSION = "1.12.0"
CALIBRATION_CLIPS = 40
"""From which export learns the ranges of activations: some minutes of people."""


def calibration_frames(clips: Sequence[Clip], recipe: SpeechRecipe) -> list[Frames]:
    """Frames of some clips, in one stream each, the longest first."""
    chosen = sorted(clips, key=lambda clip: -clip.seconds)[:: max(1, len(clips) // CALIBRATION_CLIPS)]
    return [FeatureStream(recipe.features).feed(load(clip.path)) for clip in chosen]


def file_logits(model: Path, network: Network) -> Logits:
    """What a TFLite file of the network says, a step at a time: what a device computes."""
    return streaming_logits(ModelStream(find_runtime().open(model), network.spec.stack, state_names(network)))


def float_logits(network: Network) -> Logits:
    """What the network says, all steps at once: what was trained."""

    def logits(frames: Frames) -> Frames:
        steps = stack_frames(frames, network.spec.stack)
        values: Frames = network.sequence(steps[None])[OUTPUT].numpy()[0]
        return values

    return logits


def publish(
    shop: Workshop,
    judged: Workshop,
    recipe: SpeechRecipe,
    language: Path,
    data: tuple[TrainingData, ...],
    golden: Frames,
    out: Path,
) -> None:
    """Writes the bundle: what was exported, what validation chose and the report found, and a language model.

    Args:
        shop: where the network is that ships.
        judged: where the one is that was judged; the same, unless what ships has learnt of everybody.
        recipe: of both.
        language: file of the language model.
        data: what it was trained on.
        golden: frames of the golden vectors.
        out: folder of the bundle.
    """
    figures, tables = judged.figures(), judged.tables()
    about = About(
        name=out.name,
        task="speech",
        version=VERSION,
        precision="int8",
        stack=recipe.stack,
        labels=tuple(LETTERS),
        licence="Apache-2.0",
        features=recipe.features,
        detector=figures.detector(),
        label_bonuses=figures.letter_bonuses,
        training_data=data,
    )
    text = card(recipe, tables, data, learnt_of_all=shop.learners == EVERYBODY)
    write_bundle(out, shop.exported().read_bytes(), about, text, golden, {LANGUAGE: language.read_bytes()})
