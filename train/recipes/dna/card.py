"""CARD.md of a bundle of splice junctions: what it finds, how well, and what it was made of."""

from typing import Any, Final

from edge.model.manifest import Precision
from train.networks import NetworkSpec

LIMITS: Final = """\
- Junctions of primates, in windows of 60 bases that GenBank 64.1 had in 1991. A network that sees 30 bases to each side
  knows nothing of reading frames, of branch points further off, or of which exons belong together.
- It has met junctions 60 bases apart alone, and finds few of those that lie otherwise. In a genome one place in
  thousands is one; of what it finds there, most is none.
- One strand only: give it the reverse complement for the other.
"""


def card(spec: NetworkSpec, precision: Precision, metrics: dict[str, Any]) -> str:
    """The text of the card; `metrics` are those of the manifest."""
    layers = " -> ".join(f"{layer.cell.upper()} {layer.units}" for layer in spec.layers)
    return f"""# Splice junctions in a stream of bases

Donors (an exon ends), acceptors (one begins), or neither, for each place between two bases.

Bases, each with its left neighbour, one-hot, ambiguity codes by equal shares ({spec.bands} bands), {spec.stack} bases
a step -> {layers} -> logits of three classes for {spec.stack} places, each 30 bases behind the last that was read.
Precision: {precision}; weights per tensor, states explicit. Trained on windows that follow one another, half of
them crossed with another of their class, up to a tenth of the bases made unknown; the last batches with int8 rounding
of weights, products and states.
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
        rates = "; ".join(_rates(kind, rates) for kind, rates in found["stream"].items())
        lines += [
            f"{found['judged']} parts of a {found['folds']}-fold cross-validation, {found['n']} windows (identical in\n"
            f"one part, floating point, networks for each part: {found['members']}):\n"
            f"accuracy {found['accuracy']:.2f} % ({classes}).",
            "The same windows in one stream a part, each behind 0 to 60 random bases, to the very place,\n"
            f"the threshold chosen in the other parts: {rates}.",
        ]
    return "\n\n".join(lines)


def _rates(kind: str, found: dict[str, float]) -> str:
    return f"{kind}s precision {found['precision']:.2f} %, recall {found['recall']:.2f} %"
