"""CARD.md of a bundle of splice junctions: what it finds, how well, and what it was made of."""

from typing import Any, Final

from edge.model.manifest import Precision
from train.networks import NetworkSpec
from train.recipes.dna.folds import SHARED

LIMITS: Final = """\
- Junctions of primates, in windows of 60 bases that GenBank 64.1 had in 1991. A network that sees 30 bases to each side
  knows nothing of reading frames, of branch points further off, or of which exons belong together.
- Streams of windows, one place in 180 a junction, are what its threshold was chosen for. In a genome one place in
  thousands is one: take a higher threshold, and what is found as candidates.
- One strand only: give it the reverse complement for the other.
"""


def card(spec: NetworkSpec, precision: Precision, metrics: dict[str, Any]) -> str:
    """The text of the card; `metrics` are those of the manifest."""
    return f"""# Splice junctions in a stream of bases

Donors (an exon ends), acceptors (one begins), or neither, for each place between two bases.

Bases, each with its left neighbour, one-hot, ambiguity codes by equal shares ({spec.bands} bands), {spec.stack} bases
a step, {spec.window} that it sees -> logits of three classes for {spec.stack} places, each in the middle of 60 bases
and judged by the same weights: a weight array model. It has no state: where in a stream a place lies is all one.
Precision: {precision}, weights per tensor. Trained on the windows, and on others that lie across two of them or random
bases, as in a stream: the least cross-entropy with a decay of weights.
Licence of the weights: Apache-2.0.

## Figures

{_figures(metrics)}

## Limits

{LIMITS}
## Training data

Molecular Biology (Splice-junction Gene Sequences), UCI Machine Learning Repository, CC BY 4.0: M. Noordewier, G. Towell
and J. Shavlik 1991, from GenBank. All windows that are not held out for tests elsewhere.
"""


def _figures(metrics: dict[str, Any]) -> str:
    same = f"{metrics['same_class_as_float_percent']:.2f} % of the windows"
    lines = [f"This file gives {same} the class that the network gives them in floating point."]
    found = metrics.get("cross_validation")
    if found:
        classes = ", ".join(f"{name} {value:.2f} %" for name, value in found["accuracy_by_class"].items())
        lines += [
            f"{found['judged']} parts of a {found['folds']}-fold cross-validation, {found['n']} windows (those\n"
            f"that share {SHARED} bases in one part, floating point):\n"
            f"accuracy {found['accuracy']:.2f} % ({classes}).",
            "The same windows in one stream a part, each behind 0 to 60 random bases, to the very place,\n"
            f"the threshold chosen in the other parts:\n{_rates(found['stream'])}.\n"
            f"End to end, by the same thresholds:\n{_rates(found['stream_end_to_end'])}.",
        ]
    return "\n\n".join(lines)


def _rates(stream: dict[str, dict[str, float]]) -> str:
    return ";\n".join(
        f"{kind}s: precision {rates['precision']:.2f} %, recall {rates['recall']:.2f} %, F1 {rates['f1']:.2f} %"
        for kind, rates in stream.items()
    )
