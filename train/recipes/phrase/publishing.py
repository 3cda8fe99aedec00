"""From the trained network to the bundle: exported once, judged as a bundle, and published with what was found."""

from dataclasses import asdict, dataclass
from pathlib import Path

from edge.model import SecondLookConfig, StreamingModel
from edge.model.manifest import VerifierConfig
from train.bundle import About
from train.cascade import Cascade, Exported
from train.corpora.credits import training_data
from train.corpora.manifest import read_corpora
from train.recipes.phrase.cast import Cast
from train.recipes.phrase.judging import Verdict, calibration, judge
from train.recipes.phrase.material import COLLAGES, Sources, heard, kept_back, training_clips
from train.recipes.phrase.recipe import BUDGET, PRECISION, PhraseRecipe
from train.recipes.phrase.report import Learnt, card, report, verifier_card
from train.recipes.phrase.script import Script
from train.recipes.phrase.spelling import best_spelling, can_be_spelled
from train.second_look import SPELLER, detector_of, second_look

VERSION = "1.0.0"
UNJUDGED = "Not judged yet.\n"
"""The card of a bundle that nobody has listened to."""


@dataclass(frozen=True, slots=True)
class Making:
    """Everything that went into a network, for its card."""

    recipe: PhraseRecipe
    script: Script
    sources: Sources
    held: Cast
    work: Path


def publish(cascade: Cascade, making: Making, out: Path) -> str:
    """Writes the bundle to `out` and gives the closing report."""
    recipe, work = making.recipe, making.work
    frames = calibration(work / "pool", recipe)
    exported = Exported.of(cascade, frames)
    look = look_of(recipe, making.script, making.sources)
    unjudged = {work / "unjudged": look} | ({work / "alone": None} if look else {})
    for bundle, how in unjudged.items():
        exported.write(bundle, _about(out.name, making, how), UNJUDGED, UNJUDGED, frames[0])
    verdict, *others = judge(list(unjudged), kept_back(making.sources, recipe), recipe)
    recordings = making.sources.recordings
    collages = sum(clip.corpus == COLLAGES for clip in read_corpora(making.sources.synthetic))
    learnt_from = Learnt(len(recordings.training), len(recordings.held), collages)
    said = report(verdict, others[0] if others else None, making.script, making.held, learnt_from)
    about = _about(out.name, making, look, verdict)
    units = {name: [layer.units for layer in network.spec.layers] for name, network in cascade.networks.items()}
    text = card(recipe, making.script, making.held, said, units, about.training_data)
    exported.write(out, about, text, verifier_card(recipe), frames[0])
    return said


def look_of(recipe: PhraseRecipe, script: Script, sources: Sources) -> SecondLookConfig | None:
    """How the speech network that is installed reads the phrase again, if the recipe wants it and it can be spelled."""
    if recipe.look is None or not can_be_spelled(recipe.phrase):
        return None
    spelling = {}
    if len(script.spellings) > 1:
        speller = StreamingModel.load(SPELLER)
        spelling[recipe.phrase] = best_spelling(script.spellings, *heard(sources, recipe), speller)
    verifier = VerifierConfig("", recipe.verifier_floor, recipe.base.verifier_share)
    return second_look(recipe.look, recipe.base.detector().smoothing_steps, spelling, verifier)


def _about(name: str, making: Making, look: SecondLookConfig | None, verdict: Verdict | None = None) -> About:
    recipe = making.recipe
    trained = training_clips(making.sources, recipe)
    spoken = [clip for clip in read_corpora(making.sources.synthetic) if "held" not in clip.corpus]
    return About(
        name=name,
        task="trigger",
        version=VERSION,
        precision=PRECISION,
        stack=recipe.base.stack,
        labels=(recipe.phrase,),
        licence="Apache-2.0",
        features=recipe.base.features,
        detector=asdict(detector_of(recipe.base.detector(), looks_again=look is not None)),
        operating_points=verdict.tally.operating_points(verdict.conditions[0]) if verdict else {},
        metrics=_metrics(verdict) if verdict else {},
        training_data=training_data([*spoken, *trained]),
        second_look=look,
    )


def _metrics(verdict: Verdict) -> dict[str, object]:
    misses = {}
    for condition in verdict.conditions:
        missed, clips = verdict.tally.miss(verdict.phrase, condition, verdict.threshold)
        misses[f"miss % {condition} at {BUDGET:g}/h"] = round(100 * missed / max(1, clips), 1)
    return {"negative hours": round(verdict.tally.hours, 2), "real negatives": verdict.real, **misses}
