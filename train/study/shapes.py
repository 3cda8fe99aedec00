"""The shapes of sequence problems (Karpathy 2015), each drawn from the networks of the recipe that stands for it.

Circles are inputs and outputs, boxes the recurrent layers of the network's own description, unrolled over time.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from train.bidirectional import Bidirectional
from train.networks import Network
from train.recipes.activity.recipe import ActivityRecipe
from train.recipes.embeddings.skipgram_ns import DEFAULTS
from train.recipes.entities.recipe import EntitiesRecipe
from train.recipes.music.recipe import MusicRecipe
from train.recipes.speech.recipe import SpeechRecipe
from train.recipes.translation.recipe import TranslationRecipe

if TYPE_CHECKING:
    from matplotlib.axes import Axes


BACKWARDS: Final = "\u2190"
"""Ends the name of a layer that reads from the end."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A shape, and the recipe that stands for it."""

    name: str
    recipe: str
    """Its command after `python -m train`."""
    example: str
    inputs: str
    """Over time: x where one goes in, - where none does."""
    outputs: str
    """Over time: y where one comes out, - where none does."""
    networks: Callable[[], Sequence[Network | Bidirectional]]
    """Two for an encoder and a decoder: the encoder has the steps that have an input."""
    feeds_back: bool = False
    """Whether what comes out goes in at the next step."""


SHAPES: Final = (
    Shape("one-to-one", "embeddings", "a word foresees a neighbour", "x", "y", tuple),
    Shape(
        "one-to-many",
        "music",
        "a chord becomes a tune",
        "x---",
        "yyyy",
        lambda: [MusicRecipe().network()],
        feeds_back=True,
    ),
    Shape("many-to-one", "activity", "poses are one activity", "xxxx", "---y", lambda: [ActivityRecipe().network(1)]),
    Shape(
        "many-to-many, Tx = Ty",
        "entities",
        "each word has a tag",
        "xxxx",
        "yyyy",
        lambda: [EntitiesRecipe().network(("O",))],
    ),
    Shape(
        "many-to-many, Tx > Ty", "speech", "frames become letters", "xxxx", "-y-y", lambda: [SpeechRecipe().network()]
    ),
    Shape(
        "encoder-decoder, any Ty",
        "translate",
        "a sentence becomes another",
        "xx--",
        "--yy",
        lambda: [TranslationRecipe().encoder(), TranslationRecipe().decoder()],
        feeds_back=True,
    ),
)
"""The six, as the table of train/README.md has them."""


def rows_of(network: Network | Bidirectional) -> list[str]:
    """The recurrent layers of a network, from the input upwards; those that read backwards end in an arrow."""
    layers = [f"{layer.cell.upper()} {layer.units}" for layer in network.spec.layers]
    return [*layers, *(f"{layer} {BACKWARDS}" for layer in layers)] if isinstance(network, Bidirectional) else layers


def draw_shapes(path: Path) -> None:
    """Draws the six shapes."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 7.2), layout="constrained")
    for shape, axes in zip(SHAPES, figure.subplots(2, 3).ravel(), strict=True):
        _panel(axes, shape)
    figure.savefig(path, dpi=130)


def _panel(axes: "Axes", shape: Shape) -> None:
    rows = [rows_of(network) for network in shape.networks()] or [[f"E {DEFAULTS.dimensions}"]]
    top, read = max(map(len, rows)) + 1, shape.inputs.count("x") if len(rows) > 1 else len(shape.inputs)
    # Between an encoder and a decoder there is a column for what connects them.
    places = [at + (at >= read) for at in range(len(shape.inputs))]
    for at, place in enumerate(places):
        layers = rows[0] if at < read else rows[1]
        _column(axes, place, layers, top, has=(shape.inputs[at] == "x", shape.outputs[at] == "y"))
        if at not in (0, read):
            _across(axes, place, layers)
        if at not in (0, read) and shape.feeds_back and "y" in shape.outputs[at - 1]:
            _arrow(axes, (place - 0.86, top - 0.12), (place - 0.12, 0.72), dashed=True)
    if len(rows) > 1:
        _box(axes, read, 1.5, "attention", "#efe0ee")
        _arrow(axes, (read - 0.95, 1.5), (read - 0.42, 1.5))
        _arrow(axes, (read + 0.42, 1.3), (read + 0.66, 1.12))
    axes.set(xlim=(places[-1] / 2 - 2.6, places[-1] / 2 + 2.6), ylim=(-0.4, top + 0.4))
    axes.set_title(f"{shape.name}\n{shape.recipe}: {shape.example}", fontsize=9)
    axes.axis("off")


def _column(axes: "Axes", at: int, layers: Sequence[str], top: int, *, has: tuple[bool, bool]) -> None:
    """One step: what goes in, the layers above one another, what comes out."""
    for height, layer in enumerate(layers, start=1):
        _box(axes, at, height, layer, "#dfe8f3")
        if height > 1 and not layer.endswith(BACKWARDS):
            _arrow(axes, (at, height - 0.85), (at, height - 0.15))
    for there, height, colour in ((has[0], 0, "#f3e3c8"), (has[1], top, "#d5ead3")):
        if there:
            axes.plot(at, height, "o", markersize=15, markerfacecolor=colour, markeredgecolor="grey")
            axes.text(at, height, "xy"[height > 0], ha="center", va="center", fontsize=8)
    if has[0]:
        _arrow(axes, (at, 0.15), (at, 0.85))
    if has[1]:
        _arrow(axes, (at, len(layers) + 0.15), (at, top - 0.15))


def _across(axes: "Axes", at: int, layers: Sequence[str]) -> None:
    """The states that a step hands to the next, or backwards to the one before."""
    for height, layer in enumerate(layers, start=1):
        ends = ((at - 0.66, height), (at - 0.34, height))
        _arrow(axes, *(reversed(ends) if layer.endswith(BACKWARDS) else ends))


def _box(axes: "Axes", at: float, height: float, text: str, colour: str) -> None:
    box = {"boxstyle": "round,pad=0.35", "facecolor": colour, "edgecolor": "#38537a"}
    axes.text(at, height, text, ha="center", va="center", fontsize=5.5, bbox=box)


def _arrow(axes: "Axes", tail: tuple[float, float], head: tuple[float, float], *, dashed: bool = False) -> None:
    style = {"arrowstyle": "->", "color": "grey", "linestyle": "--" if dashed else "-", "linewidth": 0.9}
    axes.annotate("", head, tail, arrowprops=style)
