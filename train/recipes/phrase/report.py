"""The closing report, as it is printed and as CARD.md of the bundle has it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from edge.model.bundle import VERIFIER
from edge.model.manifest import TrainingData
from train.cascade import ALWAYS
from train.corpora.credits import data_table
from train.recipes.phrase.cast import Cast
from train.recipes.phrase.judging import Verdict
from train.recipes.phrase.recipe import BUDGET, PhraseRecipe
from train.recipes.phrase.script import Script

RATES = (2.0, 1.0, 0.5, 0.1)
"""Budgets of false accepts an hour for which the report says what to expect."""

SYNTHETIC = """\
The phrase was learnt from {voices}. They are like nobody at home: children, accents, haste, whispers and
far rooms will be missed more often than the figures say, which were counted on synthetic voices. Ten recordings
of your own (--recordings) help most; `hark tune` finds the threshold for your room."""
ALONE = "synthetic voices alone"
JOINED = "synthetic voices and {count} takes that are joined from people's other words"
PEOPLE = """\
The phrase was learnt from synthetic voices and from {count} recordings. Whoever is in them is heard best; what the
figures on synthetic voices say holds for nobody in particular. `hark tune` finds the threshold for your room."""
FEW = """\
{count} of the recordings were kept back for the figures. They are of the same people as those that trained."""
BASE = """\
The network began as the shipped one, which has heard the same programs and, if real speech was given, perhaps the same
people; none of them said this phrase to it as one to fire on."""
ASKED = """\
Where that believes the phrase by {floor:g} or more, a verifier of {cells} is asked, and the speech network.
"""
MADE_UP_OTHERS = """\
False accepts were counted in synthetic speech, in which they are rarer than at home: give real speech with --audio, or
recordings of your room with --negatives."""


@dataclass(frozen=True, slots=True)
class Learnt:
    """How many takes there were besides those of the programs."""

    recordings: int
    """The owner's, that trained."""
    kept: int
    """The owner's, that were kept back."""
    collages: int
    """Joined from people's other words."""


def report(verdict: Verdict, alone: Verdict | None, script: Script, held: Cast, learnt: Learnt) -> str:
    """Markdown without a heading; `alone` is what the network does without its second look, if it has one."""
    voices = JOINED.format(count=learnt.collages) if learnt.collages else ALONE
    remarks = [
        PEOPLE.format(count=learnt.recordings) if learnt.recordings else SYNTHETIC.format(voices=voices),
        FEW.format(count=learnt.kept) if learnt.kept else "",
        BASE,
        "" if verdict.real else MADE_UP_OTHERS,
        f"Warning: {script.warning}: {verdict.price()}." if script.warning else "",
    ]
    without = [f"without the second look: {alone.misses(alone.conditions[0])}"] if alone else []
    return "\n".join(
        [*_figures(verdict, held), *without, "", *_expected(verdict), "", *(one for one in remarks if one)]
    )


def _figures(verdict: Verdict, held: Cast) -> list[str]:
    heard_in = "kept-back real speech" if verdict.real else "kept-back synthetic speech"
    voices = sum(map(len, held.voices.values()))
    return [
        f"At the threshold {verdict.threshold:g} (at most {BUDGET:g} false accept an hour over {heard_in}):",
        f"false accepts: {verdict.false_accepts()}",
        *(f"{condition}: {verdict.misses(condition)}" for condition in verdict.conditions),
        f"near phrases that wake it: {verdict.near()}",
        f"to find nine of ten takes, expect {verdict.price()}",
        f"The voices kept back: {held.name}, {voices} of them; in brackets, 95 % intervals (Wilson, Poisson).",
    ]


def _expected(verdict: Verdict) -> list[str]:
    """What each budget costs, as a table."""
    columns = "| budget an hour | threshold | false accepts to expect (95 %) | missed, kept-back voices |"
    rows = []
    for rate in RATES:
        threshold = verdict.tally.threshold(verdict.phrase, rate)
        missed, clips = verdict.tally.miss(verdict.phrase, verdict.conditions[0], threshold)
        rows.append(
            f"| {rate:g} | {threshold:g} | {verdict.false_accepts(rate)} | {100 * missed / max(1, clips):.1f} % |"
        )
    return [columns, "|---" * 4 + "|", *rows]


def card(
    recipe: PhraseRecipe,
    script: Script,
    held: Cast,
    said: str,
    units: Mapping[str, Sequence[int]],
    data: Sequence[TrainingData],
) -> str:
    """The text of CARD.md around the closing report; `units` are those of each network's layers."""
    cells = {name: " -> ".join(f"{width} units" for width in widths) for name, widths in units.items()}
    asked = ASKED.format(floor=recipe.verifier_floor, cells=cells[VERIFIER]) if VERIFIER in cells else ""
    origins = "; ".join(f"{what}: {origin}" for what, origin in script.origins.items())
    return f"""# Trigger phrase: {recipe.phrase}

Made by `python -m train trigger --phrase "{recipe.phrase}"` from the shipped trigger networks: {recipe.base.stack}
frames of {recipe.base.features.bands} bands a step -> {cells[ALWAYS]} -> the phrase's score and two clocks.
{asked}{recipe.fit.steps} batches each, the last {recipe.fit.quantised_steps} with int8 rounding; seed {recipe.seed}.
Negatives: {len(script.near)} near phrases, other speech, noise. Sources: {origins}.
Voices kept back for the figures: {held.name}.

## Figures

{said}

## Training data

{data_table(data)}

Recordings and negatives of the owner's own are not in the table; they stay with the owner.
"""


def verifier_card(recipe: PhraseRecipe) -> str:
    """The text of the card of the verifier."""
    return f"""# A verifier of the phrase: {recipe.phrase}

The card in the folder above tells of both networks.
"""
