"""CARD.md of a bundle of activities: what it sees, how well, and what it was made of."""

from typing import Final

from train.bundle import About
from train.evaluate.activity import SHARES, Score
from train.recipes.activity.recipe import ActivityRecipe

LICENCE: Final = "none: for comparison only"
"""Nobody has confirmed the terms of JHMDB's videos, from which the poses were taken."""

LIMITS: Final = """\
- It knows these activities and no others: of somebody who does nothing of the kind it names the likeliest, with a low
  probability most of the time, but not always.
- It learnt from poses that people corrected by hand, of one person in the middle of a film of 0.5 to 1.3 s. Those of an
  estimator are shakier.
- The whole body must be seen: without legs it knows little.
- It sees two dimensions: who throws towards the camera hardly throws.
"""


def card(recipe: ActivityRecipe, figures: dict[str, dict[str, Score]], about: About) -> str:
    """The text of the card; `figures` are by precision and part."""
    return f"""# What a body is doing

{len(about.labels)} activities: {", ".join(about.labels)}.

Joints of a pose estimator, 30 poses a second -> place, distances and motion of the joints -> {recipe.layers} GRU of
{recipe.units} units, {recipe.stack} frames a step -> logits at each step -> their mean over up to 40 frames, and over
the pose and its mirror image -> softmax, at a temperature of {about.detector["temperature"]:.2f}, the best on the first
clips of the table.
Licence of the weights: {about.licence}.

## Figures

Accuracy in percent of single clips, by the share of the clip that was seen.

{_table(figures)}

## Limits

{LIMITS}
## Training data

JHMDB (H. Jhuang et al. 2013), joints only, 14 of its 21 activities, as given out with DD-Net (F. Yang et al. 2019).
The weights are not to be passed on.
"""


def _table(figures: dict[str, dict[str, Score]]) -> str:
    shares = [round(100 * share) for share in SHARES[1::2]]
    rows = ["| clips | n | precision | " + " | ".join(f"{share} %" for share in shares) + " |"]
    rows.append("|---" * (3 + len(shares)) + "|")
    for precision, scores in figures.items():
        for part, score in scores.items():
            cells = " | ".join(f"{value:.1f}" for value in list(score.early.values())[1::2])
            rows.append(f"| {part} | {score.n} | {precision} | {cells} |")
    return "\n".join(rows)
