"""Pictures of translation: where attention looks, what the beam is worth, how length hurts."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from edge.translation.translator import Translation

END = "<end>"


def draw_alignment(translation: Translation, path: Path) -> None:
    """The attention matrix: a row for each piece that was written, a column for each that was read."""
    from matplotlib.figure import Figure

    rows, columns = translation.weights.shape
    figure = Figure(figsize=(1.6 + 0.42 * columns, 1.4 + 0.36 * rows), layout="constrained")
    axes = figure.subplots()
    image = axes.imshow(translation.weights, cmap="Greys", vmin=0.0, vmax=1.0, aspect="auto")
    axes.set_xticks(range(columns), [piece.strip() for piece in translation.source], rotation=60, ha="left")
    axes.set_yticks(range(rows), [piece.strip() or END for piece in translation.target])
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    figure.colorbar(image, label="weight of attention", shrink=0.8)
    figure.savefig(path, dpi=150)


def draw_curve(rows: Sequence[Mapping[str, Any]], path: Path) -> None:
    """BLEU and CPU time against the width of the beam."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 5.6), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True)
    beams = [row["beam"] for row in rows]
    above.plot(beams, [row["bleu"] for row in rows], "o-", color="C0")
    above.set_ylabel("BLEU")
    below.plot(beams, [1000 * row["seconds_per_sentence"] for row in rows], "o-", color="C3")
    below.set(xscale="log", yscale="log", ylabel="ms of one core a sentence", xlabel="B, hypotheses that are kept")
    below.set_xticks(beams, [str(beam) for beam in beams])
    below.minorticks_off()
    _tidy(above, below)
    figure.savefig(path, dpi=150)


def draw_lengths(bleu: Mapping[str, Mapping[str, float]], path: Path) -> None:
    """BLEU by the words of the source, a line for each translator."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 4.0), layout="constrained")
    axes = figure.subplots()
    for name, figures in bleu.items():
        axes.plot(list(figures), list(figures.values()), "o-", label=name)
    axes.set(xlabel="words of the source", ylabel="BLEU", ylim=(0, None))
    if len(bleu) > 1:
        axes.legend(frameon=False)
    _tidy(axes)
    figure.savefig(path, dpi=150)


def _tidy(*panels: Any) -> None:  # noqa: ANN401 (matplotlib's axes)
    for axes in panels:
        axes.grid(alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
